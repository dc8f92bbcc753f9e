package snapshot

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"os"
	"path/filepath"
)

// Files hold addresses, and are for the user alone.
const (
	private = 0o600
	folder  = 0o700
)

// canonical is a value as one line of JSON.
func canonical(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return b.Bytes(), err
}

// lines writes a file of JSON Lines, and knows its digest.
type lines struct {
	file *os.File
	sum  hash.Hash
	out  *bufio.Writer
	err  error
}

func create(name string) (*lines, error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, private)
	if err != nil {
		return nil, err
	}
	l := &lines{file: file, sum: sha256.New()}
	l.out = bufio.NewWriter(io.MultiWriter(file, l.sum))
	return l, nil
}

func (l *lines) add(value any) {
	if l.err != nil {
		return
	}
	var data []byte
	if data, l.err = canonical(value); l.err == nil {
		_, l.err = l.out.Write(data)
	}
}

// close makes sure that the file is on disk, and returns its digest.
func (l *lines) close() (digest string, err error) {
	for _, step := range []func() error{l.out.Flush, l.file.Sync} {
		if l.err == nil {
			l.err = step()
		}
	}
	if err := l.file.Close(); l.err == nil {
		l.err = err
	}
	return "sha256:" + hex.EncodeToString(l.sum.Sum(nil)), l.err
}

// replace writes a small file at once: whoever reads it sees the old one or the new.
func replace(name string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	l, err := create(name + ".new")
	if err != nil {
		return err
	}
	_, l.err = l.out.Write(append(data, '\n'))
	if _, err := l.close(); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

// publish moves the files of a finished pull to where readers look. The manifest
// goes last: until then readers see that the files do not fit it.
func publish(from, to string, names []string) error {
	for _, name := range names {
		if err := os.Rename(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			return err
		}
	}
	return nil
}
