// Package bounded reads files that somebody else has written: it measures a file
// before it reads it, so that one that is too large costs no memory; it never
// opens what may make it wait, such as a pipe; and what it returns is one state
// of the file, also where somebody writes to it meanwhile.
//
// It knows nothing of what is in a file. How large one may be is up to the caller.
package bounded

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// TooLargeError says that a file is larger than it may be. It was measured, and
// not read.
type TooLargeError struct {
	Name        string // the file; empty where the caller knows it
	Size, Limit int64  // in bytes; where a size is not known beforehand, it is just beyond the limit
}

// Error names the file and the limit.
func (e *TooLargeError) Error() string {
	name := e.Name
	if name == "" {
		name = "it"
	}
	return fmt.Sprintf("%s is %s large; the limit is %s", name, amount(e.Size, 1<<20-1), amount(e.Limit, 0))
}

// Text says both sizes as people read them, such as "3072 MiB large; the limit
// is 32 MiB".
func (e *TooLargeError) Text() string {
	return amount(e.Size, 1<<20-1) + " large; the limit is " + amount(e.Limit, 0)
}

func amount(bytes, up int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KiB", (bytes+1<<10-1)>>10)
	}
	return fmt.Sprintf("%d MiB", (bytes+up)>>20)
}

// SpecialError says that a pipe, a socket or a device is where a file should be.
type SpecialError struct{ Name string }

// Error names it.
func (e *SpecialError) Error() string {
	return e.Name + " is a pipe, a socket or a device, and not a file"
}

// ChangedError says that a file did not keep still while it was read.
type ChangedError struct{ Name string }

// Error names the file.
func (e *ChangedError) Error() string { return e.Name + " has changed while it was read" }

// ErrFolder says that a folder is where a file should be.
var ErrFolder = errors.New("is a directory")

// Nonblock is a flag for opening a file that may be a pipe by now: it keeps the
// opening from waiting for somebody to write to it.
const Nonblock = nonblock

// File reads the regular file of that name of the operating system, of at most so
// many bytes.
func File(name string, most int64) ([]byte, error) {
	file, err := os.OpenFile(name, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close() // nothing was written
	return Open(file, name, most)
}

// In reads a regular file of a file system, of at most so many bytes.
func In(fsys fs.FS, name string, most int64) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if err := fit(info, name, most); err != nil {
		return nil, err
	}
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close() // nothing was written
	if onDisk, ok := file.(*os.File); ok {
		return Open(onDisk, name, most)
	}
	data, err := Reader(file, most)
	if large, ok := errors.AsType[*TooLargeError](err); ok {
		large.Name = name
	}
	return data, err
}

// attempts is how often a file that changes is read.
const attempts = 3

// Open reads an open file of the operating system; the name is for errors.
func Open(file *os.File, name string, most int64) ([]byte, error) {
	for range attempts {
		before, err := file.Stat()
		if err == nil {
			err = fit(before, name, most)
		}
		if err != nil {
			return nil, err
		}
		data := make([]byte, before.Size()+1) // one more, to meet the end
		n, err := io.ReadFull(io.NewSectionReader(file, 0, before.Size()+1), data)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, err
		}
		after, err := file.Stat()
		if err != nil {
			return nil, err
		}
		if int64(n) == before.Size() && after.Size() == before.Size() && after.ModTime().Equal(before.ModTime()) {
			return data[:n:n], nil
		}
	}
	return nil, &ChangedError{Name: name}
}

// Reader reads to the end of what cannot be measured, such as standard input, and
// refuses what has more than so many bytes.
func Reader(r io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(data)) > most {
		err = &TooLargeError{Size: most + 1, Limit: most}
	}
	if err != nil {
		return nil, err
	}
	return data, nil
}

func fit(info fs.FileInfo, name string, most int64) error {
	switch {
	case info.IsDir():
		return &fs.PathError{Op: "read", Path: name, Err: ErrFolder}
	case !info.Mode().IsRegular():
		return &SpecialError{Name: name}
	case info.Size() > most:
		return &TooLargeError{Name: name, Size: info.Size(), Limit: most}
	}
	return nil
}
