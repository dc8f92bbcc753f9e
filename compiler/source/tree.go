package source

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"callpolicy/compiler/bounded"
)

// stored loads nodes from git's objects: the trees of a revision, and the
// blobs of a revision or of the index.
type stored struct {
	objects *backend
	date    time.Time // the commit's
	root    *node
	names   names // what was listed

	fetched sync.Map // file extension → *sync.Once: what a partial clone already asked for
}

func (t *stored) list(ctx context.Context, name string, n *node) ([]*node, error) {
	if t.names.full() {
		return nil, &TooManyError{name}
	}
	kind, data, err := t.objects.read(ctx, n.id, mostObject)
	if err != nil {
		return nil, err
	}
	if kind != "tree" {
		return nil, fmt.Errorf("git object %s of %s is a %s, not a tree", n.id, name, kind)
	}
	kids, err := parseTree(data, len(n.id)/2, t)
	if err != nil {
		return nil, err
	}
	return kids, t.names.add(name, len(kids))
}

func (t *stored) read(ctx context.Context, name string, n *node) ([]byte, error) {
	if t.objects.partial {
		t.fetchAlike(ctx, name, n)
	}
	_, data, err := t.objects.read(ctx, n.id, limitOf(name))
	if large, ok := errors.AsType[*bounded.TooLargeError](err); ok {
		large.Name = name
	}
	return data, err
}

func (t *stored) stat(ctx context.Context, name string, n *node) (int64, time.Time, error) {
	if t.objects.partial {
		t.fetchAlike(ctx, name, n)
	}
	size, err := t.objects.size(ctx, n.id)
	return size, t.date, err
}

// fetchAlike makes a partial clone fetch every file with the same extension
// at once when the first is missing; git by itself would connect for each.
// Failure shows when the file itself is read.
func (t *stored) fetchAlike(ctx context.Context, name string, n *node) {
	if n.kind != kindFile || t.objects.has(ctx, n.id) {
		return
	}
	ext := path.Ext(name)
	once, _ := t.fetched.LoadOrStore(ext, new(sync.Once))
	//lint:ignore errcheck nothing else is stored
	once.(*sync.Once).Do(func() {
		var ids []string
		collect(ctx, t.root, ".", func(file string, k *node) {
			if path.Ext(file) == ext && !t.objects.has(ctx, k.id) {
				ids = append(ids, k.id)
			}
		})
		// A shortcut: whatever it does not bring is fetched, or missed, later.
		_ = t.objects.fetch(ctx, ids)
	})
}

// collect calls f for every file below a folder.
func collect(ctx context.Context, n *node, name string, f func(name string, n *node)) {
	kids, err := n.children(ctx, name)
	if err != nil {
		return
	}
	for _, k := range kids {
		switch full := path.Join(name, k.name); k.kind {
		case kindDir:
			collect(ctx, k, full, f)
		case kindFile:
			f(full, k)
		case kindLink, kindNested, kindSpecial:
		}
	}
}

// parseTree reads a raw tree object, whose entries are "<mode> <name>\0<id>".
// hashLen is the length of an id in bytes.
func parseTree(data []byte, hashLen int, from loader) ([]*node, error) {
	kids := []*node{}
	for len(data) > 0 {
		head, rest, ok := bytes.Cut(data, []byte{0})
		mode, name, ok2 := strings.Cut(string(head), " ")
		if !ok || !ok2 || len(rest) < hashLen {
			return nil, errors.New("damaged git tree object; run `git fsck`")
		}
		id := hex.EncodeToString(rest[:hashLen])
		data = rest[hashLen:]
		if name == "" || name == "." || name == ".." || strings.Contains(name, "/") {
			return nil, fmt.Errorf("git tree object with the impossible file name %q; run `git fsck`", name)
		}
		if isDotGit(name) { // as on disk
			continue
		}
		kids = append(kids, &node{name: name, kind: kindOfMode(mode), id: id, from: from})
	}
	return kids, nil
}

// kindOfMode reads a git file mode, in octal.
func kindOfMode(mode string) kind {
	switch {
	case strings.HasPrefix(mode, "100"):
		return kindFile
	case mode == "40000" || mode == "040000":
		return kindDir
	case mode == "120000":
		return kindLink
	case mode == "160000":
		return kindNested
	}
	return kindSpecial
}

// staged is what the index holds.
type staged struct {
	entries   []entry  // without those that `git add -N` only announces
	conflicts []string // the files of an unfinished merge, which are not among the entries
}

// entry is one line of the index: a file, or in a sparse index a whole folder.
type entry struct {
	name string
	mode string // git file mode, in octal
	id   string
	left bool // left out of the work tree on purpose (skip-worktree)
}

// treeOf builds the folders that the flat index implies.
func treeOf(entries []entry, from loader) *node {
	root := &node{name: ".", kind: kindDir, from: from, kids: []*node{}}
	dirs := map[string]*node{".": root}
	var dirOf func(name string) *node
	dirOf = func(name string) *node {
		if d := dirs[name]; d != nil {
			return d
		}
		d := &node{name: path.Base(name), kind: kindDir, from: from, kids: []*node{}}
		dirs[name] = d
		up := dirOf(path.Dir(name))
		up.kids = append(up.kids, d)
		return d
	}
	for _, e := range entries {
		if slices.ContainsFunc(strings.Split(e.name, "/"), isDotGit) {
			continue
		}
		dir := dirOf(path.Dir(e.name))
		dir.kids = append(dir.kids, &node{name: path.Base(e.name), kind: kindOfMode(e.mode), id: e.id, from: from})
	}
	for _, d := range dirs {
		slices.SortFunc(d.kids, func(a, b *node) int { return strings.Compare(a.name, b.name) })
	}
	return root
}
