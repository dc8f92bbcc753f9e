package source

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"callpolicy/compiler/bounded"
)

// disk loads nodes from a folder. It goes through os.Root, so that even a
// folder exchanged for a link while the compiler runs leads nowhere else.
type disk struct {
	root *os.Root
	git  bool // whether folders of other repositories are to be told apart

	names names // what was listed

	mu      sync.Mutex
	folders map[string]*os.Root // some that were read from; see folder
}

// maxFolders bounds how many folders are held open.
const maxFolders = 64

// folder returns the root of a folder, and whether there is one: from there a
// file is one step away, where from the top it is one for each folder on its
// path, which is most of the cost of a small file.
func (d *disk) folder(name string) (*os.Root, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if have, ok := d.folders[name]; ok {
		return have, true
	}
	if len(d.folders) >= maxFolders {
		return nil, false
	}
	root, err := d.root.OpenRoot(filepath.FromSlash(name))
	if err != nil {
		return nil, false // whoever reads a file there hears of it
	}
	if d.folders == nil {
		d.folders = map[string]*os.Root{}
	}
	d.folders[name] = root
	return root, true
}

func (d *disk) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, root := range d.folders {
		errs = append(errs, root.Close())
	}
	d.folders = nil
	return errors.Join(errs...)
}

func (d *disk) list(ctx context.Context, name string, _ *node) ([]*node, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	dir, err := d.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, bare(err)
	}
	defer dir.Close() // nothing was written
	entries, err := readDir(dir, mostNames)
	if err != nil {
		return nil, bare(err)
	}
	if err := d.names.add(name, len(entries)); err != nil {
		return nil, err
	}
	kids := make([]*node, 0, len(entries))
	for _, e := range entries {
		if isDotGit(e.Name()) {
			continue
		}
		k := &node{name: e.Name(), kind: kindSpecial, from: d}
		switch t := e.Type(); {
		case t.IsRegular():
			k.kind = kindFile
		case t.IsDir():
			k.kind = kindDir
			if d.git && d.nested(path.Join(name, e.Name())) {
				k.kind = kindNested
			}
		case t&fs.ModeSymlink != 0:
			k.kind = kindLink
		}
		kids = append(kids, k)
	}
	return kids, nil
}

// nested reports whether a folder is the top of another repository: git
// looks into none of these either.
func (d *disk) nested(name string) bool {
	_, err := d.root.Lstat(filepath.FromSlash(name + "/.git"))
	return err == nil
}

func (d *disk) read(ctx context.Context, name string, n *node) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if n.kind == kindLink {
		target, err := d.root.Readlink(filepath.FromSlash(name))
		return []byte(filepath.ToSlash(target)), bare(err)
	}
	file, err := d.open(name)
	if err != nil {
		return nil, bare(err)
	}
	defer file.Close() // nothing was written
	data, err := bounded.Open(file, name, limitOf(name))
	return data, bare(err)
}

// open opens a file; what is in its place by now may be anything.
func (d *disk) open(name string) (*os.File, error) {
	dir, base := path.Split(name)
	if root, ok := d.folder(path.Clean(dir)); ok {
		return root.OpenFile(base, os.O_RDONLY|bounded.Nonblock, 0)
	}
	return d.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|bounded.Nonblock, 0)
}

// hash returns the blob id of a file, however large it is.
func (d *disk) hash(name string, l *layout) (id string, err error) {
	file, err := d.open(name)
	if err != nil {
		return "", bare(err)
	}
	defer file.Close() // nothing was written
	info, err := file.Stat()
	if err != nil {
		return "", bare(err)
	}
	if !info.Mode().IsRegular() {
		return "", &bounded.SpecialError{Name: name}
	}
	h := l.hash()
	fmt.Fprintf(h, "blob %d\x00", info.Size())
	if n, err := io.Copy(h, io.LimitReader(file, info.Size()+1)); n != info.Size() || err != nil {
		return "", cmp.Or(bare(err), error(&bounded.ChangedError{Name: name}))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (d *disk) stat(ctx context.Context, name string, _ *node) (int64, time.Time, error) {
	if err := ctx.Err(); err != nil {
		return 0, time.Time{}, err
	}
	info, err := d.root.Lstat(filepath.FromSlash(name))
	if err != nil {
		return 0, time.Time{}, bare(err)
	}
	return info.Size(), info.ModTime(), nil
}

// isDotGit reports whether a name means git's own folder, on any system:
// some know no upper and lower case, and one knows short names.
func isDotGit(name string) bool {
	return strings.EqualFold(name, ".git") || strings.EqualFold(name, "git~1")
}

// bare takes off the operation and path of an os error: the snapshot adds its own.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// sparse is a work tree of which git left files out on purpose (git
// sparse-checkout). These are taken from the index, so that a sparse clone
// compiles to the same as a full one. What lies on disk comes first.
type sparse struct {
	disk  *disk
	index *node // the left-out files alone
}

func (s *sparse) list(ctx context.Context, name string, n *node) ([]*node, error) {
	kids, err := s.disk.list(ctx, name, n)
	if err != nil {
		return nil, err
	}
	left, err := lookup(ctx, s.index, name, false)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	have := make(map[string]bool, len(kids))
	for _, k := range kids {
		have[k.name] = true
		if k.kind == kindDir {
			k.from = s
		}
	}
	if left.node == nil || left.kind != kindDir {
		return kids, nil
	}
	more, err := left.children(ctx, name)
	for _, k := range more {
		if !have[k.name] {
			kids = append(kids, k)
		}
	}
	return kids, err
}

func (s *sparse) read(ctx context.Context, name string, n *node) ([]byte, error) {
	return s.disk.read(ctx, name, n)
}

func (s *sparse) stat(ctx context.Context, name string, n *node) (int64, time.Time, error) {
	return s.disk.stat(ctx, name, n)
}
