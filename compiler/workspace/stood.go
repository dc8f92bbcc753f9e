package workspace

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"callpolicy/compiler"
	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/source"
)

// What the directory or the calendar brings about is told apart from what a
// change brings about by asking what would be found without the change: in the
// policies of the base, over the roster and on the day of now.

// withBase gives a compilation of the project what tells the two apart: the
// revision of c, where it names one, else the commit that is checked out, or the
// parent of the revision that is read. A base that cannot be read tells nothing,
// unless it is named.
func (p Project) withBase(c Comparison) compiler.Option {
	return compiler.Base(func(ctx context.Context, now *config.Config) (found diag.List, there bool, err error) {
		snap, err := p.policiesBefore(ctx, c)
		if err != nil && c.Base == "" {
			err = ignoreUnreadable(err)
		}
		if err != nil || snap == nil {
			return nil, false, err
		}
		before := &withRoster{FS: snap, people: p.snap, paths: p.rosterPaths(now)}
		_, found, err = p.in(snap).compile(ctx, before, p.options.Rosters, compiler.At(p.today()), compiler.ErrorsOnly())
		if errors.Is(err, load.ErrNoProject) {
			return nil, false, nil
		}
		return found, err == nil, err
	})
}

// withEarlier gives a compilation of the project the state of the base as it was,
// with the roster that it had.
func (p Project) withEarlier(c Comparison) compiler.Option {
	return compiler.Earlier(func(ctx context.Context) (*config.Config, error) {
		snap, err := p.policiesBefore(ctx, c)
		if err != nil && c.Base == "" {
			err = ignoreUnreadable(err)
		}
		if err != nil || snap == nil {
			return nil, err
		}
		people := p.options.Rosters
		if p.options.BaseRosters != nil {
			people = p.options.BaseRosters
		}
		was, _, err := p.in(snap).compile(ctx, snap, people, compiler.ErrorsOnly())
		if errors.Is(err, load.ErrNoProject) || was == nil {
			return nil, nil
		}
		return was.Config, err
	})
}

// policiesBefore returns the state with whose policies those of now are compared;
// nil where there is none.
func (p Project) policiesBefore(ctx context.Context, c Comparison) (*source.Snapshot, error) {
	if !p.git.Git() {
		return nil, nil
	}
	if c.Base != "" {
		return p.snapshotAt(ctx, c.Base, c.Exact)
	}
	tip, ok, err := p.tip(ctx)
	if err != nil || !ok {
		return nil, err
	}
	if p.snap.Revision() != "" {
		if tip, err = p.git.FirstParent(ctx, tip); err != nil || tip == "" {
			return nil, err
		}
	}
	return p.git.At(ctx, tip)
}

// rosterPaths lists the files and folders with the roster, from the top of the repository.
func (p Project) rosterPaths(now *config.Config) []string {
	var paths []string
	for _, r := range now.Project.Roster {
		if name := path.Join(p.dir, r.File); fs.ValidPath(name) {
			paths = append(paths, name)
		}
	}
	return paths
}

// withRoster is a state of the repository in which the roster is that of another.
type withRoster struct {
	fs.FS
	people fs.FS
	paths  []string
}

func (w *withRoster) of(name string) fs.FS {
	for _, p := range w.paths {
		if name == p || strings.HasPrefix(name, p+"/") {
			return w.people
		}
	}
	return w.FS
}

// Open implements [fs.FS].
func (w *withRoster) Open(name string) (fs.File, error) { return w.of(name).Open(name) }

// ReadFile implements [fs.ReadFileFS].
func (w *withRoster) ReadFile(name string) ([]byte, error) { return fs.ReadFile(w.of(name), name) }

// ReadDir implements [fs.ReadDirFS].
func (w *withRoster) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(w.of(name), name) }

// Stat implements [fs.StatFS].
func (w *withRoster) Stat(name string) (fs.FileInfo, error) { return fs.Stat(w.of(name), name) }
