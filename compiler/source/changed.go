package source

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"

	"callpolicy/compiler/bounded"
)

// Changed returns the names of the files that differ between two snapshots of
// this repository, sorted: added, removed, or of other content. With under it
// looks only at these files and folders. Equal folders of two revisions are
// not entered; a work-tree file that has not been read before is read.
//
// Line endings that git converts are no difference to the work tree.
func (r *Repository) Changed(ctx context.Context, a, b *Snapshot, under ...string) ([]string, error) {
	return r.compare(ctx, a, b, under, false)
}

// Clean reports whether what a work-tree snapshot holds is what HEAD holds,
// for these files and folders; for the whole tree if there are none. Files
// that git does not know count where they are named themselves, so name those
// that were read; inside a named folder they do not. Without git, and before
// the first commit, nothing is clean.
func (r *Repository) Clean(ctx context.Context, work *Snapshot, under ...string) (bool, error) {
	id, ok, err := r.Head(ctx)
	if err != nil || !ok {
		return false, err
	}
	head, err := r.At(ctx, id)
	if err != nil {
		return false, err
	}
	changed, err := r.compare(ctx, head, work, under, true)
	return len(changed) == 0, err
}

// compare lists differences. With known set, a file that only b holds counts
// only where it is named itself.
func (r *Repository) compare(ctx context.Context, a, b *Snapshot, under []string, known bool) ([]string, error) {
	if len(under) == 0 {
		under = []string{"."}
	}
	names := map[string]bool{}
	straight := make(map[string][2]place, len(under)) // where names lead that lead through no link
	for _, name := range under {
		if !fs.ValidPath(name) {
			return nil, &fs.PathError{Op: "compare", Path: name, Err: fs.ErrInvalid}
		}
		names[name] = true
		var found [2]place
		for i, s := range []*Snapshot{a, b} {
			at, err := present(ctx, s, name, true)
			if err != nil {
				return nil, err
			}
			if len(at.links) > 0 { // what decides is at the end of the links, and the links themselves
				names[at.path] = true
				for _, link := range at.links {
					names[link] = true
				}
			}
			found[i] = at
		}
		if found[0].node != nil && found[1].node != nil && len(found[0].links)+len(found[1].links) == 0 {
			straight[name] = found
		}
	}
	d := &difference{ctx: ctx, a: a, b: b, added: func(name string) bool { return !known || names[name] }}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		at, ok := straight[name]
		for i, s := range []*Snapshot{a, b} {
			if ok {
				break
			}
			var err error
			if at[i], err = present(ctx, s, name, false); err != nil {
				return nil, err
			}
		}
		if err := d.nodes(name, at[0].node, at[1].node); err != nil {
			return nil, err
		}
	}
	slices.Sort(d.names)
	return slices.Compact(d.names), nil
}

// present is a lookup that does not mind what is not there or elsewhere: a
// name behind a link to a folder is compared where it really is.
func present(ctx context.Context, s *Snapshot, name string, follow bool) (place, error) {
	at, err := lookup(ctx, s.root, name, follow)
	var link *LinkError
	var nested *NestedError
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.As(err, &link), errors.As(err, &nested):
		return place{}, nil
	case err == nil && !follow && len(at.links) > 0:
		return place{}, nil
	}
	return at, err
}

type difference struct {
	ctx   context.Context // lives as long as one call
	a, b  *Snapshot
	added func(name string) bool
	names []string
}

// nodes compares what has the same name on both sides; nil is not there.
func (d *difference) nodes(name string, x, y *node) error {
	if err := d.ctx.Err(); err != nil {
		return err
	}
	if x != nil && y != nil && x.id != "" && x.id == y.id && x.kind == y.kind {
		return nil
	}
	if isDir(x) || isDir(y) {
		if !isDir(x) {
			if err := d.files(name, x, nil); err != nil {
				return err
			}
			x = nil
		}
		if !isDir(y) {
			if err := d.files(name, nil, y); err != nil {
				return err
			}
			y = nil
		}
		return d.dirs(name, x, y)
	}
	return d.files(name, x, y)
}

func (d *difference) dirs(name string, x, y *node) error {
	xs, err := kidsOf(d.ctx, name, x)
	if err != nil {
		return err
	}
	ys, err := kidsOf(d.ctx, name, y)
	if err != nil {
		return err
	}
	for len(xs) > 0 || len(ys) > 0 {
		var p, q *node
		switch {
		case len(ys) == 0 || len(xs) > 0 && xs[0].name < ys[0].name:
			p, xs = xs[0], xs[1:]
		case len(xs) == 0 || ys[0].name < xs[0].name:
			q, ys = ys[0], ys[1:]
		default:
			p, q, xs, ys = xs[0], ys[0], xs[1:], ys[1:]
		}
		kid := q
		if p != nil {
			kid = p
		}
		full := path.Join(name, kid.name)
		if p == nil && isDir(q) && !d.added(full) {
			continue
		}
		if err := d.nodes(full, p, q); err != nil {
			return err
		}
	}
	return nil
}

func (d *difference) files(name string, x, y *node) error {
	switch {
	case x == nil && y == nil, nested(x) || nested(y):
		return nil
	case x == nil:
		if d.added(name) {
			d.names = append(d.names, name)
		}
		return nil
	case y == nil || x.kind != y.kind:
		d.names = append(d.names, name)
		return nil
	}
	p, err := d.identify(d.a, name, x)
	if err != nil {
		return err
	}
	q, err := d.identify(d.b, name, y)
	if err != nil {
		return err
	}
	if !p.matches(q.id) && !q.matches(p.id) {
		d.names = append(d.names, name)
	}
	return nil
}

func (d *difference) identify(s *Snapshot, name string, n *node) (*fingerprint, error) {
	if n.id != "" {
		return &fingerprint{id: n.id}, nil
	}
	if f := n.seen.Load(); f != nil {
		return f, nil
	}
	switch n.kind {
	case kindFile:
		_, _, err := s.content(place{node: n, path: name})
		if _, large := errors.AsType[*bounded.TooLargeError](err); large {
			return s.largeFile(n, name)
		}
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: name, Err: err}
		}
		return n.seen.Load(), nil
	case kindLink:
		target, err := n.from.read(d.ctx, name, n)
		if err != nil {
			return nil, &fs.PathError{Op: "readlink", Path: name, Err: err}
		}
		return s.repo.layout.fingerprint(target), nil
	case kindDir, kindNested, kindSpecial:
	}
	return &fingerprint{id: "never stored"}, nil
}

// largeFile identifies a file of the work tree that is too large to be read.
func (s *Snapshot) largeFile(n *node, name string) (*fingerprint, error) {
	var d *disk
	switch from := n.from.(type) {
	case *disk:
		d = from
	case *sparse:
		d = from.disk
	}
	id, err := d.hash(name, s.repo.layout)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return &fingerprint{id: id}, nil
}

func kidsOf(ctx context.Context, name string, n *node) ([]*node, error) {
	if n == nil {
		return nil, nil
	}
	return n.children(ctx, name)
}

func isDir(n *node) bool  { return n != nil && n.kind == kindDir }
func nested(n *node) bool { return n != nil && n.kind == kindNested }
