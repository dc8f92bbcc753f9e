//go:build unix

package target

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

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

// write makes a new file. That it must be new catches paths which only differ
// in a way that the file system does not see, such as the case of letters. It
// asks the system for three things; an os.File asks for five more, to learn
// that a file on disk cannot be waited for.
func write(name string, data []byte) error {
	fd, err := retry(func() (int, error) {
		return unix.Open(name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o644)
	})
	if err != nil {
		return &os.PathError{Op: "open", Path: name, Err: err}
	}
	for len(data) > 0 && err == nil {
		var n int
		n, err = retry(func() (int, error) { return unix.Write(fd, data[:min(len(data), maxWrite)]) })
		if n == 0 && err == nil {
			err = io.ErrUnexpectedEOF
		}
		data = data[max(n, 0):]
	}
	if err != nil {
		err = &os.PathError{Op: "write", Path: name, Err: err}
	}
	// Closing is never tried again: the number may be another file's by then.
	if closing := unix.Close(fd); closing != nil && !errors.Is(closing, unix.EINTR) {
		err = errors.Join(err, &os.PathError{Op: "close", Path: name, Err: closing})
	}
	return err
}

// maxWrite is how much is written at once: some systems refuse 2 GB and more.
const maxWrite = 1 << 30

// retry does again what a signal interrupted.
func retry(do func() (int, error)) (int, error) {
	for {
		if n, err := do(); !errors.Is(err, unix.EINTR) {
			return n, err
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

// folderID tells a folder, and who owns it, from every other of this machine.
func folderID(dir string) (string, error) {
	var st unix.Stat_t
	if err := unix.Lstat(dir, &st); err != nil {
		return "", &os.PathError{Op: "stat", Path: dir, Err: err}
	}
	return fmt.Sprintf("device %d, inode %d, owner %d", st.Dev, st.Ino, st.Uid), nil
}

// currentUser names who runs.
func currentUser() (string, error) { return strconv.Itoa(os.Geteuid()), nil }
