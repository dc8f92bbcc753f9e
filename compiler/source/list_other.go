//go:build !unix

package source

import (
	"io/fs"
	"os"
)

// readDir lists an open folder.
func readDir(dir *os.File) ([]fs.DirEntry, error) { return dir.ReadDir(-1) }
