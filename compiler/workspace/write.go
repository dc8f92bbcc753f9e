package workspace

import (
	"bufio"
	"crypto/rand"
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

// WriteIn is [WriteFile] for a file below a folder that was opened, with the
// folders above it. A link on the way that leads out of that folder is refused,
// and one in the place of the file is replaced.
func WriteIn(root *os.Root, name string, data []byte) (err error) {
	mode := fs.FileMode(0o644)
	switch info, err := root.Lstat(name); {
	case err == nil && info.Mode().IsRegular():
		mode = info.Mode().Perm()
	case err == nil && info.Mode()&fs.ModeSymlink == 0:
		return &fs.PathError{Op: "write", Path: name, Err: errors.New("is no file")}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	dir := filepath.Dir(name)
	if err := root.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	draft := filepath.Join(dir, ".callpolicy-"+rand.Text())
	f, err := root.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, root.Remove(draft))
		}
	}()
	_, err = f.Write(data)
	if err := errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	return root.Rename(draft, name)
}
