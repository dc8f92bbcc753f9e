package workspace

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"callpolicy/compiler/bounded"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/filekind"
	"callpolicy/compiler/live/snapshot"
)

// Roster is a file of the directory that is kept outside the repository, since
// it names people.
type Roster struct {
	Name string // as messages have it
	Path string // where it is; "-" is standard input
}

// rosters holds what was read of such files: each is read once, however many
// states are compiled.
type rosters struct {
	read map[Roster][]load.RosterFile
}

// outside returns the content of files of the roster.
func (w *Workspace) outside(people []Roster) (files []load.RosterFile, err error) {
	if len(people) == 0 {
		return nil, nil
	}
	err = w.options.Trace.Stage("roster", func() error {
		for _, r := range people {
			read, err := w.rosters.files(r, w.options.Stdin)
			if err != nil {
				return err
			}
			files = append(files, read...)
		}
		return nil
	})
	return files, err
}

// files reads a file, or a snapshot of the live organization, which is a folder.
func (r *rosters) files(name Roster, stdin io.Reader) ([]load.RosterFile, error) {
	if files, ok := r.read[name]; ok {
		return files, nil
	}
	files, err := read(name, stdin)
	if err != nil {
		return nil, err
	}
	if r.read == nil {
		r.read = map[Roster][]load.RosterFile{}
	}
	r.read[name] = files
	return files, nil
}

func read(name Roster, stdin io.Reader) ([]load.RosterFile, error) {
	shown := filepath.ToSlash(name.Name)
	if _, err := os.Stat(filepath.Join(name.Path, snapshot.ManifestFile)); err == nil {
		return ofSnapshot(shown, name.Path)
	}
	open := func() ([]byte, error) { return readRoster(name.Path) }
	if name.Path == "-" && stdin != nil {
		open = func() ([]byte, error) { return bounded.Reader(stdin, filekind.CSV.MaxBytes()) }
	}
	data, err := open()
	if err != nil {
		return nil, &failure.Error{Kind: ErrRoster, Problem: "cannot read the roster " + name.Name + ": " + cause(err).Error(), Cause: err}
	}
	return []load.RosterFile{{Name: shown, Data: data}}, nil
}

// ofSnapshot returns a snapshot as files of the roster. One that is incomplete is
// none: people who are missing there are not gone.
func ofSnapshot(name, dir string) ([]load.RosterFile, error) {
	s, err := snapshot.Open(dir)
	if err != nil {
		return nil, err
	}
	tables, err := s.Tables()
	if f, ok := errors.AsType[*failure.Error](err); ok {
		return nil, &failure.Error{Kind: ErrRoster, Problem: strings.ReplaceAll(f.Problem, dir, name) + "; so it is no roster", Hint: f.Hint, Cause: f}
	}
	if err != nil {
		return nil, err
	}
	return []load.RosterFile{{Name: name + "/people.csv", Data: tables.People}, {Name: name + "/members.csv", Data: tables.Members}}, nil
}

// readRoster reads a file of the roster that the command line names. That can be
// a pipe, too, which is read once, to its end.
func readRoster(name string) ([]byte, error) {
	most := filekind.CSV.MaxBytes()
	info, err := os.Stat(name)
	if err != nil || info.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice) == 0 {
		return bounded.File(name, most)
	}
	pipe, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer pipe.Close() // nothing was written
	return bounded.Reader(pipe, most)
}
