package workspace

import (
	"context"
	"path"
	"slices"
	"strings"

	"callpolicy/compiler/config/load"
	"callpolicy/compiler/filekind"
)

// Touched returns the projects that a commit of what is staged changes, for a
// workspace of what is staged: those that read one of its files, whatever the
// file is called and wherever it lies. A policy file outside of every project
// may be one that several read. Where nothing is staged all are returned: whoever
// asks then, such as a check of all files, asks about what is committed.
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
	if err != nil || len(names) == 0 {
		return w.projects, err
	}
	touched := map[string]bool{}
	for _, p := range w.projects {
		reads, known, err := p.reads()
		if err != nil {
			return nil, err
		}
		touched[p.dir] = !known || slices.ContainsFunc(names, func(name string) bool {
			return slices.ContainsFunc(reads, func(read string) bool { return read == "." || name == read || strings.HasPrefix(name, read+"/") })
		})
	}
	for _, name := range names {
		if !MayRead(name) {
			continue
		}
		dir, in := within(name, w.projects)
		if !in {
			return w.projects, nil
		}
		touched[dir] = true
	}
	return slices.DeleteFunc(slices.Clone(w.projects), func(p Project) bool { return !touched[p.dir] }), nil
}

// reads returns the files and folders that the project file names, from the top
// of the repository. known is false where the project file is at fault.
func (p Project) reads() (names []string, known bool, err error) {
	cfg, err := load.ProjectFile(p.snap, p.dir)
	if err != nil || cfg == nil {
		return nil, false, err
	}
	for _, name := range cfg.Project.Reads() {
		names = append(names, path.Join(p.dir, name))
	}
	return names, true, nil
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
