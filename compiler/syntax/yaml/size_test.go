package yaml

import (
	"strings"
	"testing"
)

// TestSizeIsRoundedUp keeps a file that is too large from being called as large
// as is allowed.
func TestSizeIsRoundedUp(t *testing.T) {
	_, diags := Parse("f.yaml", []byte(strings.Repeat("a", MaxBytes+1)))
	if want := "the file is 33 MiB large; the limit is 32 MiB"; len(diags) != 1 || diags[0].Summary != want {
		t.Errorf("%v, not %s", diags, want)
	}
}
