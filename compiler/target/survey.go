package target

import (
	"context"
	"errors"
	"path/filepath"

	"callpolicy/compiler/bounded"
)

// Survey is what a folder holds at one moment, by names only.
type Survey struct {
	dir   string
	files map[string]struct{}

	// Foreign are the files that the manifest of the folder does not list, and
	// what is no regular file; nil: there are none.
	Foreign *ForeignError
}

// Survey walks the folder, all of it. It is nil where there is nothing to be
// said: where a run that was killed left the folder in between, or one is at
// work. The error is what the system said.
func (f *Folder) Survey(ctx context.Context) (*Survey, error) {
	if there, err := f.interrupted(); err != nil || there {
		return nil, err
	}
	s := &seen{content: &content{}}
	err := f.lookInto(ctx, s, Options{}.workers())
	out := &Survey{dir: f.dir, files: s.content.files}
	if foreign, ok := errors.AsType[*ForeignError](err); ok {
		out.Foreign, err = foreign, nil
	}
	return out, errors.Join(err, s.close())
}

// Has reports whether the folder holds a file, by its path with slashes, that
// the manifest lists.
func (s *Survey) Has(file string) bool {
	_, ok := s.files[file]
	return ok
}

// mostFile bounds a file of a target that is read whole.
const mostFile = 64 << 20 // bytes

// Read reads a file that the folder holds.
func (s *Survey) Read(file string) ([]byte, error) {
	return bounded.File(filepath.Join(s.dir, filepath.FromSlash(file)), mostFile)
}
