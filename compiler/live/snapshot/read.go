package snapshot

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"callpolicy/compiler/bounded"
	"callpolicy/compiler/failure"
)

// Snapshot is a snapshot on disk. Its people are read when they are asked for.
type Snapshot struct {
	Manifest

	Dir      string
	Digest   string // of the manifest, and so of everything
	Licenses []License
	Groups   []Group
	Profiles []Profile
}

// mostManifest is more than a manifest, or the state of a pull, is long.
const mostManifest = 16 << 20 // bytes

// ErrNone is the kind of failure where there is no snapshot at all.
var ErrNone = errors.New("there is no snapshot")

// Open reads a snapshot, and makes sure that every file is as it was written.
func Open(dir string) (*Snapshot, error) {
	data, err := bounded.File(filepath.Join(dir, ManifestFile), mostManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &failure.Error{Kind: ErrNone, Problem: "there is no snapshot in " + dir, Hint: "callpolicy live pull --out " + dir + " makes one", Cause: err}
	}
	if err != nil {
		return nil, err
	}
	s := &Snapshot{Dir: dir}
	sum := sha256.Sum256(data)
	s.Digest = "sha256:" + hex.EncodeToString(sum[:])
	if err := json.Unmarshal(data, &s.Manifest); err != nil || s.Kind != "LiveSnapshot" {
		return nil, damaged(dir, ManifestFile, "it is no manifest of a snapshot")
	}
	if major, _, _ := strings.Cut(s.FormatVersion, "."); major != "1" {
		return nil, &failure.Error{
			Problem: fmt.Sprintf("the snapshot in %s has the format %s, which this version of callpolicy does not know", dir, s.FormatVersion),
			Hint:    "use a newer version, or pull again",
		}
	}
	for _, name := range []string{PeopleFile, LicensesFile, GroupsFile, ProfilesFile} {
		if err := s.verify(name); err != nil {
			return nil, err
		}
	}
	if s.Licenses, err = list[License](s.path(LicensesFile)); err != nil {
		return nil, err
	}
	if s.Groups, err = list[Group](s.path(GroupsFile)); err != nil {
		return nil, err
	}
	s.Profiles, err = list[Profile](s.path(ProfilesFile))
	return s, err
}

func (s *Snapshot) path(name string) string { return filepath.Join(s.Dir, name) }

// verify compares a file with its digest.
func (s *Snapshot) verify(name string) error {
	file, err := os.Open(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return damaged(s.Dir, name, "it is not there")
	}
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it is only read
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return err
	}
	if "sha256:"+hex.EncodeToString(sum.Sum(nil)) != s.Files[name] {
		return damaged(s.Dir, name, "it is not as it was pulled")
	}
	return nil
}

func damaged(dir, name, why string) error {
	return &failure.Error{Problem: fmt.Sprintf("%s cannot be used: %s", filepath.Join(dir, name), why), Hint: "pull again: callpolicy live pull --out " + dir}
}

// People returns everybody, by address, one at a time.
func (s *Snapshot) People() iter.Seq2[Person, error] { return each[Person](s.path(PeopleFile)) }

// Whole returns why the snapshot is no list of everybody; nil: it is one.
func (s *Snapshot) Whole() error {
	if len(s.Incomplete) == 0 {
		return nil
	}
	return &failure.Error{
		Problem: "the snapshot in " + s.Dir + " is incomplete: " + strings.Join(s.Incomplete, "; "),
		Hint:    "pull again; people who are missing here are not gone",
	}
}

// list reads a whole file.
func list[T any](name string) (all []T, err error) {
	for value, err := range each[T](name) {
		if err != nil {
			return nil, err
		}
		all = append(all, value)
	}
	return all, nil
}

// each reads the lines of a file. A line that is not whole is an error.
func each[T any](name string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		file, err := os.Open(name)
		if err != nil {
			yield(none, err)
			return
		}
		defer file.Close() //nolint:errcheck // it is only read
		reader := bufio.NewReader(file)
		for {
			line, err := reader.ReadBytes('\n')
			if errors.Is(err, io.EOF) && len(line) == 0 {
				return
			}
			if err != nil {
				yield(none, fmt.Errorf("%s: the last line is cut off", name))
				return
			}
			var value T
			if err := json.Unmarshal(bytes.TrimSpace(line), &value); err != nil {
				yield(none, fmt.Errorf("%s: %w", name, err))
				return
			}
			if !yield(value, nil) {
				return
			}
		}
	}
}
