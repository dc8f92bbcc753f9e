package source

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Replaced is a snapshot in which one file holds something else, or is not
// there, or is there although the snapshot lacks it. Nothing is written.
type Replaced struct {
	*Snapshot
	name string // of the file
	data []byte // what it holds; nil: it is not there
}

var (
	_ fs.ReadDirFS  = (*Replaced)(nil)
	_ fs.ReadFileFS = (*Replaced)(nil)
	_ fs.StatFS     = (*Replaced)(nil)
)

// Replace returns the snapshot with other content of the file; nil content
// means that the file is not there.
func (s *Snapshot) Replace(name string, data []byte) *Replaced { return &Replaced{s, name, data} }

func (r *Replaced) missing(op string) error {
	return &fs.PathError{Op: op, Path: r.name, Err: fs.ErrNotExist}
}

// Blob returns the blob id of a file's content, where that is known.
func (r *Replaced) Blob(name string) (string, bool) {
	if name != r.name {
		return r.Snapshot.Blob(name)
	}
	return r.repo.BlobID(r.data), r.data != nil
}

// Stored is Blob for files that cannot change any more.
func (r *Replaced) Stored(name string) (string, bool) {
	if name != r.name {
		return r.Snapshot.Stored(name)
	}
	return r.Blob(name)
}

// ReadFile returns a file's content.
func (r *Replaced) ReadFile(name string) ([]byte, error) {
	data, _, err := r.ReadBlob(name)
	return data, err
}

// ReadBlob returns a file's content, and the blob id that git gives to it.
func (r *Replaced) ReadBlob(name string) ([]byte, string, error) {
	switch {
	case name != r.name:
		return r.Snapshot.ReadBlob(name)
	case r.data == nil:
		return nil, "", r.missing("read")
	}
	return slices.Clone(r.data), r.repo.BlobID(r.data), nil
}

// below returns what leads to the file from a folder above it: the name of the
// file, or of the folder that it is in.
func (r *Replaced) below(dir string) (next string, ok bool) {
	rest := r.name
	if dir != "." {
		if rest, ok = strings.CutPrefix(r.name, dir+"/"); !ok {
			return "", false
		}
	}
	next, _, _ = strings.Cut(rest, "/")
	return next, true
}

// ReadDir lists a folder, sorted by name.
func (r *Replaced) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := r.Snapshot.ReadDir(name)
	next, above := r.below(name)
	if !above || err != nil && (r.data == nil || !errors.Is(err, fs.ErrNotExist)) {
		return entries, err
	}
	full := path.Join(name, next)
	listed := func(e fs.DirEntry) bool { return e.Name() == next }
	switch {
	case full == r.name:
		entries = slices.DeleteFunc(slices.Clone(entries), listed)
	case slices.ContainsFunc(entries, listed):
		return entries, nil
	}
	if r.data != nil {
		info, err := r.Stat(full)
		if err != nil {
			return nil, err
		}
		entries = append(slices.Clone(entries), fs.FileInfoToDirEntry(info))
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return entries, nil
}

// Stat describes a file or folder, following links.
func (r *Replaced) Stat(name string) (fs.FileInfo, error) {
	if name == r.name {
		if r.data == nil {
			return nil, r.missing("stat")
		}
		return r.info(), nil
	}
	info, err := r.Snapshot.Stat(name)
	if _, above := r.below(name); above && r.data != nil && errors.Is(err, fs.ErrNotExist) {
		return &fileInfo{name: path.Base(name), mode: fs.ModeDir | 0o555}, nil // a folder for the file alone
	}
	return info, err
}

// Lstat describes a file, folder or link.
func (r *Replaced) Lstat(name string) (fs.FileInfo, error) {
	info, err := r.Snapshot.Lstat(name)
	if name == r.name || err != nil {
		return r.Stat(name)
	}
	return info, nil
}

// ReadLink returns what a symbolic link holds.
func (r *Replaced) ReadLink(name string) (string, error) {
	if name != r.name {
		return r.Snapshot.ReadLink(name)
	}
	return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
}

// Open opens a file or folder for reading.
func (r *Replaced) Open(name string) (fs.File, error) {
	if _, above := r.below(name); above {
		info, err := r.Stat(name)
		if err != nil {
			return nil, err
		}
		entries, err := r.ReadDir(name)
		return &openDir{info: &fileInfo{name: info.Name(), mode: info.Mode(), mod: info.ModTime()}, entries: entries}, err
	}
	switch {
	case name != r.name:
		return r.Snapshot.Open(name)
	case r.data == nil:
		return nil, r.missing("open")
	}
	return &openFile{bytes.NewReader(r.data), r.info()}, nil
}

// info describes the file.
func (r *Replaced) info() *fileInfo {
	return &fileInfo{name: path.Base(r.name), size: int64(len(r.data)), mode: 0o444}
}
