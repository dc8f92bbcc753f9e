package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/planview"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/plan"
)

func newDiffDriverCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "diff-driver PATH OLD-FILE OLD-HEX OLD-MODE NEW-FILE NEW-HEX NEW-MODE",
		GroupID: groupTool,
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
			return wrongUsage(cmd, "git calls diff-driver, with seven arguments")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return planview.Unmerged(a.stdout, args[0])
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
	if read(name) {
		// Where the effect cannot be told, git still needs the lines.
		if d.Plan, err = a.effectOf(ctx, name, before, after); err != nil {
			d.Problem = explain(ctx, err).Problem
		}
	}
	return d.Write(a.stdout, a.pager())
}

// content reads a file that git names; nil where there is none.
func content(name string) ([]byte, error) {
	if name == os.DevNull {
		return nil, nil
	}
	data, err := os.ReadFile(name)
	if data == nil {
		data = []byte{}
	}
	return data, err
}

// effectOf compares two projects that differ in one file only. There is no plan
// where no project reads the file.
func (a *app) effectOf(ctx context.Context, name string, before, after []byte) (_ *plan.Plan, err error) {
	// Git starts the program at the top of the work tree.
	top, err := a.path(".")
	if err != nil {
		return nil, err
	}
	people, err := a.paths(a.people())
	if err != nil {
		return nil, err
	}
	inside := *a
	inside.dir = existing(filepath.Join(top, filepath.Dir(filepath.FromSlash(name))))
	p, err := inside.openOne(ctx, state{})
	if _, none := errors.AsType[*missingProject](err); none {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	rel, err := p.git.Rel(filepath.Join(top, filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	var sides [2]*plan.Side
	var notes []string
	for i, data := range [][]byte{before, after} {
		state := plan.State{Name: [2]string{"before", "after"}[i]}
		c, diags, err := p.compileFS(ctx, p.snap.Replace(rel, data), people)
		switch {
		case err != nil:
			return nil, err
		case c == nil:
			return nil, &failure.Error{Problem: diags[0].Summary}
		case diags.HasErrors():
			notes = append(notes, layout.Plural(diags.Count(diag.Error), "error", "errors")+" "+state.Name+
				" the change, so this is as far as the files can be understood.")
		}
		sides[i] = c.Side(state)
	}
	if sides[0].State.Digest == sides[1].State.Digest {
		return nil, nil // nobody reads the file
	}
	made, err := plan.Compare(ctx, sides[0], sides[1])
	if err != nil {
		return nil, err
	}
	made.Notes = notes
	return made, nil
}

// existing returns the folder, or the nearest one above it that is there: a
// change may remove the last file of a folder.
func existing(dir string) string {
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return dir
		}
		dir = up
	}
}

// pager is the style of what git's pager shows: it takes colors, though it is
// no terminal.
func (a *app) pager() layout.Style {
	return layout.Terminal(a.stdout, func(name string) string {
		value := a.getenv(name)
		if name == "CLICOLOR_FORCE" && value == "" && a.getenv("GIT_PAGER_IN_USE") == "true" {
			return "1"
		}
		return value
	})
}
