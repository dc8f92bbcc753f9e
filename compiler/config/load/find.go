package load

import (
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
	"callpolicy/compiler/source"
)

// discover finds the policy files.
func (l *loader) discover() error {
	seen := map[string]bool{}
	for i, name := range l.config.Project.Policies {
		at := l.config.ProjectRange("policies", fmt.Sprint(i))
		if at.IsZero() {
			at = config.Top(config.ProjectFile)
		}
		full := path.Join(l.Dir, name)
		if path.IsAbs(name) || full == ".." || strings.HasPrefix(full, "../") {
			l.diags.Add(diag.New(diag.SchemaBadValue, at, "%s lies outside the repository", check.Quote(name)).
				Try("Name a file or folder of the same repository, relative to %s.", config.ProjectFile))
			continue
		}
		err := l.walk(full, seen, true)
		if errors.Is(err, fs.ErrNotExist) && !isWritersFault(err) {
			l.diags.Add(diag.New(diag.LoadNoFiles, at, "there is no file or folder called %s", check.Quote(name)).
				Because("%s names files and folders with policies, relative to itself.", config.ProjectFile).
				Try("Make the folder and put a policy file into it, or correct the name."))
			continue
		}
		if err != nil {
			return err
		}
	}
	slices.Sort(l.yaml)
	slices.Sort(l.cue)
	if len(l.yaml)+len(l.cue) == 0 && !l.diags.HasErrors() {
		l.diags.Add(diag.New(diag.LoadNoFiles, config.Top(config.ProjectFile), "there are no policy files in %s", check.List(l.config.Project.Policies)).
			Because("callpolicy reads files that end in .yaml, .yml or .cue. Names that start with a dot are skipped.").
			Try("Run callpolicy init in an empty folder to see an example."))
	}
	return nil
}

// walk gathers the policy files under a file or folder, which the project file
// names or a folder holds. Seen holds where the names really lead, so that what
// links lead to again is read once.
func (l *loader) walk(name string, seen map[string]bool, named bool) error {
	if l.tooMany {
		return nil
	}
	info, err := fs.Stat(l.FS, name)
	if isWritersFault(err) {
		l.lose(name, err)
		return nil
	}
	if err != nil {
		return err
	}
	target := l.target(name)
	if info.IsDir() && target != name && (target == "." || strings.HasPrefix(name, target+"/")) {
		loop := &source.LinkError{Name: name, Link: name, Target: l.rel(target), Fault: source.LinkLoop}
		l.lose(name, loop)
		return nil
	}
	if seen[target] || info.Mode().IsRegular() && !filekind.Of(name).IsPolicy() {
		return nil // the latter may be a link to a file that is called otherwise
	}
	seen[target] = true
	switch {
	case info.Mode()&fs.ModeIrregular != 0:
		l.special(name, named)
		return nil
	case !info.IsDir():
		l.policyFile(name)
		return nil
	}
	entries, err := fs.ReadDir(l.FS, name)
	if isWritersFault(err) {
		l.lose(name, err)
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || e.Name() == "cue.mod" {
			continue
		}
		if e.Type().IsRegular() { // no link, so nothing about it need be looked up
			if at := path.Join(target, e.Name()); !seen[at] {
				seen[at] = true
				l.policyFile(path.Join(name, e.Name()))
			}
			continue
		}
		if err := l.walk(path.Join(name, e.Name()), seen, false); err != nil {
			return err
		}
	}
	return nil
}

// policyFile takes a file if it is a policy file by its name.
func (l *loader) policyFile(name string) {
	switch kind := filekind.Of(name); {
	case kind == filekind.YAML:
		l.yaml = append(l.yaml, name)
	case kind == filekind.CUE:
		l.cue = append(l.cue, name)
	}
}

// target returns the name without symbolic links to which a name leads.
func (l *loader) target(name string) string {
	links, ok := l.FS.(fs.ReadLinkFS)
	if !ok {
		return name
	}
	at, rest := ".", strings.Split(name, "/")
	for hops := 0; len(rest) > 0; {
		next := path.Join(at, rest[0])
		rest = rest[1:]
		link, err := links.ReadLink(next)
		if hops++; err != nil || hops > 1000 { // no link, as nearly everything
			at = next
			continue
		}
		at, rest = ".", append(strings.Split(path.Join(path.Dir(next), link), "/"), rest...)
	}
	return at
}
