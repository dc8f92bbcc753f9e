package cache

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"callpolicy/compiler/bounded"
)

// Folder is where caches lie, one folder in it for each space.
type Folder struct {
	Dir   string
	Limit int64 // in bytes, of all spaces together; 0: DefaultLimit
}

// DefaultLimit is how large a cache may grow: some ten times what an
// organization of a million people takes.
const DefaultLimit = 1 << 30

// temporary ends the names of packs that are being written.
const temporary = ".tmp"

// tag marks a folder as one that backups and the like need not copy, in the way
// that https://bford.info/cachedir/ describes.
const tag = "CACHEDIR.TAG"

const tagText = "Signature: 8a477f597d28d172789f06886806bc55\n# What callpolicy need not compute again. It may be deleted at any time.\n"

// prepare makes the folder of a space. It holds e-mail addresses, so that it is
// for its owner alone.
func (f Folder) prepare(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	name := filepath.Join(f.Dir, tag)
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return os.WriteFile(name, []byte(tagText), 0o600)
	}
	return nil
}

// Usage is what a folder holds.
type Usage struct {
	Files int
	Bytes int64
	Limit int64
}

// file is one that the cache wrote.
type file struct {
	name string
	info fs.FileInfo
}

// Usage counts what is in the folder; a folder that does not exist is empty.
func (f Folder) Usage() (Usage, error) {
	files, err := f.files()
	u := Usage{Files: len(files), Limit: f.limit()}
	for _, one := range files {
		u.Bytes += one.info.Size()
	}
	return u, err
}

// Clear removes everything that callpolicy put into the folder, and nothing else.
func (f Folder) Clear() error {
	files, err := f.files()
	for _, one := range files {
		err = errors.Join(err, gone(os.Remove(one.name)))
		_ = os.Remove(filepath.Dir(one.name)) // fails as long as it holds anything
	}
	if text, readErr := bounded.File(filepath.Join(f.Dir, tag), 1<<10); readErr == nil && string(text) == tagText {
		err = errors.Join(err, gone(os.Remove(filepath.Join(f.Dir, tag))))
	}
	_ = os.Remove(f.Dir)
	return err
}

func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (f Folder) limit() int64 {
	if f.Limit > 0 {
		return f.Limit
	}
	return DefaultLimit
}

// files lists what the cache wrote: packs, and what killed runs left of some.
func (f Folder) files() ([]file, error) {
	spaces, err := os.ReadDir(f.Dir)
	if err != nil {
		return nil, gone(err)
	}
	var files []file
	for _, space := range spaces {
		if !space.IsDir() || len(space.Name()) != 16 {
			continue
		}
		dir := filepath.Join(f.Dir, space.Name())
		entries, err := os.ReadDir(dir)
		if err != nil {
			return files, gone(err)
		}
		for _, e := range entries {
			if ext := filepath.Ext(e.Name()); ext != extension && ext != temporary || !e.Type().IsRegular() {
				continue
			}
			if info, err := e.Info(); err == nil {
				files = append(files, file{filepath.Join(dir, e.Name()), info})
			}
		}
	}
	return files, nil
}

// trim removes the packs that were not used for the longest time until the rest
// is within the limit, and what runs that were killed long ago left.
func (f Folder) trim() error {
	files, err := f.files()
	if err != nil {
		return err
	}
	slices.SortFunc(files, func(a, b file) int { return b.info.ModTime().Compare(a.info.ModTime()) })
	var total int64
	for _, one := range files {
		total += one.info.Size()
		abandoned := strings.HasSuffix(one.name, temporary) && time.Since(one.info.ModTime()) > time.Hour
		if total > f.limit() || abandoned {
			total -= one.info.Size()
			err = errors.Join(err, gone(os.Remove(one.name)))
			_ = os.Remove(filepath.Dir(one.name)) // fails as long as it holds anything
		}
	}
	return err
}
