//go:build !unix

package source

import (
	"io/fs"
	"os"
)

// readDir lists an open folder. One more than most are returned where there are more.
func readDir(dir *os.File, most int) ([]fs.DirEntry, error) { return upTo(dir, most) }
