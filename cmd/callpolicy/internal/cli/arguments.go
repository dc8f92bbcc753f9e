package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// noArguments refuses whatever follows the flags of a command.
func noArguments(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case !cmd.HasSubCommands():
		return wrongUsage(cmd, "%s takes no arguments, and there is %q", cmd.CommandPath(), args[0])
	}
	err := fmt.Sprintf("there is no command %q", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return wrongUsage(cmd, "%s", err)
}

// atMost allows up to n arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return wrongUsage(cmd, "there is one argument too many: %q", args[n])
		}
		return nil
	}
}

// together refuses flags of which a command takes one only.
func together(cmd *cobra.Command) error {
	if cmd.ValidateFlagGroups() == nil {
		return nil
	}
	var names []string
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Annotations["cobra_annotation_mutually_exclusive"] != nil {
			names = append(names, "--"+f.Name)
		}
	})
	return wrongUsage(cmd, "%s do not go together", strings.Join(names, " and "))
}

// date is a flag that holds a day; the zero date is none.
type date struct{ time.Time }

var _ pflag.Value = (*date)(nil)

// Set reads a day.
func (d *date) Set(text string) (err error) {
	if d.Time, err = time.Parse(time.DateOnly, text); err != nil {
		return fmt.Errorf("%q is not a date like 2027-03-01", text)
	}
	return nil
}

// String writes the day as it is read.
func (d *date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// Type names what the flag takes, for messages.
func (d *date) Type() string { return "date" }

// choice is a flag that holds one of a few words. The first is the default.
type choice struct {
	word  string
	words []string
}

var _ pflag.Value = (*choice)(nil)

func oneOf(words ...string) *choice { return &choice{words[0], words} }

// Set takes a word.
func (c *choice) Set(word string) error {
	if !slices.Contains(c.words, word) {
		return fmt.Errorf("%q is none of %s", word, strings.Join(c.words, ", "))
	}
	c.word = word
	return nil
}

// String returns the chosen word.
func (c *choice) String() string { return c.word }

// Type names what the flag takes, for messages.
func (c *choice) Type() string { return "word" }

// complete completes a flag in a shell.
func (c *choice) complete(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return c.words, cobra.ShellCompDirectiveNoFileComp
}

// hide leaves a flag out of the help text.
func hide(flags *pflag.FlagSet, name string) { flags.Lookup(name).Hidden = true }

// exactly demands n arguments, and says what is missing.
func exactly(n int, missing string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return wrongUsage(cmd, "%s", missing)
		}
		return atMost(n)(cmd, args)
	}
}
