// Package source shows a work tree, a git revision or the git index as one
// read-only [Snapshot], so that the rest of the compiler never asks where
// files come from.
//
// Nothing is ever checked out, and nothing in the repository is written; the
// one exception is git's own doing, when it fetches the objects that a partial
// clone left behind. This is the only package that knows go-git or runs the
// git command. go-git comes first, because it needs no installed git; where it
// cannot read a repository the git command takes over, and where that is
// missing too an [Error] names the cause and the cure. Both read raw objects
// only (see objects): trees, commits, links and merge bases are interpreted
// here, once, so the answer does not depend on who read the bytes.
//
// Replacement refs and grafts are not honored, and content is what git stores
// or what lies on disk: no line-ending conversion, no clean or smudge filters.
// Submodules, nested clones and linked worktrees inside the tree belong to
// other repositories and are listed, never read.
//
//	repo, err := source.Open(ctx, ".")
//	…
//	defer repo.Close()
//	base, err := repo.At(ctx, "origin/main")
//	…
//	data, err := fs.ReadFile(base, "policies/org.yaml")
package source
