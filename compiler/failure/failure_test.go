package failure_test

import (
	"errors"
	"io/fs"
	"testing"

	"callpolicy/compiler/failure"
)

func TestErrorSaysTheProblemAndTheHint(t *testing.T) {
	for want, err := range map[string]*failure.Error{
		"no such folder":                   {Problem: "no such folder", Cause: fs.ErrNotExist},
		"no such folder; name another one": {Problem: "no such folder", Hint: "name another one"},
	} {
		if got := err.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestKindAndCauseAreFound(t *testing.T) {
	kind := errors.New("a kind")
	both := &failure.Error{Kind: kind, Problem: "p", Cause: fs.ErrNotExist}
	if !errors.Is(both, kind) || !errors.Is(both, fs.ErrNotExist) {
		t.Error("the kind or the cause is not found")
	}
	if neither := (&failure.Error{Problem: "p"}); errors.Is(neither, kind) || errors.Is(neither, fs.ErrNotExist) {
		t.Error("a kind or a cause is found where there is none")
	}
}
