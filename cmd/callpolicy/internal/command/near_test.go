package command

import (
	"strings"
	"testing"
)

// TestNear holds what is made of words with a slip.
func TestNear(t *testing.T) {
	names := []string{"front-desk", "reception", "reception-night", "show", "base", "base-exact", "test", "template", "at"}
	for word, want := range map[string]string{
		"recption": "reception", "shwo": "show", "bse": "base", "frnt": "front-desk", "temlpate": "template",
		"Reception-nigt": "reception-night", "tset": "test", "fast": "", "nobody": "", "x": "", "": "",
	} {
		if got := strings.Join(MeantBy(word, names), " "); got != want {
			t.Errorf("%q may be %q, not %q", word, got, want)
		}
	}
	if got := MeantBy("cat", []string{"car", "bat"}); len(got) != 2 {
		t.Errorf("two names are as near, and %q are suggested", got)
	}
}
