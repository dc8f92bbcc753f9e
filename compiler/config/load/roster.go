package load

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/check"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/filekind"
	"callpolicy/compiler/roster"
)

// RosterFile is a roster that is kept outside the repository.
type RosterFile struct {
	Name string // for messages
	Data []byte
}

// rosters reads and parses every file of the roster: those that the project
// file names, and those that came with the request.
func (l *loader) rosters(ctx context.Context) error {
	var names []string
	for i, name := range l.config.Project.RosterFiles() {
		found, d, err := l.rosterFiles(name)
		if err != nil {
			return err
		}
		if d != nil {
			d.Subject = cmp.Or(l.config.ProjectRange("roster", fmt.Sprint(i)), config.Top(config.ProjectFile))
			l.config.Sources.Lost = true
			l.rosterDiags.Add(d)
		}
		names = append(names, found...)
	}
	for _, name := range slices.Compact(names) {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := l.read(name)
		if isWritersFault(err) {
			l.config.Sources.Lost = true
			l.rosterDiags.Add(l.unreadable(name, err))
			continue
		}
		if err != nil {
			return err
		}
		l.roster(l.rel(name), data)
	}
	for _, f := range l.Rosters {
		l.mu.Lock()
		l.inputs = append(l.inputs, config.Input{File: f.Name, Digest: sha256.Sum256(f.Data), Outside: true})
		l.mu.Unlock()
		l.roster(f.Name, f.Data)
	}
	return nil
}

// rosterFiles finds the files that an entry of the project file means: a file,
// or the CSV files in a folder.
func (l *loader) rosterFiles(name string) ([]string, *diag.Diagnostic, error) {
	full := path.Join(l.Dir, name)
	if path.IsAbs(name) || full == ".." || strings.HasPrefix(full, "../") {
		return nil, diag.New(diag.SchemaBadValue, diag.Range{}, "%s lies outside the repository", check.Quote(name)).
			Try("Name a file of the repository, or give the file with --roster."), nil
	}
	info, err := fs.Stat(l.FS, full)
	switch {
	case isWritersFault(err):
		return nil, l.unreadable(full, err), nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, diag.New(diag.LoadNoFiles, diag.Range{}, "there is no file or folder called %s", check.Quote(name)).
			Because("%s names the CSV files that say who exists, relative to itself. Without them everybody would look as if they had left.", config.ProjectFile).
			Try("Put the file there, correct the name, or give the file with --roster and take the line out."), nil
	case err != nil:
		return nil, nil, err
	case !info.IsDir():
		return []string{full}, nil, nil
	}
	entries, err := fs.ReadDir(l.FS, full)
	if isWritersFault(err) {
		return nil, l.unreadable(full, err), nil
	}
	if err != nil {
		return nil, nil, err
	}
	var found []string
	for _, e := range entries {
		if !e.IsDir() && filekind.Of(e.Name()) == filekind.CSV && !strings.HasPrefix(e.Name(), ".") {
			found = append(found, path.Join(full, e.Name()))
		}
	}
	if len(found) == 0 {
		return nil, diag.New(diag.LoadNoFiles, diag.Range{}, "there is no CSV file in %s", check.Quote(name)).
			Try("Put the files of the directory there; their names end in .csv."), nil
	}
	return found, nil, nil
}

func (l *loader) roster(name string, data []byte) {
	if d := pointer(name, data); d != nil {
		l.config.Sources.Lost = true
		l.rosterDiags.Add(d)
		return
	}
	files, diags := roster.ParseAll(name, data)
	l.rosterDiags.Add(diags...)
	l.config.Sources.Rosters = append(l.config.Sources.Rosters, files...)
	if diags.HasErrors() {
		l.config.Sources.Lost = true
	}
}
