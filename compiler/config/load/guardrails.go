package load

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/filekind"
)

// guardrails reads the organization's own rules: every CUE file below their
// folder. What they say is for package rules.
func (l *loader) guardrails() error {
	dir := path.Join(l.Dir, config.GuardrailsDir)
	var names []string
	err := fs.WalkDir(l.FS, dir, func(name string, e fs.DirEntry, err error) error {
		switch {
		case isWritersFault(err):
			l.diags.Add(l.unreadable(name, err))
			return nil
		case errors.Is(err, fs.ErrNotExist) && name == dir:
			return fs.SkipAll
		case err != nil:
			return err
		case name != dir && strings.HasPrefix(e.Name(), "."):
			if e.IsDir() {
				return fs.SkipDir
			}
		case !e.IsDir() && filekind.Of(name) == filekind.CUE:
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		data, err := l.read(name)
		switch {
		case isWritersFault(err):
			l.diags.Add(l.unreadable(name, err))
		case err != nil:
			return err
		case pointer(l.rel(name), data) != nil:
			l.diags.Add(pointer(l.rel(name), data))
		case len(data) > maxGuardrails:
			l.diags.Add(diag.New(diag.LoadTooLarge, config.Top(l.rel(name)), "the file is larger than %d KiB", maxGuardrails>>10).
				Try("Rules are short. Keep data in the policy files."))
		default:
			l.config.Guardrails = append(l.config.Guardrails, config.File{Name: l.rel(name), Data: data})
		}
	}
	return nil
}

// maxGuardrails bounds one file with rules, in bytes.
const maxGuardrails = 1 << 20
