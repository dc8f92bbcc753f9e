package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"

	"callpolicy/compiler/filekind"
)

// What is read at most. A dozen git objects can stand for 10^10 names, and a few
// hundred kilobytes of them for gigabytes of content.
const (
	mostObject = 32 << 20  // bytes of a commit, tag or tree
	mostNames  = 250_000   // files and folders that are listed in one snapshot
	mostIndex  = 256 << 20 // bytes of git's index
	mostConfig = 1 << 20   // bytes of a file of git's configuration, and of others that are as small
)

// TooManyError says that a snapshot has more names than are listed.
type TooManyError struct{ Name string } // the folder that was one too many

// Error names the folder and the limit.
func (e *TooManyError) Error() string {
	return fmt.Sprintf("there are more than %d files and folders up to %s", mostNames, e.Name)
}

// names counts what is listed.
type names struct{ n atomic.Int64 }

// full reports whether nothing more is listed.
func (c *names) full() bool { return c.n.Load() > mostNames }

// add refuses a folder that is one too many.
func (c *names) add(folder string, more int) error {
	if c.full() { // it was said already
		return &TooManyError{folder}
	}
	if c.n.Add(int64(more)) > mostNames {
		return &TooManyError{folder}
	}
	return nil
}

// limitOf is how large a file of this name may be.
func limitOf(name string) int64 { return filekind.Of(name).MaxBytes() }

// upTo lists an open folder; where it holds more than most, only the first most
// and one.
func upTo(dir *os.File, most int) ([]fs.DirEntry, error) {
	entries, err := dir.ReadDir(most + 1)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return entries, err
}
