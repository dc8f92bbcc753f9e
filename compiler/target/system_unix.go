//go:build unix

package target

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// removeWhileOpen says that a file that is open, and locked, can be removed.
const removeWhileOpen = true

// isFull reports whether err says that there is no room left: on the disk,
// within a quota, or within what a process may write.
func isFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) || errors.Is(err, unix.EFBIG)
}

// writable reports whether files may be made and removed in dir.
func writable(dir string) error {
	return unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS)
}

// lock takes the lock on an open file, or returns errLocked. The system gives
// it back when the file is closed, however the process ends.
func lock(file *os.File) error {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EWOULDBLOCK):
			return errLocked
		case err != nil:
			return &os.PathError{Op: "lock", Path: file.Name(), Err: err}
		default:
			return nil
		}
	}
}

// flushDir brings the entries of the folder dir to disk.
func flushDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	// Some network file systems know no such thing, and need none.
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	return nil
}
