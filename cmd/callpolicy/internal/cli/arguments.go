package cli

import (
	"errors"
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
	return noCommand(cmd, args[0])
}

// noCommand says that there is no such command below another, and which may
// have been meant.
func noCommand(above *cobra.Command, name string) error {
	return wrongUsage(above, "there is no command %q%s", name, also(didYouMean(name, commandNames(above))))
}

// commandNames lists the commands below another.
func commandNames(above *cobra.Command) []string {
	var names []string
	for _, cmd := range above.Commands() {
		if cmd.IsAvailableCommand() || cmd.Name() == "help" {
			names = append(names, cmd.Name())
		}
	}
	return names
}

// wrongFlag says what is wrong with the flags of a command, and of one that does
// not exist which may have been meant.
func wrongFlag(cmd *cobra.Command, err error) error {
	missing, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return wrongUsage(cmd, "%v", err)
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	meant := meantBy(missing.GetSpecifiedName(), names)
	for i, name := range meant {
		meant[i] = "--" + name
	}
	return wrongUsage(cmd, "%v%s", err, also(ask(meant)))
}

// also is a further part of a sentence, if there is one.
func also(text string) string {
	if text == "" {
		return ""
	}
	return "; " + text
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

// together refuses flags of which a command takes one only, and names the first
// two that clash.
func together(cmd *cobra.Command) error {
	set := map[string]string{} // by group, the flag of it that is set
	var clash []string
	cmd.Flags().Visit(func(f *pflag.Flag) {
		for _, group := range f.Annotations["cobra_annotation_mutually_exclusive"] {
			if other, ok := set[group]; ok && clash == nil {
				clash = []string{other, f.Name}
			}
			set[group] = f.Name
		}
	})
	if clash == nil {
		return nil
	}
	return wrongUsage(cmd, "--%s and --%s do not go together", clash[0], clash[1])
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

// choice is a flag that holds one of a few words. The first is the default; an
// empty one stands for none of them, and cannot be written.
type choice struct {
	word  string
	words []string
}

var _ pflag.Value = (*choice)(nil)

func oneOf(words ...string) *choice { return &choice{words[0], words} }

// Set takes a word.
func (c *choice) Set(word string) error {
	if words := c.written(); !slices.Contains(words, word) {
		return fmt.Errorf("%q is not one of %s%s", word, strings.Join(words, ", "), also(didYouMean(word, words)))
	}
	c.word = word
	return nil
}

// written are the words that may be written.
func (c *choice) written() []string {
	return slices.DeleteFunc(slices.Clone(c.words), func(word string) bool { return word == "" })
}

// String returns the chosen word.
func (c *choice) String() string { return c.word }

// Type names what the flag takes, for messages.
func (c *choice) Type() string { return "word" }

// complete completes a flag in a shell.
func (c *choice) complete(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return c.written(), cobra.ShellCompDirectiveNoFileComp
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
