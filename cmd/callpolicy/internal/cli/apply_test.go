package cli

import (
	"errors"
	"testing"

	"callpolicy/compiler/failure"
)

// TestInPart keeps what an error says, and ends with the status that tells a
// script that the bundles are in place all the same.
func TestInPart(t *testing.T) {
	if err := inPart(nil); err != nil {
		t.Errorf("no error became %v", err)
	}
	cause := &failure.Error{Problem: "the new content is in place, but the old could not be removed", Hint: "the next run tries again"}
	var f *failure.Error
	if err := inPart(cause); !errors.As(err, &f) || statusOf(f) != partly || f.Problem != cause.Problem || f.Hint != cause.Hint {
		t.Errorf("got %+v", f)
	}
	if statusOf(explain(t.Context(), cause)) != broken {
		t.Error("the error itself was changed")
	}
}
