package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"

	"callpolicy/compiler/bounded"
)

// Snapshot is one state of a repository's files, rooted at the repository's
// top. It is safe for use by many goroutines. The context it was made with
// bounds its whole life: once that is done, reads fail.
//
// A revision and the index never change. In the work tree a folder is listed
// once, when it is first needed, while a file is read anew each time.
//
// Symbolic links are listed as such and followed on use, to files and folders
// of the same snapshot only; any other is a [*LinkError].
type Snapshot struct {
	ctx      context.Context // fs.FS has no other place for it
	repo     *Repository
	root     *node
	describe string
	revision string
	date     time.Time
}

var (
	_ fs.ReadDirFS  = (*Snapshot)(nil)
	_ fs.ReadFileFS = (*Snapshot)(nil)
	_ fs.StatFS     = (*Snapshot)(nil)
	_ fs.ReadLinkFS = (*Snapshot)(nil)
)

// Describe names the state in a few words: "the work tree", "the index",
// "revision 3f2c1ab"; in a folder that is in no git repository "the folder".
func (s *Snapshot) Describe() string { return s.describe }

// Revision returns the full id of the commit, "" for the work tree and the index.
func (s *Snapshot) Revision() string { return s.revision }

// Date returns the commit's date in UTC; ok is false for the work tree and the index.
func (s *Snapshot) Date() (date time.Time, ok bool) { return s.date, s.revision != "" }

// Blob returns the git blob id of a file where that is known without reading
// it: in a revision and in the index, and in the work tree of what was read
// before through this snapshot. Links are followed.
func (s *Snapshot) Blob(name string) (id string, ok bool) {
	n, err := s.find("blob", name, true)
	if err != nil || n.kind != kindFile {
		return "", false
	}
	if n.id != "" {
		return n.id, true
	}
	if f := n.seen.Load(); f != nil {
		return f.id, true
	}
	return "", false
}

// Stored is Blob for files that cannot change any more: those of a revision and
// of the index.
func (s *Snapshot) Stored(name string) (id string, ok bool) {
	if _, whole := s.root.from.(*disk); whole {
		return "", false
	}
	n, err := s.find("blob", name, true)
	if err != nil || n.kind != kindFile || n.id == "" {
		return "", false
	}
	return n.id, true
}

// ReadFile returns a file's content.
func (s *Snapshot) ReadFile(name string) ([]byte, error) {
	data, _, err := s.ReadBlob(name)
	return data, err
}

// ReadBlob returns a file's content, and the blob id that git gives to it.
func (s *Snapshot) ReadBlob(name string) (data []byte, id string, err error) {
	n, err := s.find("read", name, true)
	if err != nil {
		return nil, "", err
	}
	if data, id, err = s.content(n); err != nil {
		return nil, "", &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, id, nil
}

// ReadDir lists a folder, sorted by name.
func (s *Snapshot) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := s.find("readdir", name, true)
	if err != nil {
		return nil, err
	}
	entries, err := s.entries(n)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	return entries, nil
}

// Stat describes a file or folder, following links.
func (s *Snapshot) Stat(name string) (fs.FileInfo, error) { return s.stat("stat", name, true) }

// Lstat describes a file, folder or link.
func (s *Snapshot) Lstat(name string) (fs.FileInfo, error) { return s.stat("lstat", name, false) }

// ReadLink returns what a symbolic link holds.
func (s *Snapshot) ReadLink(name string) (string, error) {
	n, err := s.find("readlink", name, false)
	if err != nil {
		return "", err
	}
	if n.kind != kindLink {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	data, err := n.from.read(s.ctx, n.path, n.node)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: err}
	}
	return string(data), nil
}

// Open opens a file or folder for reading.
func (s *Snapshot) Open(name string) (fs.File, error) {
	n, err := s.find("open", name, true)
	if err != nil {
		return nil, err
	}
	info, err := s.info(n)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	info.name = path.Base(name)
	switch n.kind {
	case kindDir:
		entries, err := s.entries(n)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return &openDir{info: info, entries: entries}, nil
	case kindFile, kindLink, kindNested, kindSpecial:
	}
	data, _, err := s.content(n)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{info: info, Reader: bytes.NewReader(data)}, nil
}

// find looks a name up, with errors dressed as fs.FS wants them.
func (s *Snapshot) find(op, name string, follow bool) (place, error) {
	if !fs.ValidPath(name) {
		return place{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if err := s.ctx.Err(); err != nil {
		return place{}, &fs.PathError{Op: op, Path: name, Err: err}
	}
	n, err := lookup(s.ctx, s.root, name, follow)
	if err != nil {
		return place{}, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return n, nil
}

func (s *Snapshot) content(n place) (data []byte, id string, err error) {
	switch n.kind {
	case kindFile:
	case kindDir:
		return nil, "", bounded.ErrFolder
	case kindNested:
		return nil, "", &NestedError{Name: n.path}
	case kindSpecial:
		return nil, "", &bounded.SpecialError{Name: n.path}
	case kindLink:
		return nil, "", errors.New("not a regular file")
	}
	data, err = n.from.read(s.ctx, n.path, n.node)
	if err != nil {
		return nil, "", err
	}
	if n.id != "" {
		return s.repo.layout.behind(data), n.id, nil
	}
	seen := s.repo.layout.fingerprint(data)
	n.seen.Store(seen)
	return s.repo.layout.behind(data), seen.id, nil
}

func (s *Snapshot) entries(n place) ([]fs.DirEntry, error) {
	switch n.kind {
	case kindDir:
	case kindNested:
		return nil, &NestedError{Name: n.path}
	case kindFile, kindLink, kindSpecial:
		return nil, errNotDir
	}
	kids, err := n.children(s.ctx, n.path)
	if err != nil {
		return nil, err
	}
	list := make([]fs.DirEntry, len(kids))
	for i, k := range kids {
		list[i] = &dirEntry{node: k, dir: n.path, snap: s}
	}
	return list, nil
}

func (s *Snapshot) stat(op, name string, follow bool) (fs.FileInfo, error) {
	n, err := s.find(op, name, follow)
	if err != nil {
		return nil, err
	}
	info, err := s.info(n)
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	info.name = path.Base(name)
	return info, nil
}

func (s *Snapshot) info(n place) (*fileInfo, error) {
	info := &fileInfo{name: path.Base(n.path), mode: n.kind.mode()}
	switch n.kind {
	case kindFile, kindLink:
		var err error
		info.size, info.mod, err = n.from.stat(s.ctx, n.path, n.node)
		if err != nil {
			return nil, err
		}
	case kindDir, kindNested, kindSpecial:
	}
	return info, nil
}

// fileInfo describes an entry. Folders have no date: git keeps none.
type fileInfo struct {
	name string
	mode fs.FileMode
	size int64
	mod  time.Time
}

func (i *fileInfo) Name() string       { return i.name }
func (i *fileInfo) Size() int64        { return i.size }
func (i *fileInfo) Mode() fs.FileMode  { return i.mode }
func (i *fileInfo) ModTime() time.Time { return i.mod }
func (i *fileInfo) IsDir() bool        { return i.mode.IsDir() }
func (i *fileInfo) Sys() any           { return nil }
func (i *fileInfo) String() string     { return fs.FormatFileInfo(i) }

type dirEntry struct {
	node *node
	dir  string
	snap *Snapshot
}

func (e *dirEntry) Name() string      { return e.node.name }
func (e *dirEntry) IsDir() bool       { return e.node.kind == kindDir }
func (e *dirEntry) Type() fs.FileMode { return e.node.kind.mode().Type() }
func (e *dirEntry) String() string    { return fs.FormatDirEntry(e) }

func (e *dirEntry) Info() (fs.FileInfo, error) {
	name := path.Join(e.dir, e.node.name)
	info, err := e.snap.info(place{node: e.node, path: name})
	if err != nil {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	return info, nil
}

type openFile struct {
	*bytes.Reader
	info *fileInfo
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

type openDir struct {
	info    *fileInfo
	entries []fs.DirEntry
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, fmt.Errorf("read %s: is a directory", d.info.name)
}

func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(d.entries) {
		if n > 0 && len(d.entries) == 0 {
			return nil, io.EOF
		}
		n = len(d.entries)
	}
	list := d.entries[:n:n]
	d.entries = d.entries[n:]
	return list, nil
}
