package cli

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/compiler/config"
)

func newCompletionCommand(a *app) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:     "completion SHELL",
		GroupID: command.GroupTool,
		Short:   "Print a script that completes commands in a shell",
		Long: `Completion prints a script for bash, zsh, fish or powershell, after which the
tab key completes commands and flags, and from the repository around users,
groups, calling templates, licenses, targets, settings and rules.

For bash it needs the package bash-completion.`,
		Example: `  source <(callpolicy completion bash)
  callpolicy completion fish > ~/.config/fish/completions/callpolicy.fish`,
		ValidArgs: shells,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return command.WrongUsage(cmd, "completion needs the name of a shell: bash, zsh, fish or powershell")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch root := cmd.Root(); args[0] {
			case "bash":
				if err := root.GenBashCompletionV2(a.Stdout, true); err != nil {
					return err
				}
				_, err := io.WriteString(a.Stdout, wholeAddresses)
				return err
			case "zsh":
				return root.GenZshCompletion(a.Stdout)
			case "fish":
				return root.GenFishCompletion(a.Stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.Stdout)
			}
			return command.WrongUsage(cmd, "there is no completion for %q; there is bash, zsh, fish and powershell", args[0])
		},
	}
}

// wholeAddresses keeps bash from taking an e-mail address for two words.
const wholeAddresses = `
# The at sign is part of a word, or no e-mail address could be completed.
COMP_WORDBREAKS=${COMP_WORDBREAKS//@/}
`

// patience is how long somebody waits who pressed a key.
const patience = 3 * time.Second

// names are what a flag or an argument may name in a project.
type names func(*config.Config) []string

// userNames lists everybody's address.
func userNames(cfg *config.Config) []string {
	return namesOf(cfg.Users, func(u *config.User) string { return u.Key })
}

func groupNames(cfg *config.Config) []string {
	return namesOf(cfg.Groups, func(g *config.Group) string { return g.Name })
}

func templateNames(cfg *config.Config) []string {
	return namesOf(cfg.Templates, func(t *config.Template) string { return t.Name })
}

func licenseNames(cfg *config.Config) []string {
	return namesOf(cfg.Licenses, func(l *config.License) string { return l.Name })
}

func targetNames(cfg *config.Config) []string {
	return namesOf(cfg.Project.Targets, func(t *config.Target) string { return t.Name })
}

// settingNames lists what explain knows a user to have.
func settingNames(cfg *config.Config) []string {
	settings := []string{"callingBehavior"}
	for _, name := range cfg.Schema.Edition.Toggles {
		settings = append(settings, "inCall."+name)
	}
	return settings
}

func namesOf[T any](things []T, name func(*T) string) []string {
	all := make([]string, len(things))
	for i := range things {
		all[i] = name(&things[i])
	}
	return all
}

// completed says what the flags and the arguments of commands name. A flag of
// these names means the same in every command that has it.
var (
	completedFlags = map[string]names{
		"group": groupNames, "groups": groupNames, "template": templateNames,
		"license": licenseNames, "licenses": licenseNames, "target": targetNames,
	}
	completedArguments = map[string][]names{
		"callpolicy explain":            {userNames, settingNames},
		"callpolicy users":              {userNames},
		"callpolicy template":           {templateNames},
		"callpolicy template show":      {templateNames},
		"callpolicy template duplicate": {templateNames},
		"callpolicy template add-group": {templateNames, groupNames},
	}
)

// completeNames lets shells complete what is named in the project around, for a
// command and all below it.
func (a *app) completeNames(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if of := completedFlags[f.Name]; of != nil && f.Value.Type() != "stringArray" {
			complete := func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
				return a.named(cmd.Context(), of, begun)
			}
			if err := cmd.RegisterFlagCompletionFunc(f.Name, complete); err != nil {
				panic(err) // the flag exists, and nothing else completes it
			}
		}
	})
	if arguments := completedArguments[cmd.CommandPath()]; arguments != nil {
		cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
			if len(args) >= len(arguments) {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return a.named(cmd.Context(), arguments[len(args)], begun)
		}
	}
	for _, below := range cmd.Commands() {
		a.completeNames(below)
	}
}

// named returns the names that begin as somebody has begun to write. Of a list,
// a,b,c, the last is completed. Where there is no project, or reading it takes
// too long, there is nothing to offer.
func (a *app) named(ctx context.Context, of names, begun string) ([]string, cobra.ShellCompDirective) {
	const nothingElse = cobra.ShellCompDirectiveNoFileComp
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p, err := a.OpenOne(ctx, command.State{})
	if err != nil {
		return nil, nothingElse
	}
	defer p.Close() // it was only read from
	c, _, err := p.Compile(ctx)
	if err != nil || c == nil {
		return nil, nothingElse
	}
	list := begun[:strings.LastIndexByte(begun, ',')+1]
	var found []string
	for _, name := range of(c.Config) {
		if begins(name, begun[len(list):]) {
			found = append(found, list+name)
		}
	}
	return found, nothingElse
}

// begins reports whether a name begins with a word, in any letters.
func begins(name, word string) bool {
	return len(name) >= len(word) && strings.EqualFold(name[:len(word)], word)
}
