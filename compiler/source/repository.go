package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"callpolicy/compiler/failure"
)

// Repository is a git repository, or a plain folder that is in none. It may
// be used from many goroutines. Branches are looked up anew each time, while
// opened packs and git processes are kept until Close.
type Repository struct {
	layout  *layout
	objects *backend // nil in a plain folder

	mu    sync.Mutex
	root  *os.Root // the work tree, once somebody reads it
	disks []*disk  // its snapshots

	cutOnce sync.Once
	cutAt   map[string]bool
}

// Open finds the repository that holds a folder, given by its OS path. A
// folder in no git repository is fine: Git reports false, and only the work
// tree can be read. So is a repository that cannot be read in full, until
// more than its work tree is asked for.
//
// Inside a git hook the variables that git sets (GIT_INDEX_FILE and others)
// are honored for the repository that the hook runs in, and for no other.
func Open(ctx context.Context, dir string) (*Repository, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	cwd, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	l, err := discover(dir, environment{get: os.Getenv, cwd: cwd})
	if err != nil {
		return nil, err
	}
	r := &Repository{layout: l}
	if l.gitDir != "" && l.broken == nil {
		r.objects = newBackend(l)
	}
	return r, nil
}

// Close releases open packs, the work tree's folder and git processes. The
// snapshots are not to be used after it.
func (r *Repository) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, d := range r.disks {
		errs = append(errs, d.close())
	}
	r.disks = nil
	if r.root != nil {
		errs = append(errs, r.root.Close())
		r.root = nil
	}
	if r.objects != nil {
		errs = append(errs, r.objects.close())
	}
	return errors.Join(errs...)
}

// Root returns the OS path of the work tree's top, without symbolic links;
// outside git the opened folder, in a bare repository "".
func (r *Repository) Root() string { return r.layout.root }

// Git reports whether there is a git repository.
func (r *Repository) Git() bool { return r.layout.gitDir != "" }

// Rel returns the slash path from Root to a file or folder given by its OS
// path, "." for Root itself. Symbolic links on the way there are resolved
// first. In a bare repository, where no path has a meaning, it is always ".".
func (r *Repository) Rel(name string) (string, error) {
	if r.layout.root == "" {
		return ".", nil
	}
	real, err := physical(name)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(r.layout.root, real)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s is not in the repository at %s", name, r.layout.root)
	}
	return filepath.ToSlash(rel), nil
}

// usable says why revisions and the index cannot be read, if so.
func (r *Repository) usable() error {
	switch {
	case r.layout.broken != nil:
		return r.layout.broken
	case r.objects == nil:
		return &failure.Error{
			Kind:    ErrNotGit,
			Problem: r.layout.root + " is not in a git repository",
			Hint:    "run `git init` and commit, or go on without revisions",
		}
	}
	return nil
}

// cut returns where a shallow clone ends; empty for a full one.
func (r *Repository) cut() map[string]bool {
	r.cutOnce.Do(func() { r.cutAt = r.layout.shallow() })
	return r.cutAt
}

// Head returns the id of the commit that is checked out. ok is false before
// the first commit, and outside git.
func (r *Repository) Head(ctx context.Context) (id string, ok bool, err error) {
	if r.layout.gitDir == "" {
		return "", false, nil
	}
	if err := r.usable(); err != nil {
		return "", false, err
	}
	id, err = r.objects.resolve(ctx, "HEAD")
	if !errors.Is(err, errNotFound) {
		return id, err == nil, err
	}
	target, symErr := r.objects.symbolic(ctx, "HEAD")
	if symErr == nil && target != "" {
		return "", false, nil
	}
	return "", false, err
}

// DefaultBranch returns the branch that others start from, as a revision:
// what origin/HEAD points to, else the first there is of origin/main,
// origin/master, main and master.
func (r *Repository) DefaultBranch(ctx context.Context) (rev string, ok bool) {
	if r.usable() != nil {
		return "", false
	}
	names := []string{"origin/main", "origin/master", "main", "master"}
	const remote = "refs/remotes/"
	if target, err := r.objects.symbolic(ctx, remote+"origin/HEAD"); err == nil && len(target) > len(remote) {
		names = append([]string{target[len(remote):]}, names...)
	}
	for _, name := range names {
		if _, err := r.objects.resolve(ctx, name); err == nil {
			return name, true
		}
	}
	return "", false
}

// WorkTree returns the files on disk, git's own folder left out. Files that a
// sparse checkout leaves out are taken from the index, so that a sparse clone
// compiles to the same as a full one.
func (r *Repository) WorkTree(ctx context.Context) (*Snapshot, error) {
	if r.layout.root == "" {
		return nil, r.noWorkTree()
	}
	root, err := r.openRoot()
	if err != nil {
		return nil, err
	}
	s := &Snapshot{ctx: ctx, repo: r, describe: "the work tree"}
	if !r.Git() {
		s.describe = "the folder"
	}
	d := &disk{root: root, git: r.Git()}
	r.mu.Lock()
	r.disks = append(r.disks, d)
	r.mu.Unlock()
	s.root = &node{name: ".", kind: kindDir, from: d}
	if r.objects == nil || !r.layout.config.is("core", "sparseCheckout") {
		return s, nil
	}
	index, err := r.objects.index(ctx) // files with conflicts are on disk, also where they were left out before
	if err != nil {
		return nil, err
	}
	left := slices.DeleteFunc(index.entries, func(e entry) bool { return !e.left })
	s.root.from = &sparse{disk: d, index: r.indexTree(left)}
	return s, nil
}

func (r *Repository) noWorkTree() error {
	return &failure.Error{
		Kind:    ErrNoWorkTree,
		Problem: r.layout.gitDir + " is a bare repository, without a work tree",
		Hint:    "name a revision with --rev",
	}
}

func (r *Repository) openRoot() (*os.Root, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.root == nil {
		root, err := os.OpenRoot(r.layout.root)
		if err != nil {
			return nil, err
		}
		r.root = root
	}
	return r.root, nil
}

func (r *Repository) indexTree(entries []entry) *node {
	from := &stored{objects: r.objects}
	from.root = treeOf(entries, from)
	return from.root
}

// Index returns what is staged: exactly the content that `git commit` would
// record. While a commit runs its hooks this is the commit's own index. Files
// with merge conflicts are an ErrUnmerged that names them.
func (r *Repository) Index(ctx context.Context) (*Snapshot, error) {
	if err := r.usable(); err != nil {
		return nil, err
	}
	if r.layout.root == "" {
		return nil, r.noWorkTree()
	}
	index, err := r.objects.index(ctx)
	if err != nil {
		return nil, err
	}
	if len(index.conflicts) > 0 {
		return nil, unmerged(index.conflicts)
	}
	return &Snapshot{ctx: ctx, repo: r, root: r.indexTree(index.entries), describe: "the index"}, nil
}

// At returns the files of a revision: HEAD, a branch, a tag, an id or its
// beginning, with ~2, ^1 and the like behind it, or branch@{upstream}.
// Anything else is an ErrRevisionSyntax.
func (r *Repository) At(ctx context.Context, rev string) (*Snapshot, error) {
	c, err := r.find(ctx, rev)
	if err != nil {
		return nil, err
	}
	from := &stored{objects: r.objects, date: c.date}
	from.root = &node{name: ".", kind: kindDir, id: c.tree, from: from}
	return &Snapshot{
		ctx: ctx, repo: r, root: from.root,
		describe: "revision " + short(c.id), revision: c.id, date: c.date,
	}, nil
}
