package workspace

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile writes a file in one step: whoever reads it, and whatever kills the
// process, sees the old content or the new. An existing file keeps its
// permissions. What is no regular file, such as a pipe, is written to as it is.
func WriteFile(name string, write func(io.Writer) error) (err error) {
	mode := fs.FileMode(0o644)
	switch info, err := os.Stat(name); {
	case err == nil && info.Mode().IsRegular():
		mode = info.Mode().Perm()
	case err == nil && !info.IsDir():
		return writeTo(name, write)
	case err == nil:
		return &fs.PathError{Op: "write", Path: name, Err: errors.New("is a folder")}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	// A leading dot: policy files are looked for in this very folder.
	f, err := os.CreateTemp(filepath.Dir(name), ".callpolicy-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(buffered(f, write), f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func writeTo(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(buffered(f, write), f.Close())
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	buf := bufio.NewWriter(w)
	if err := write(buf); err != nil {
		return err
	}
	return buf.Flush()
}
