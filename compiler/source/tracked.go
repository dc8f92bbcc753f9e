package source

import (
	"context"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// Tracked calls yield with the name, from the top of the repository, of each
// file that git tracks at or below a path of the operating system, as the index
// has them, until it returns false. There are none outside git, and none outside
// the work tree.
func (r *Repository) Tracked(ctx context.Context, at string, yield func(file string) bool) error {
	if !r.Git() || r.layout.root == "" {
		return nil
	}
	real, err := physical(filepath.Dir(at))
	if err != nil {
		return err
	}
	name, err := filepath.Rel(r.layout.root, filepath.Join(real, filepath.Base(at)))
	if err != nil || !filepath.IsLocal(name) {
		return nil //lint:ignore nilerr it is on another drive
	}
	return r.inIndex(ctx, filepath.ToSlash(name), yield)
}

// Tracked is [Repository.Tracked] for a name in the snapshot. What a revision
// holds is tracked; in the work tree it is what the index has. A file or link
// that is in the place of a folder above the name is named, too.
func (s *Snapshot) Tracked(name string, yield func(file string) bool) error {
	if !fs.ValidPath(name) {
		return nil
	}
	if _, revision := s.root.from.(*stored); !revision {
		if !s.repo.Git() {
			return nil
		}
		return s.repo.inIndex(s.ctx, name, yield)
	}
	at, n := ".", s.root
	for part := range strings.SplitSeq(name, "/") {
		if n.kind != kindDir {
			break
		}
		if part == "." {
			continue
		}
		kids, err := n.children(s.ctx, at)
		if err != nil {
			return err
		}
		n, at = nil, path.Join(at, part)
		for _, k := range kids {
			if k.name == part {
				n = k
			}
		}
		if n == nil {
			return nil
		}
	}
	_, err := eachFile(s.ctx, n, at, yield)
	return err
}

// eachFile calls yield for everything at or below a node that is no folder,
// until it returns false.
func eachFile(ctx context.Context, n *node, name string, yield func(file string) bool) (more bool, err error) {
	if n.kind != kindDir {
		return yield(name), nil
	}
	kids, err := n.children(ctx, name)
	if err != nil {
		return false, err
	}
	for _, k := range kids {
		if more, err := eachFile(ctx, k, path.Join(name, k.name), yield); !more || err != nil {
			return false, err
		}
	}
	return true, nil
}

// inIndex is Tracked for a name in the work tree.
func (r *Repository) inIndex(ctx context.Context, name string, yield func(file string) bool) error {
	if err := r.usable(); err != nil {
		return err
	}
	index, err := r.objects.index(ctx)
	if err != nil {
		return err
	}
	files := index.conflicts
	for _, e := range index.entries {
		files = append(files, e.name)
	}
	for _, file := range files {
		below := name == "." || file == name || strings.HasPrefix(file, name+"/")
		if (below || strings.HasPrefix(name, file+"/")) && !yield(file) {
			return nil
		}
	}
	return nil
}
