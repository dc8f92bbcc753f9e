package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// NoArguments refuses whatever follows the flags of a command.
func NoArguments(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case !cmd.HasSubCommands():
		return WrongUsage(cmd, "%s takes no arguments, and there is %q", cmd.CommandPath(), args[0])
	}
	return NoCommand(cmd, args[0])
}

// NoCommand says that there is no such command below another, and which may
// have been meant.
func NoCommand(above *cobra.Command, name string) error {
	return WrongUsage(above, "there is no command %q%s", name, also(didYouMean(name, NamesBelow(above))))
}

// NamesBelow lists the commands below another.
func NamesBelow(above *cobra.Command) []string {
	var names []string
	for _, cmd := range above.Commands() {
		if cmd.IsAvailableCommand() || cmd.Name() == "help" {
			names = append(names, cmd.Name())
		}
	}
	return names
}

// WrongFlag says what is wrong with the flags of a command, and of one that does
// not exist which may have been meant.
func WrongFlag(cmd *cobra.Command, err error) error {
	missing, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return WrongUsage(cmd, "%v", err)
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	meant := MeantBy(missing.GetSpecifiedName(), names)
	for i, name := range meant {
		meant[i] = "--" + name
	}
	return WrongUsage(cmd, "%v%s", err, also(Ask(meant)))
}

// also is a further part of a sentence, if there is one.
func also(text string) string {
	if text == "" {
		return ""
	}
	return "; " + text
}

// AtMost allows up to n arguments.
func AtMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return WrongUsage(cmd, "there is one argument too many: %q", args[n])
		}
		return nil
	}
}

// Together refuses flags of which a command takes one only, and names the first
// two that clash.
func Together(cmd *cobra.Command) error {
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
	return WrongUsage(cmd, "--%s and --%s do not go together", clash[0], clash[1])
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

// Choice is a flag that holds one of a few words. The first is the default; an
// empty one stands for none of them, and cannot be written.
type Choice struct {
	Word  string
	Words []string
}

var _ pflag.Value = (*Choice)(nil)

// OneOf returns a choice among these words, the first of which is the default.
func OneOf(words ...string) *Choice { return &Choice{words[0], words} }

// Set takes a word.
func (c *Choice) Set(word string) error {
	if words := c.written(); !slices.Contains(words, word) {
		return fmt.Errorf("%q is not one of %s%s", word, strings.Join(words, ", "), also(didYouMean(word, words)))
	}
	c.Word = word
	return nil
}

// written are the words that may be written.
func (c *Choice) written() []string {
	return slices.DeleteFunc(slices.Clone(c.Words), func(word string) bool { return word == "" })
}

// String returns the chosen word.
func (c *Choice) String() string { return c.Word }

// Type names what the flag takes, for messages.
func (c *Choice) Type() string { return "word" }

// complete completes a flag in a shell.
func (c *Choice) complete(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return c.written(), cobra.ShellCompDirectiveNoFileComp
}

// hide leaves a flag out of the help text.
func hide(flags *pflag.FlagSet, name string) { flags.Lookup(name).Hidden = true }

// Exactly demands n arguments, and says what is missing.
func Exactly(n int, missing string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return WrongUsage(cmd, "%s", missing)
		}
		return AtMost(n)(cmd, args)
	}
}

// Complete lets a shell complete the words of a flag. The flag exists, which is
// all that could be wrong.
func Complete(cmd *cobra.Command, flag string, c *Choice) {
	if err := cmd.RegisterFlagCompletionFunc(flag, c.complete); err != nil {
		panic(err)
	}
}

// CompleteWords lets a shell complete a flag that holds one of a few words.
func CompleteWords(cmd *cobra.Command, flag string, words []string) {
	Complete(cmd, flag, OneOf(words...))
}
