//go:build unix && !linux

package target

import (
	"os"

	"golang.org/x/sys/unix"
)

// flushFile hands one file to the disk. It is plain fsync, which on macOS,
// unlike File.Sync, does not empty the disk's own cache: that takes
// milliseconds, and flushDir does it for all files after them.
func flushFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := unix.Fsync(int(file.Fd())); err != nil {
		return &os.PathError{Op: "sync", Path: path, Err: err}
	}
	return nil
}
