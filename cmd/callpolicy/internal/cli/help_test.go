package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestExamples holds every command, also one below another, to having examples
// that call it or that are calls of git.
func TestExamples(t *testing.T) {
	seen := 0
	var check func(*cobra.Command)
	check = func(cmd *cobra.Command) {
		for _, below := range cmd.Commands() {
			if below.Hidden {
				continue
			}
			seen++
			if !strings.Contains(below.Example, below.CommandPath()) && !strings.Contains(below.Example, "  git ") {
				t.Errorf("%s has no example, or one of something else: %q", below.CommandPath(), below.Example)
			}
			check(below)
		}
	}
	check(newRoot(&app{}))
	if seen < 25 {
		t.Errorf("only %d commands were seen", seen)
	}
}

// TestNear holds what is made of words with a slip.
func TestNear(t *testing.T) {
	names := []string{"front-desk", "reception", "reception-night", "show", "base", "base-exact", "test", "template", "at"}
	for word, want := range map[string]string{
		"recption": "reception", "shwo": "show", "bse": "base", "frnt": "front-desk", "temlpate": "template",
		"Reception-nigt": "reception-night", "tset": "test", "fast": "", "nobody": "", "x": "", "": "",
	} {
		if got := strings.Join(meantBy(word, names), " "); got != want {
			t.Errorf("%q may be %q, not %q", word, got, want)
		}
	}
	if got := meantBy("cat", []string{"car", "bat"}); len(got) != 2 {
		t.Errorf("two names are as near, and %q are suggested", got)
	}
}
