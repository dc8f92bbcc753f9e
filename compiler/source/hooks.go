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
	// The user may keep hooks where they like; a repository only in itself.
	_, err = git.run(ctx, "config", "--local", "--includes", "--get", "core.hooksPath")
	if failed(err) != nil {
		return dir, nil // it says nothing of it
	}
	if err != nil {
		return "", err
	}
	if real, err := physical(dir); err != nil || !within(real, r.layout.root) && !within(real, r.layout.commonDir) {
		return "", &failure.Error{
			Kind:    ErrUntrusted,
			Problem: "the repository's own configuration has its hooks in " + dir + ", which is outside of it",
			Hint:    "look at `git config --local core.hooksPath`, and remove it if it is not yours",
		}
	}
	return dir, nil
}
