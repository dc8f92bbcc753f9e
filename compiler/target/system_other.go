//go:build !linux

package target

import (
	"io/fs"
	"path/filepath"
)

// exchange: no system but Linux has one that this package relies on.
func exchange(_, _ string) error { return errNoExchange }

// isMount: what cannot be renamed is found when it is renamed.
func isMount(string) bool { return false }

// flush brings the tree in dir to disk, file by file and then the folders.
func flush(dir string) error {
	var dirs []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			dirs = append(dirs, path)
			return nil
		}
		return flushFile(path)
	})
	// From the bottom up, so that the last call, for the top, covers them all.
	for i := len(dirs) - 1; i >= 0 && err == nil; i-- {
		err = flushDir(dirs[i])
	}
	return err
}
