package command

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
		want    Status
	}{
		{false, cause, Broken},
		{true, cause, Partly},
		{true, errors.New("write /dev/stdout: no space left on device"), Partly},
		{true, nil, Fine},
		{true, Changes, Changes},
		{true, &failure.Error{Problem: "that is no command", Kind: Misused}, Misused},
	} {
		var said bytes.Buffer
		a := &App{Stderr: &said, Getenv: func(string) string { return "" }, Written: test.written}
		if got := a.Status(t.Context(), test.err); got != int(test.want) {
			t.Errorf("%v, written %t: status %d, want %d", test.err, test.written, got, test.want)
		}
	}
	a := &App{Stderr: failing{}, Getenv: func(string) string { return "" }, Written: true}
	if got := a.Status(t.Context(), cause); got != int(Partly) {
		t.Errorf("status %d where nobody can be told", got)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("the pipe is closed") }
