package source

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"callpolicy/compiler/failure"
)

// HooksDir returns the OS path of the folder where git looks for the hooks of
// this repository, also where core.hooksPath, of the repository or of the user,
// names another. It may not exist yet. It needs an installed git.
func (r *Repository) HooksDir(ctx context.Context) (string, error) {
	if err := r.usable(); err != nil {
		return "", err
	}
	git, err := newGitCommand(r.layout)
	if err != nil {
		return "", &failure.Error{
			Kind:    ErrGitNeeded,
			Problem: "there is no git that could run a hook",
			Hint:    "install git, or run callpolicy validate --staged by hand",
			Cause:   err,
		}
	}
	// Where hooks are is the question; none of them runs when it is answered.
	rest := slices.DeleteFunc(slices.Clone(off), func(s string) bool { return strings.HasPrefix(s, "core.hooksPath=") })
	out, err := git.finish(ctx, git.start(ctx, rest, git.env, []string{"rev-parse", "--git-path", "hooks"}), nil, "rev-parse")
	if err != nil {
		return "", err
	}
	dir := filepath.FromSlash(strings.TrimRight(string(out), "\r\n"))
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(git.dir, dir)
	}
	return dir, nil
}
