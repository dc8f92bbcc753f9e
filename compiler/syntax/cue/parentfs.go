package cue

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"sync"
	"time"

	"callpolicy/compiler/confine"
)

// parentFS is the repository as the parent holds it.
type parentFS struct {
	parent *confine.Peer

	mu    sync.Mutex
	known map[string]fileAnswer
}

func (p *parentFS) ask(name string) (fileAnswer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, ok := p.known[name]
	if !ok {
		if err := p.parent.Look(name, &a); err != nil {
			return a, err
		}
		p.known[name] = a
	}
	switch {
	case a.Absent:
		return a, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case a.Failed != "":
		return a, &fs.PathError{Op: "open", Path: name, Err: errors.New(a.Failed)}
	}
	return a, nil
}

// Open asks the parent for a file or a folder.
func (p *parentFS) Open(name string) (fs.File, error) {
	a, err := p.ask(name)
	if err != nil {
		return nil, err
	}
	return &parentFile{Reader: bytes.NewReader(a.Data), parentInfo: parentInfo{path.Base(name), a.IsDir, int64(len(a.Data))}, items: a.Items}, nil
}

// ReadDir asks the parent for the items of a folder.
func (p *parentFS) ReadDir(name string) ([]fs.DirEntry, error) {
	a, err := p.ask(name)
	if err != nil {
		return nil, err
	}
	entries := make([]fs.DirEntry, len(a.Items))
	for i, item := range a.Items {
		entries[i] = parentInfo{name: item.Name, dir: item.IsDir}
	}
	return entries, nil
}

type parentFile struct {
	*bytes.Reader
	parentInfo
	items []fileItem
}

func (f *parentFile) Stat() (fs.FileInfo, error) { return f.parentInfo, nil }
func (f *parentFile) Close() error               { return nil }
func (f *parentFile) Size() int64                { return f.parentInfo.Size() }

type parentInfo struct {
	name string
	dir  bool
	size int64
}

func (i parentInfo) Name() string               { return i.name }
func (i parentInfo) IsDir() bool                { return i.dir }
func (i parentInfo) Size() int64                { return i.size }
func (i parentInfo) ModTime() time.Time         { return time.Time{} }
func (i parentInfo) Sys() any                   { return nil }
func (i parentInfo) Info() (fs.FileInfo, error) { return i, nil }
func (i parentInfo) Type() fs.FileMode          { return i.Mode().Type() }
func (i parentInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
