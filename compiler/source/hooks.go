package source

import (
	"context"
	"path/filepath"
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
	out, err := git.run(ctx, nil, "rev-parse", "--git-path", "hooks")
	if err != nil {
		return "", err
	}
	dir := filepath.FromSlash(strings.TrimRight(string(out), "\r\n"))
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(git.dir, dir)
	}
	return dir, nil
}
