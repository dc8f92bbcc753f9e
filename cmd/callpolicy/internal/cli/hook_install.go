package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/compiler/bounded"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/source"
)

// hookScript is the hook for plain git; %s is the path of the program that
// installed it, for editors whose PATH does not have it.
const hookScript = `#!/bin/sh
# Written by "callpolicy hook install"; "callpolicy hook uninstall" removes it.
callpolicy=$(command -v callpolicy) || callpolicy='%s'
exec "$callpolicy" hook run
`

// mostHook is more than a hook of anybody's is long.
const mostHook = 1 << 20 // bytes

// ourHook matches a hook as callpolicy writes it, wherever the program was.
var ourHook = regexp.MustCompile("^" + strings.Replace(regexp.QuoteMeta(hookScript), "%s", ".*", 1) + "$")

func newHookInstallCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "install",
		Short: "Make git run the hook",
		Long: `Install writes git's hooks pre-commit and pre-merge-commit, so that commits and
merges are checked. A hook that is there already is never overwritten: it can
run "callpolicy hook run" itself. Git runs no such hook for the commits of
cherry-pick and rebase: "callpolicy validate" checks those afterward.`,
		Example: `  callpolicy hook install`,
		Args:    command.NoArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.installHook(cmd.Context()) },
	}
}

func newHookUninstallCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "uninstall",
		Short:   "Remove the hook that install wrote",
		Example: `  callpolicy hook uninstall`,
		Args:    command.NoArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.uninstallHook(cmd.Context()) },
	}
}

// hooks are those of git's hooks that run before a commit: git commit runs the
// first one, and a merge that git commits by itself the other.
func hooks() []string { return []string{"pre-commit", "pre-merge-commit"} }

// hookFile is one of git's hooks, and what it holds; nil: it is not there.
type hookFile struct {
	name    string
	content []byte
}

func (h hookFile) ours() bool { return ourHook.Match(h.content) }

func (a *app) hookFiles(ctx context.Context) (all []hookFile, err error) {
	start, err := a.Path(".")
	if err != nil {
		return nil, err
	}
	r, err := source.Open(ctx, start)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	dir, err := r.HooksDir(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range hooks() {
		h := hookFile{name: filepath.Join(dir, name)}
		if h.content, err = bounded.File(h.name, mostHook); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}

func (a *app) installHook(ctx context.Context) error {
	files, err := a.hookFiles(ctx)
	if err != nil {
		return err
	}
	var names, missing []string
	for _, h := range files {
		names = append(names, a.Shown(h.name))
		switch {
		case h.ours():
		case h.content != nil:
			return foreignHook(a.Shown(h.name), nil)
		default:
			missing = append(missing, h.name)
		}
	}
	for _, name := range missing {
		if err := a.writeHook(name); err != nil {
			return err
		}
	}
	return view.Installed(a.Stdout, names, len(missing) == 0, a.Out())
}

func foreignHook(name string, err error) error {
	return &failure.Error{
		Problem: "there is a hook already, and it was left as it is: " + name,
		Hint:    "add this line to it: callpolicy hook run", Cause: err,
	}
}

func (a *app) writeHook(name string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	quoted := strings.ReplaceAll(filepath.ToSlash(self), "'", `'\''`)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	switch {
	case errors.Is(err, fs.ErrExist):
		return foreignHook(a.Shown(name), err)
	case err != nil:
		return err
	}
	_, err = fmt.Fprintf(f, hookScript, quoted)
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

func (a *app) uninstallHook(ctx context.Context) error {
	files, err := a.hookFiles(ctx)
	if err != nil {
		return err
	}
	var removed []string
	what := "there is no hook of callpolicy's to remove"
	for _, h := range files {
		switch {
		case h.ours():
			if err := os.Remove(h.name); err != nil {
				return err
			}
			removed = append(removed, a.Shown(h.name))
		case h.content != nil:
			what = "the hook is not callpolicy's, and was left as it is: " + a.Shown(h.name)
		}
	}
	if len(removed) == 0 {
		return &failure.Error{Problem: what}
	}
	return view.Uninstalled(a.Stdout, removed, a.Out())
}
