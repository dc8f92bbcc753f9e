package workspace

import (
	"context"
	"slices"
	"strings"

	"callpolicy/compiler/filekind"
)

// Touched returns the projects that a commit of what is staged changes, for a
// workspace of what is staged. A file outside of every project may be one that
// several read.
func (w *Workspace) Touched(ctx context.Context) ([]Project, error) {
	head, ok, err := w.git.Head(ctx)
	if err != nil || !ok {
		return w.projects, err // the first commit changes everything
	}
	before, err := w.git.At(ctx, head)
	if err != nil {
		return nil, err
	}
	names, err := w.git.Changed(ctx, before, w.snap)
	if err != nil {
		return nil, err
	}
	changed := map[string]bool{}
	for _, name := range names {
		if !MayRead(name) {
			continue
		}
		if dir, in := within(name, w.projects); in {
			changed[dir] = true
			continue
		}
		return w.projects, nil
	}
	return slices.DeleteFunc(slices.Clone(w.projects), func(p Project) bool { return !changed[p.dir] }), nil
}

// MayRead reports whether callpolicy may read a file of this name.
func MayRead(name string) bool {
	kind := filekind.Of(name)
	return kind.IsPolicy() || kind == filekind.CSV || kind == filekind.XML
}

// within returns the folder of the project that a file lies in.
func within(name string, projects []Project) (dir string, ok bool) {
	for _, p := range projects {
		in := p.dir == "." || strings.HasPrefix(name, p.dir+"/")
		if in && (!ok || len(p.dir) > len(dir) || dir == ".") {
			dir, ok = p.dir, true
		}
	}
	return dir, ok
}
