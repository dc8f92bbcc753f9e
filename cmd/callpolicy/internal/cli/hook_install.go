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
		Long: `Install writes git's pre-commit hook. A hook that is there already is never
overwritten: it can run "callpolicy hook run" itself.`,
		Example: `  callpolicy hook install`,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.installHook(cmd.Context()) },
	}
}

func newHookUninstallCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "uninstall",
		Short:   "Remove the hook that install wrote",
		Example: `  callpolicy hook uninstall`,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.uninstallHook(cmd.Context()) },
	}
}

// hookFile returns the path of git's pre-commit hook, and what it holds.
func (a *app) hookFile(ctx context.Context) (name string, content []byte, err error) {
	start, err := a.path(".")
	if err != nil {
		return "", nil, err
	}
	r, err := source.Open(ctx, start)
	if err != nil {
		return "", nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	dir, err := r.HooksDir(ctx)
	if err != nil {
		return "", nil, err
	}
	name = filepath.Join(dir, "pre-commit")
	content, err = bounded.File(name, mostHook)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return name, content, err
}

func (a *app) installHook(ctx context.Context) error {
	name, content, err := a.hookFile(ctx)
	switch {
	case err != nil:
		return err
	case ourHook.Match(content):
		return view.Installed(a.stdout, a.shown(name), true, a.out())
	}
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
		return &failure.Error{
			Problem: "there is a hook already, and it was left as it is: " + a.shown(name),
			Hint:    "add this line to it: callpolicy hook run", Cause: err,
		}
	case err != nil:
		return err
	}
	_, err = fmt.Fprintf(f, hookScript, quoted)
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return view.Installed(a.stdout, a.shown(name), false, a.out())
}

func (a *app) uninstallHook(ctx context.Context) error {
	name, content, err := a.hookFile(ctx)
	switch {
	case err != nil:
		return err
	case !ourHook.Match(content):
		what := "there is no hook of callpolicy's to remove"
		if content != nil {
			what = "the hook is not callpolicy's, and was left as it is: " + a.shown(name)
		}
		return &failure.Error{Problem: what}
	}
	if err := os.Remove(name); err != nil {
		return err
	}
	return view.Uninstalled(a.stdout, a.shown(name), a.out())
}
