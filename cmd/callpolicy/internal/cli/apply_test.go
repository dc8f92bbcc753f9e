package cli

import (
	"bytes"
	"errors"
	"testing"

	"callpolicy/compiler/failure"
)

// TestInPart ends with the status that tells a script that bundles are in place
// all the same, whatever fails after that, and be it that nobody can be told.
func TestInPart(t *testing.T) {
	cause := &failure.Error{Problem: "the new content is in place, but the old could not be removed", Hint: "the next run tries again"}
	for _, test := range []struct {
		written bool
		err     error
		want    status
	}{
		{false, cause, broken},
		{true, cause, partly},
		{true, errors.New("write /dev/stdout: no space left on device"), partly},
		{true, nil, fine},
		{true, changes, changes},
		{true, &failure.Error{Problem: "that is no command", Kind: misused}, misused},
	} {
		var said bytes.Buffer
		a := &app{stderr: &said, getenv: func(string) string { return "" }, written: test.written}
		if got := a.status(t.Context(), test.err); got != int(test.want) {
			t.Errorf("%v, written %t: status %d, want %d", test.err, test.written, got, test.want)
		}
	}
	a := &app{stderr: failing{}, getenv: func(string) string { return "" }, written: true}
	if got := a.status(t.Context(), cause); got != int(partly) {
		t.Errorf("status %d where nobody can be told", got)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("the pipe is closed") }
