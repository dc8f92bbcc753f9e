package workspace

import (
	"io"
	"os"
	"path/filepath"

	"callpolicy/compiler/config/load"
	"callpolicy/compiler/failure"
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
	read map[Roster]load.RosterFile
}

// outside returns the content of files of the roster.
func (w *Workspace) outside(people []Roster) (files []load.RosterFile, err error) {
	if len(people) == 0 {
		return nil, nil
	}
	err = w.options.Trace.Stage("roster", func() error {
		for _, r := range people {
			file, err := w.rosters.file(r, w.options.Stdin)
			if err != nil {
				return err
			}
			files = append(files, file)
		}
		return nil
	})
	return files, err
}

func (r *rosters) file(name Roster, stdin io.Reader) (load.RosterFile, error) {
	if file, ok := r.read[name]; ok {
		return file, nil
	}
	read := func() ([]byte, error) { return os.ReadFile(name.Path) }
	if name.Path == "-" && stdin != nil {
		read = func() ([]byte, error) { return io.ReadAll(stdin) }
	}
	data, err := read()
	if err != nil {
		return load.RosterFile{}, &failure.Error{Kind: ErrRoster, Problem: "cannot read the roster " + name.Name + ": " + cause(err).Error(), Cause: err}
	}
	file := load.RosterFile{Name: filepath.ToSlash(name.Name), Data: data}
	if r.read == nil {
		r.read = map[Roster]load.RosterFile{}
	}
	r.read[name] = file
	return file, nil
}
