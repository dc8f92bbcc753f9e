package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// content is what a folder holds: the files that its manifest lists, and what
// else there is.
type content struct {
	files   map[string]struct{} // by slash-separated path
	foreign foreignFiles
	// readOnly is what keeps callpolicy from changing a folder: somebody else's,
	// or made read-only. It is to be noticed before anything is written, not
	// when the files in there are to be removed, and is nil where all is well.
	readOnly *fs.PathError
}

// ownedIn asks which files of the tree in dir are callpolicy's own, and for the
// digest of the manifest that says so.
func (f *Folder) ownedIn(dir string) (owned func(path string) bool, digest string, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, "", err
	}
	defer root.Close()
	owned, digest, err = f.owned(root.FS())
	if err != nil {
		return nil, "", fmt.Errorf("read the manifest of %s: %w", display(dir), err)
	}
	if owned == nil {
		owned = func(string) bool { return false }
	}
	return owned, digest, nil
}

// scan walks the folder dir, all of it. Only regular files that the manifest
// lists are callpolicy's own; a symbolic link or a device never is, whatever
// its name, and no link is followed. Folders without files are nobody's.
func (f *Folder) scan(ctx context.Context, dir string, owned func(path string) bool, workers int) (*content, error) {
	c := &content{files: make(map[string]struct{})}
	var mu sync.Mutex // guards c
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	var walk func(rel string) error
	walk = func(rel string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		full := filepath.Join(dir, filepath.FromSlash(rel))
		closed := writable(full)
		var folders []string
		err := eachEntry(full, func(entries []fs.DirEntry) error {
			mu.Lock()
			defer mu.Unlock()
			if closed != nil && (c.readOnly == nil || full < c.readOnly.Path) {
				c.readOnly = &fs.PathError{Op: "write to", Path: full, Err: closed}
			}
			for _, e := range entries {
				switch p := path.Join(rel, e.Name()); {
				case e.IsDir():
					folders = append(folders, p)
				case e.Type().IsRegular() && owned(p):
					c.files[p] = struct{}{}
				default:
					c.foreign.add(p)
				}
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
		for _, sub := range folders {
			// A free worker takes it, or else this one: waiting for a worker
			// here, in a worker, would wait forever.
			if !g.TryGo(func() error { return walk(sub) }) {
				if err := walk(sub); err != nil {
					return err
				}
			}
		}
		return nil
	}
	g.Go(func() error { return walk("") })
	return c, g.Wait()
}

// atOnce is how many entries of a folder are listed at once: a target can be made
// to point at any folder, however many files it holds.
const atOnce = 4096

// eachEntry calls do with the entries of a folder, some at a time; at least once.
func eachEntry(dir string, do func([]fs.DirEntry) error) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close() // nothing was written
	for {
		entries, err := folder.ReadDir(atOnce)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err := do(entries); err != nil {
			return err
		}
		if err != nil {
			return nil
		}
	}
}

// seen is what a look at the target found, compared with a tree.
type seen struct {
	// info and handle identify the folder that was looked at. The open handle
	// keeps the system from giving its identity to another folder.
	info    fs.FileInfo // nil where the target does not exist
	handle  *os.Root
	content *content
	digest  string // of its manifest; "" where there is none
	same    []bool // by the place of a file in the tree: the target holds it already
	result  Result
}

// look reads the target and compares it with the tree. It writes nothing and
// needs no lock: a tree in its place is never modified, only replaced whole,
// so what was seen holds as long as the target is the same folder.
func (f *Folder) look(ctx context.Context, tree Tree, opts Options) (*seen, error) {
	s := &seen{content: &content{}, same: make([]bool, tree.Len())}
	err := f.lookInto(ctx, s, opts.workers())
	if err == nil {
		err = f.compare(ctx, s, tree, opts)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (f *Folder) lookInto(ctx context.Context, s *seen, workers int) (err error) {
	s.handle, err = os.OpenRoot(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if s.info, err = s.handle.Stat("."); err != nil {
		return err
	}
	owned, digest, err := f.ownedIn(f.dir)
	if err != nil {
		return err
	}
	s.digest = digest
	if s.content, err = f.scan(ctx, f.dir, owned, workers); err != nil {
		return err
	}
	return s.content.foreign.err(f.dir)
}

// compare fills in same and result.
func (f *Folder) compare(ctx context.Context, s *seen, tree Tree, opts Options) error {
	var present, unchanged atomic.Int64
	err := eachGroup(ctx, tree, opts.workers(), nil, func(g group) error {
		var buf [4096]byte
		for i, file := range g.files {
			if !s.holds(file.Path) {
				continue
			}
			present.Add(1)
			same := opts.Unchanged != nil && opts.Unchanged(file.Path)
			if !same {
				var err error
				if same, err = equal(filepath.Join(f.dir, filepath.FromSlash(file.Path)), file.Data, buf[:]); err != nil {
					return err
				}
			}
			if s.same[g.first+i] = same; same {
				unchanged.Add(1)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.result = Result{
		Written:   tree.Len() - int(unchanged.Load()),
		Unchanged: int(unchanged.Load()),
		Removed:   len(s.content.files) - int(present.Load()),
	}
	s.result.Changed = s.info == nil || s.result.Written > 0 || s.result.Removed > 0
	return nil
}

// equal reports whether the file at path has exactly the bytes of data.
func equal(path string, data, buf []byte) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	for {
		n, err := file.Read(buf)
		if n > len(data) || string(buf[:n]) != string(data[:n]) {
			return false, nil
		}
		data = data[n:]
		if errors.Is(err, io.EOF) {
			return len(data) == 0, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// holds reports whether the target held a file of its own at path.
func (s *seen) holds(path string) bool {
	_, ok := s.content.files[path]
	return ok
}

// close lets go of the folder: some systems replace no folder that is open.
func (s *seen) close() error {
	if s == nil || s.handle == nil {
		return nil
	}
	return s.handle.Close()
}

// identity is what tells the folder dir from one that took its place; nil where
// there is none, or none that can be read.
func identity(dir string) fs.FileInfo {
	info, err := os.Stat(dir)
	if err != nil {
		return nil
	}
	return info
}

// sameFolder compares two identities.
func sameFolder(a, b fs.FileInfo) bool {
	return a == nil && b == nil || a != nil && b != nil && os.SameFile(a, b)
}
