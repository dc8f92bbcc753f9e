//go:build unix

package source

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// readDir lists an open folder. One that an os.Root opened asks the system about
// each file in it, to describe them safely later; here the kinds are enough,
// which the listing itself tells. So the same open folder is listed as a file
// that no Root knows. One more than most are returned where there are more.
func readDir(dir *os.File, most int) ([]fs.DirEntry, error) {
	fd, err := unix.FcntlInt(dir.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	same := os.NewFile(uintptr(fd), dir.Name())
	defer same.Close() // nothing was written
	return upTo(same, most)
}
