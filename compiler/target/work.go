package target

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"callpolicy/compiler/failure"
)

// The names in the work folder; see the package comment.
const (
	lockName     = "lock"
	journalName  = "journal"
	journalDraft = "journal.new"
	buildName    = "build"
	readyName    = "ready"
	oldName      = "old"
	trashName    = "trash"
)

// lockMark is the first line of the lock file, which tells the work folder
// from one that somebody else happened to give the same name.
const lockMark = "callpolicy is replacing the folder beside this one, or was killed while it did; its next run there cleans up.\n"

// errLocked is what lock returns where somebody else holds the lock.
var errLocked = errors.New("locked")

// interrupted reports whether there is a work folder: another run is at work,
// or was killed.
func (f *Folder) interrupted() (bool, error) { return exists(f.work) }

// hold is a work folder that this run has locked.
type hold struct {
	lock    *os.File
	journal journal // in the folder, too
}

// acquire makes the work folder, or takes over the one of a run that was
// killed, and locks it. Every success must be followed by release.
func (f *Folder) acquire() (*hold, error) {
	// A run that ends removes its lock, so a lock that was just opened may be
	// gone before it is taken. Each retry means that another run has ended.
	for range 100 {
		h, err := f.tryAcquire()
		if h != nil || err != nil {
			return h, err
		}
	}
	return nil, &LockedError{Dir: f.dir}
}

// tryAcquire returns neither folder nor error where another run ended meanwhile.
func (f *Folder) tryAcquire() (*hold, error) {
	err := f.step("work", f.work, func() error { return os.Mkdir(f.work, 0o755) })
	made := err == nil
	if errors.Is(err, fs.ErrExist) {
		err = f.recognize()
	}
	if err != nil {
		return nil, ignoreGone(err)
	}
	path := f.inWork(lockName)
	var file *os.File
	err = f.step("lock", path, func() (err error) {
		file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		return err
	})
	if err != nil {
		if made {
			_ = os.Remove(f.work) // fails where another run has moved in, rightly
		}
		return nil, ignoreGone(err)
	}
	if err := f.sys.lock(file); err != nil {
		holder := readHolder(file)
		//lint:ignore errcheck it was only read from
		file.Close()
		if errors.Is(err, errLocked) {
			return nil, &LockedError{Dir: f.dir, Holder: holder}
		}
		if made { // a file system without locks, say: then there is no other run either
			_ = errors.Join(os.Remove(path), os.Remove(f.work))
		}
		return nil, err
	}
	held, err := file.Stat()
	if err == nil {
		var there fs.FileInfo
		if there, err = os.Lstat(path); err == nil && os.SameFile(held, there) {
			return f.claim(file)
		}
	}
	//lint:ignore errcheck it was only read from
	file.Close()
	return nil, ignoreGone(err)
}

// claim makes sure that the work folder, which is locked, may be acted upon, and
// says in its journal whose it is.
func (f *Folder) claim(lock *os.File) (*hold, error) {
	j, err := f.proven()
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	writeHolder(lock)
	h := &hold{lock: lock}
	if j != nil {
		h.journal = *j
	} else {
		h.journal, err = f.newJournal()
		if err == nil {
			err = f.writeJournal(h.journal)
		}
		if err != nil {
			return nil, errors.Join(err, f.release(h))
		}
	}
	return h, nil
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// recognize makes sure that the existing work folder is callpolicy's own.
func (f *Folder) recognize() error {
	foreign := &failure.Error{
		Problem: display(f.work) + " is in the way and was not made by callpolicy",
		Hint:    "nothing was changed; move it away",
	}
	info, err := os.Lstat(f.work)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return foreign
	}
	entries, err := os.ReadDir(f.work)
	if err != nil || len(entries) == 0 { // killed right after it was made
		return err
	}
	marked := false
	for _, e := range entries {
		switch {
		case e.Name() == lockName && e.Type().IsRegular():
			marked = true
		case e.Type().IsRegular() && (e.Name() == journalName || e.Name() == journalDraft):
		case e.IsDir() && slices.Contains(trees, e.Name()):
		default:
			return foreign
		}
	}
	if !marked {
		return foreign
	}
	lock, err := os.Open(f.inWork(lockName))
	if err != nil {
		return ignoreGone(err)
	}
	defer lock.Close() // it was only read from
	text := make([]byte, len(lockMark))
	n, err := io.ReadFull(lock, text)
	switch {
	case n == 0: // of a run that was killed before it wrote the mark
	case string(text) != lockMark:
		return foreign
	case err != nil:
		return err
	}
	return nil
}

// release gives the lock back and removes the work folder, unless something
// is left in it that the next run must see to.
func (f *Folder) release(h *hold) error {
	file := h.lock
	entries, err := os.ReadDir(f.work)
	if err != nil || slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return slices.Contains(trees, e.Name()) }) {
		return errors.Join(err, file.Close())
	}
	for _, name := range []string{journalDraft, journalName} {
		err := f.step("forget", f.inWork(name), func() error { return os.Remove(f.inWork(name)) })
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(err, file.Close())
		}
	}
	if removeWhileOpen {
		err = f.step("unlock", file.Name(), func() error { return os.Remove(file.Name()) })
		err = errors.Join(err, file.Close())
	} else {
		// Another run may lock it in between, and then holds it open, so that
		// it cannot be removed: as it should be.
		err = file.Close()
		_ = os.Remove(file.Name())
	}
	if err == nil {
		_ = f.step("leave", f.work, func() error { return os.Remove(f.work) }) // fails where another run has moved in
	}
	return err
}

// writeHolder records who holds the lock, for the message to others. It is no
// error where that fails: on a full disk, cleaning up after a killed run, which
// needs the lock, may be what makes room.
func writeHolder(file *os.File) {
	who := fmt.Sprintf("process %d", os.Getpid())
	if host, err := os.Hostname(); err == nil {
		who += " on host " + host
	}
	if file.Truncate(0) == nil {
		_, _ = file.WriteAt([]byte(lockMark+who+"\n"), 0)
	}
}

// readHolder reads what writeHolder wrote; "" where it is not there (yet).
func readHolder(file *os.File) string {
	buf := make([]byte, 1024)
	n, _ := file.ReadAt(buf, 0)
	who, ok := bytes.CutPrefix(buf[:n], []byte(lockMark))
	if !ok {
		return ""
	}
	return display(string(bytes.TrimSpace(who)))
}
