package target

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"callpolicy/compiler/failure"
)

// Folder is a target that is a folder on disk. It may be used from several
// goroutines; of two that write at once, one gets a [LockedError].
type Folder struct {
	dir   string // absolute, without symbolic links
	work  string // the work folder beside dir
	owned OwnedFunc
	sys   system
}

var _ Target = (*Folder)(nil)

// system is what a Folder asks of the machine beyond package os. Tests put
// faults, and machines that can do less, in its place.
type system struct {
	// exchange swaps two folders in one step; it returns errNoExchange where
	// the system or the file system has no such step.
	exchange func(a, b string) error
	// isMount reports whether something is mounted at dir, as far as the system tells.
	isMount func(dir string) bool
	link    func(oldname, newname string) error
	// lock takes the lock on an open file, or returns errLocked.
	lock func(file *os.File) error
	// flush brings a whole tree to disk, flushDir the entries of one folder.
	flush    func(dir string) error
	flushDir func(dir string) error
	// before, where not nil, is told each step before it is done; its error
	// takes the place of the step.
	before func(step, path string) error
}

var errNoExchange = errors.New("no exchange of two folders here")

// Open returns the target in the folder dir, which need not exist yet: neither
// it nor what is above it is made before there is something to write. A
// symbolic link to a folder stands for that folder. Owned is asked which files
// of an existing target are callpolicy's own.
func Open(dir string, owned OwnedFunc) (*Folder, error) {
	if dir == "" {
		return nil, &failure.Error{Problem: "the target has no folder", Hint: "name the folder to write to"}
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the folder %s: %w", display(dir), err)
	}
	if abs, err = resolve(abs); err != nil {
		return nil, err
	}
	if filepath.Dir(abs) == abs {
		return nil, &failure.Error{Problem: display(abs) + " is a whole file system, which cannot be replaced", Hint: "choose a folder inside it"}
	}
	return &Folder{
		dir:   abs,
		work:  filepath.Join(filepath.Dir(abs), WorkName(filepath.Base(abs))),
		owned: owned,
		sys:   system{exchange: exchange, isMount: isMount, link: os.Link, lock: lock, flush: flush, flushDir: flushDir},
	}, nil
}

// resolve follows the symbolic links of an absolute path as far as it exists.
func resolve(path string) (string, error) {
	_, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && filepath.Dir(path) != path:
		parent, err := resolve(filepath.Dir(path))
		return filepath.Join(parent, filepath.Base(path)), err
	case err != nil:
		return "", unusable(path, err)
	}
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", because(err,
			display(path)+" is a symbolic link to a folder that does not exist",
			"make that folder, or remove the link")
	}
	if err != nil {
		return "", unusable(path, err)
	}
	info, err := os.Stat(real)
	if err != nil {
		return "", unusable(path, err)
	}
	if !info.IsDir() {
		return "", &failure.Error{Problem: display(path) + " is not a folder", Hint: "name a folder, or remove the file that is in its place"}
	}
	return real, nil
}

func unusable(path string, err error) error {
	return because(err, "cannot use "+display(path)+" as a target", "choose another folder")
}

// WorkName is the name of the folder in which a run works, beside a target of
// this name.
func WorkName(name string) string { return "." + name + ".callpolicy" }

// Work is the absolute path of the folder beside the target in which a run works;
// it exists only while one does, or after one was killed.
func (f *Folder) Work() string { return f.work }

// Dir is the absolute path of the folder, symbolic links resolved.
func (f *Folder) Dir() string { return f.dir }

// FS gives what readers of the folder see now; see [Target]. It stays one
// state even where the folder is replaced later: files of a state that is gone
// no longer exist then. Where a run was killed between taking the old content
// away and putting the new in its place, it is the old content.
func (f *Folder) FS() fs.FS {
	// The second look at the folder is for a run that replaced it between the
	// first look and the look at old.
	old := f.inWork(oldName)
	for _, dir := range []string{f.dir, old, f.dir} {
		if dir == old {
			// What nobody proves to be of a run of ours is nothing to read.
			if j, err := f.readJournal(); err != nil || j == nil {
				continue
			}
		}
		root, err := os.OpenRoot(dir)
		if err == nil {
			return root.FS() // the root closes itself when nobody holds it anymore
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return brokenFS{err}
		}
	}
	return embed.FS{} // an empty one
}

// brokenFS answers everything with one error.
type brokenFS struct{ err error }

func (b brokenFS) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: b.err}
}

// step announces a step to the tests and does it.
func (f *Folder) step(name, path string, do func() error) error {
	if f.sys.before != nil {
		if err := f.sys.before(name, path); err != nil {
			return err
		}
	}
	return do()
}

func (f *Folder) rename(name, from, to string) error {
	return f.step(name, to, func() error { return os.Rename(from, to) })
}

// inWork is the path of one of the names in the work folder.
func (f *Folder) inWork(name string) string { return filepath.Join(f.work, name) }

// workers is how many goroutines to use: more than there are processors, since
// they wait for the disk as often as they compute.
func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return 2 * runtime.GOMAXPROCS(0)
}

// exists reports whether anything is at path, a dangling link included.
func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
