package load

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/check"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/filekind"
)

// folders checks what the project file says of folders, before any is read:
// that something is to be read at all, that no target is where policies are, and
// that no roster is passed by.
func (l *loader) folders() {
	p := &l.config.Project
	if len(p.Policies) == 0 {
		l.diags.Add(diag.New(diag.LoadNoFiles, l.config.ProjectRange("policies"), "policies names no file and no folder").
			At(config.Path{"policies"}.String()).
			Because("Policies that are not read apply to nobody.").
			Try("Name a folder, as in policies: [policies], or remove the line: that folder is then read."))
	}
	var good []config.Target
	for _, t := range p.Targets {
		if l.targetFolder(t, good) {
			good = append(good, t)
		}
	}
	l.rosterNotRead()
}

// targetFolder checks where a target is, also beside others that are in order.
// Its folder is replaced as a whole.
func (l *loader) targetFolder(t config.Target, others []config.Target) (ok bool) {
	p := &l.config.Project
	if t.Dir == "" {
		return false // reported by the schema
	}
	dir := path.Join(l.Dir, t.Dir)
	bad := func(format string, args ...any) *diag.Diagnostic {
		d := diag.New(diag.SchemaBadValue, l.config.ProjectRange("targets", t.Name, "dir"), format, args...).
			At(config.Path{"targets", t.Name, "dir"}.String()).
			Because("A target is replaced as a whole, and holds bundles and nothing else.").
			Try("Name a folder that holds nothing else, such as build/bundles.")
		l.diags.Add(d)
		return d
	}
	if slices.ContainsFunc(strings.Split(dir, "/"), isDotGit) {
		bad("bundles cannot be written to %s, which is git's own", check.Quote(t.Dir))
		return false
	}
	holds := func(name string) bool { return name != "" && within(dir, path.Join(l.Dir, name)) }
	if holds(config.ProjectFile) {
		bad("bundles cannot be written to %s, which holds this project", check.Quote(t.Dir))
		return false
	}
	inside := func(name string) bool { return name != "" && within(path.Join(l.Dir, name), dir) }
	switch reads := p.Reads(); {
	case slices.ContainsFunc(reads, holds):
		bad("bundles cannot be written to %s, which is read from", check.Quote(t.Dir))
		return false
	case slices.ContainsFunc(reads, inside):
		bad("bundles cannot be written to %s, which lies in a folder that is read", check.Quote(t.Dir))
		return false
	}
	for _, other := range others {
		if at := path.Join(l.Dir, other.Dir); within(dir, at) || within(at, dir) {
			bad("the targets %s and %s cannot share a folder", check.Quote(other.Name), check.Quote(t.Name)).
				See(l.config.ProjectRange("targets", other.Name, "dir"), "the other folder is named here")
			return false
		}
	}
	return true
}

// isDotGit reports whether a name means git's own folder, on any system: some
// know no upper and lower case, and one knows short names.
func isDotGit(name string) bool {
	name = strings.TrimRight(strings.Map(visible, name), " .")
	return strings.EqualFold(name, ".git") || strings.EqualFold(name, "git~1")
}

// visible leaves out the characters that the file system of a Mac does not see.
func visible(r rune) rune {
	if unicode.Is(unicode.Cf, r) {
		return -1
	}
	return r
}

// within reports whether a path is a folder or leads into it. Both are clean.
func within(dir, name string) bool {
	switch {
	case dir == ".":
		return name != ".." && !strings.HasPrefix(name, "../")
	case strings.ReplaceAll(dir+"/", "../", "") == "":
		return true // above the repository
	}
	return name == dir || strings.HasPrefix(name, dir+"/")
}

// rosterNotRead warns where there is a roster that the project file does not name.
func (l *loader) rosterNotRead() {
	dir := path.Join(l.Dir, config.RosterDir)
	read := func(name string) bool {
		name = strings.ReplaceAll(name, `\`, "/") // which is a fault of its own
		return within(dir, path.Join(l.Dir, name)) || within(path.Join(l.Dir, name), dir)
	}
	if len(l.Rosters) > 0 || slices.ContainsFunc(l.config.Project.RosterFiles(), read) {
		return
	}
	entries, err := fs.ReadDir(l.FS, dir)
	if err != nil || !slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return !e.IsDir() && filekind.Of(e.Name()) == filekind.CSV && !strings.HasPrefix(e.Name(), ".")
	}) {
		return
	}
	l.diags.Add(diag.New(diag.RosterNotRead, l.config.ProjectRange("roster"), "the folder %s holds CSV files, and is not read", config.RosterDir).
		Because("The roster says who exists. It is read from what %s names under roster.", config.ProjectFile).
		Try("Add it to %s, or move the files elsewhere if they are no roster:\n\n    roster: [%s]", config.ProjectFile, strings.Join(append(l.config.Project.RosterFiles(), config.RosterDir), ", ")))
}
