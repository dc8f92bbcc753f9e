package cli

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/planview"
	"callpolicy/compiler/bounded"
	"callpolicy/compiler/filekind"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/workspace"
)

func newDiffDriverCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "diff-driver PATH OLD-FILE OLD-HEX OLD-MODE NEW-FILE NEW-HEX NEW-MODE",
		GroupID: command.GroupTool,
		Short:   "Let git diff show whom a change reaches",
		Long: `Diff-driver is a program for git: above the lines that changed in a policy file
it says which settings change and for how many users. Git knows no more than the
file, so all others count as they are on disk now.

Two lines set it up, the first of them in .gitattributes:

  policies/** diff=callpolicy
  git config diff.callpolicy.command "callpolicy diff-driver"`,
		Example: `  git diff
  git log -p --ext-diff -- policies`,
		DisableFlagsInUseLine: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 || len(args) >= 7 { // one: a path with conflicts
				return nil
			}
			return command.WrongUsage(cmd, "git calls diff-driver, with seven arguments")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return planview.Unmerged(a.Stdout, args[0])
			}
			return a.diffFile(cmd.Context(), args[0], args[1], args[4])
		},
	}
}

// diffFile shows the change of one file, given the two that hold its content.
func (a *app) diffFile(ctx context.Context, name, oldFile, newFile string) error {
	before, err := content(oldFile)
	if err != nil {
		return err
	}
	after, err := content(newFile)
	if err != nil {
		return err
	}
	d := planview.FileDiff{Name: name, Before: before, After: after}
	if workspace.MayRead(name) {
		// Where the effect cannot be told, git still needs the lines.
		if d.Plan, err = a.effectOf(ctx, name, before, after); err != nil {
			d.Problem = command.Explain(ctx, err).Problem
		}
	}
	return d.Write(a.Stdout, a.pager())
}

// content reads a file that git names; nil where there is none.
func content(name string) ([]byte, error) {
	if name == os.DevNull {
		return nil, nil
	}
	data, err := bounded.File(name, filekind.YAML.MaxBytes())
	if data == nil {
		data = []byte{}
	}
	return data, err
}

// effectOf plans the change of one file, which git names from the top of the work
// tree: there it starts the program.
func (a *app) effectOf(ctx context.Context, name string, before, after []byte) (*plan.Plan, error) {
	full, err := a.Path(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	options, err := a.Options()
	if err != nil {
		return nil, err
	}
	return workspace.EffectOf(ctx, full, before, after, options)
}

// pager is the style of what git's pager shows: it takes colors, though it is
// no terminal.
func (a *app) pager() layout.Style {
	return layout.Terminal(a.Stdout, func(name string) string {
		value := a.Getenv(name)
		if name == "CLICOLOR_FORCE" && value == "" && a.Getenv("GIT_PAGER_IN_USE") == "true" {
			return "1"
		}
		return value
	})
}
