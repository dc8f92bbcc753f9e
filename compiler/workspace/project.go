package workspace

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/source"
)

// Project is a folder of a repository that holds a project file, in the state of
// its workspace.
type Project struct {
	*Workspace
	dir string
}

// Dir returns the project's folder, from the top of the repository with slashes;
// "." for the top.
func (p Project) Dir() string { return p.dir }

// Compile compiles the project; see [compiler.Compile].
func (p Project) Compile(ctx context.Context) (*compiler.Compilation, diag.List, error) {
	return p.compileHead(ctx, Comparison{Base: p.options.Base})
}

// compileHead compiles the project as what is compared with a base.
func (p Project) compileHead(ctx context.Context, c Comparison) (*compiler.Compilation, diag.List, error) {
	return p.compile(ctx, p.snap, p.options.Rosters, p.withBase(c), p.withEarlier(c))
}

// compile compiles the project as it is in fsys, with these people from outside.
func (p Project) compile(ctx context.Context, fsys fs.FS, people []Roster, more ...compiler.Option) (*compiler.Compilation, diag.List, error) {
	outside, err := p.outside(people)
	if err != nil {
		return nil, nil, err
	}
	opts := slices.Concat(p.options.Compile, p.kept.compile(p.dir), []compiler.Option{
		compiler.Workers(p.options.Workers), compiler.At(p.today()), compiler.Rosters(outside...), compiler.Root(p.git.Root()), compiler.Traced(p.options.Trace),
	}, more)
	return compiler.Compile(ctx, fsys, p.dir, opts...)
}

// today is the date that counts as today: the one that was asked for, else the
// commit's, else today's. Only here does a workspace look at the clock.
func (p Project) today() time.Time {
	if !p.options.At.IsZero() {
		return p.options.At
	}
	if date, ok := p.snap.Date(); ok {
		return date
	}
	return time.Now().UTC()
}

// Describe names the state that the project is read in.
func (p Project) Describe() plan.State {
	s := plan.State{Name: p.snap.Describe()}
	if rev := p.snap.Revision(); rev != "" {
		s.Revision = &rev
	}
	return s
}

// Folder returns the path on disk of a file or folder that the project names.
func (p Project) Folder(name string) string {
	return filepath.Join(p.git.Root(), filepath.FromSlash(p.dir), filepath.FromSlash(name))
}

// ReadFile returns the content of a file of the project.
func (p Project) ReadFile(name string) ([]byte, error) {
	return p.snap.ReadFile(path.Join(p.dir, name))
}

// WriteFile replaces the content of a file of the project on disk, in one step.
// The file may be a link to another of the repository, which then changes.
func (p Project) WriteFile(name string, data []byte) error {
	full, err := filepath.EvalSymlinks(p.Folder(name))
	if err != nil {
		return err
	}
	rel, err := p.git.Rel(full)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(p.git.Root())
	if err != nil {
		return err
	}
	return errors.Join(WriteIn(root, filepath.FromSlash(rel), data), root.Close())
}

// Blame says for each line of a file of the project who last touched it: up to a
// revision, or with what is on disk where rev is empty.
func (p Project) Blame(ctx context.Context, rev, name string) ([]source.BlameLine, error) {
	return p.git.Blame(ctx, rev, path.Join(p.dir, name))
}

// Origin says where the bundles of a compilation of the project come from, for
// their manifest.
func (p Project) Origin(ctx context.Context, c *compiler.Compilation) (bundle.Options, error) {
	opts := bundle.Options{ToolVersion: p.options.Tool, Revision: p.snap.Revision(), Clean: true}
	if opts.Revision != "" {
		return opts, nil
	}
	head, ok, err := p.git.Head(ctx)
	if !ok {
		return bundle.Options{ToolVersion: opts.ToolVersion}, ignoreUnreadable(err)
	}
	opts.Revision = head
	opts.Clean, err = p.git.Clean(ctx, p.snap, p.inputs(c)...)
	return opts, ignoreUnreadable(err)
}

// ignoreUnreadable lets a repository pass whose history cannot be read: the
// files are there, and bundles do not depend on it.
func ignoreUnreadable(err error) error {
	if _, ok := errors.AsType[source.Kind](err); ok {
		return nil
	}
	return err
}

// inputs names everything that decides what is compiled, in the repository: the
// files that were read, and the folders in which others may have been deleted.
func (p Project) inputs(c *compiler.Compilation) []string {
	var names []string
	add := func(name string) {
		if name = path.Join(p.dir, name); fs.ValidPath(name) {
			names = append(names, name)
		}
	}
	for _, in := range c.Config.Inputs() {
		if !in.Outside {
			add(in.File)
		}
	}
	for _, name := range slices.Concat(c.Config.Project.Policies, c.Config.Project.RosterFiles()) {
		add(name)
	}
	return names
}

// Root returns the top of the repository on disk; empty: it is bare.
func (w *Workspace) Root() string { return w.git.Root() }
