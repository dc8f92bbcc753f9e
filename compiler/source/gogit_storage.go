package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"callpolicy/compiler/bounded"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"
)

// objectCache bounds the memory for the bases of packed objects.
const objectCache = 48 * cache.MiByte

// chain is a repository's storage and those it borrows objects from
// (`git clone --shared`, `--reference`). go-git finds these in simple cases
// only, and then opens them anew for every single object.
type chain struct {
	*filesystem.Storage
	lenders []*filesystem.Storage
}

func openChain(l *layout) (*chain, error) {
	var dir billy.Filesystem = osfs.New(l.gitDir)
	if l.commonDir != l.gitDir {
		dir = dotgit.NewRepositoryFilesystem(dir, osfs.New(l.commonDir))
	}
	c := &chain{Storage: openStorage(dir)}
	todo := []string{filepath.Join(l.commonDir, "objects")}
	seen := map[string]bool{todo[0]: true}
	for len(todo) > 0 {
		lenders, err := alternates(todo[0])
		if err != nil {
			return nil, err
		}
		todo = todo[1:]
		for _, objects := range lenders {
			if seen[objects] {
				continue
			}
			if filepath.Base(objects) != "objects" {
				return nil, fmt.Errorf("objects borrowed from %s", objects)
			}
			seen[objects] = true
			todo = append(todo, objects)
			c.lenders = append(c.lenders, openStorage(osfs.New(filepath.Dir(objects))))
		}
	}
	return c, nil
}

func openStorage(dir billy.Filesystem) *filesystem.Storage {
	return filesystem.NewStorageWithOptions(withoutAlternates{dir}, cache.NewObjectLRU(objectCache),
		filesystem.Options{KeepDescriptors: true, LargeObjectThreshold: mostObject}) // what is larger is measured before it is read
}

// withoutAlternates hides the list of lenders from go-git: see chain.
type withoutAlternates struct{ billy.Filesystem }

func (f withoutAlternates) Open(name string) (billy.File, error) {
	if filepath.ToSlash(name) == "objects/info/alternates" {
		return nil, os.ErrNotExist
	}
	return f.Filesystem.Open(name)
}

// alternates returns the object folders that one object folder borrows from.
func alternates(objects string) ([]string, error) {
	data, err := bounded.File(filepath.Join(objects, "info", "alternates"), mostConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var dirs []string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '"':
			return nil, errors.New("a quoted name in objects/info/alternates")
		default:
			dirs = append(dirs, resolve(objects, filepath.FromSlash(line)))
		}
	}
	return dirs, nil
}

func (c *chain) all() []*filesystem.Storage {
	return append([]*filesystem.Storage{c.Storage}, c.lenders...)
}

func (c *chain) reindex() {
	for _, s := range c.all() {
		s.Reindex()
	}
}

// EncodedObject makes go-git's own algorithms look into the lenders too.
func (c *chain) EncodedObject(t plumbing.ObjectType, id plumbing.Hash) (plumbing.EncodedObject, error) {
	for _, s := range c.all() {
		o, err := s.EncodedObject(t, id)
		if !errors.Is(err, plumbing.ErrObjectNotFound) {
			return o, err
		}
	}
	return nil, plumbing.ErrObjectNotFound
}

func (c *chain) EncodedObjectSize(id plumbing.Hash) (int64, error) {
	for _, s := range c.all() {
		size, err := s.EncodedObjectSize(id)
		if !errors.Is(err, plumbing.ErrObjectNotFound) {
			return size, err
		}
	}
	return 0, plumbing.ErrObjectNotFound
}
