package source

import (
	"context"
	"fmt"
	"strings"

	gitconfig "github.com/go-git/go-git/v5/plumbing/format/config"

	"callpolicy/compiler/failure"
)

// What to do when a revision is not there depends on the clone more than on
// the name, so the exact command is worked out here.

func ambiguous(prefix string, ids []string) error {
	e := &failure.Error{
		Kind:    ErrUnknownRevision,
		Problem: fmt.Sprintf("%q is the beginning of more than one commit's id", prefix),
		Hint:    "write more of the id",
	}
	if len(ids) > 0 {
		e.Problem += ": " + strings.Join(ids, ", ")
	}
	return e
}

const actions = "in GitHub Actions set `fetch-depth: 0` at actions/checkout (in GitLab CI the variable GIT_DEPTH to 0)"

// tooShallow says that history ends before what was asked for.
func tooShallow(what string) error {
	return &failure.Error{
		Kind:    ErrShallow,
		Problem: "this is a shallow clone, whose history ends before " + what,
		Hint:    "run `git fetch --unshallow`; " + actions,
	}
}

// unknown says that a name stands for nothing, and how to get it.
func (r *Repository) unknown(ctx context.Context, text, name string, err error) error {
	if _, ok, headErr := r.Head(ctx); headErr == nil && !ok && (name == "HEAD" || name == "") {
		return &failure.Error{
			Kind:    ErrUnborn,
			Problem: "the repository has no commit yet",
			Hint:    "commit first",
			Cause:   err,
		}
	}
	e := &failure.Error{Kind: ErrUnknownRevision, Problem: fmt.Sprintf("there is no revision %q in this repository", text), Cause: err}
	remote, ref := r.fetchable(name)
	shallow := len(r.cut()) > 0
	switch {
	case isHex(name) && shallow:
		e.Kind = ErrShallow
		e.Problem = fmt.Sprintf("revision %q is not in this shallow clone", text)
		e.Hint = "run `git fetch --unshallow`"
		if len(name) >= 40 {
			e.Hint = fmt.Sprintf("run `git fetch --depth=1 %s %s`, or `git fetch --unshallow`", remote, name)
		}
		e.Hint += "; " + actions
	case remote != "" && isHex(name) && len(name) >= 40:
		e.Hint = fmt.Sprintf("run `git fetch %s %s`", remote, name)
	case remote == "" || strings.Contains(name, "@{") || isHex(name):
		e.Hint = "look for it with `git branch --all` and `git tag`"
	default:
		depth := ""
		if shallow {
			e.Kind = ErrShallow
			depth = "--depth=1 "
		}
		e.Hint = fmt.Sprintf("if it is a branch there, run `git fetch %s%s +refs/heads/%s:refs/remotes/%s/%s` and use %s/%s",
			depth, remote, ref, remote, ref, remote, ref)
		if shallow {
			e.Hint += "; for the history between the two `git fetch --unshallow`; " + actions
		}
	}
	return e
}

// fetchable guesses remote and branch from a name: "origin/main" is main of
// origin, and a plain name is taken for a branch of the first remote.
func (r *Repository) fetchable(name string) (remote, branch string) {
	remotes := r.layout.config.remotes(func(*gitconfig.Subsection) bool { return true })
	for _, remote := range remotes {
		if branch, ok := strings.CutPrefix(name, remote+"/"); ok {
			return remote, branch
		}
	}
	if len(remotes) == 0 {
		return "", ""
	}
	return remotes[0], name
}
