package cli

import (
	"strings"
	"testing"

	"callpolicy/cmd/callpolicy/internal/command"

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
	check(newRoot(&app{&command.App{}}))
	if seen < 25 {
		t.Errorf("only %d commands were seen", seen)
	}
}
