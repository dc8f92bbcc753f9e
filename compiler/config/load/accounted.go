package load

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/check"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/filekind"
	"callpolicy/compiler/near"
	"callpolicy/compiler/syntax"
	"callpolicy/compiler/syntax/yaml"
)

// Every file is accounted for: what lies where we read, or holds what only we
// write, and is read by nobody, is said. A policy file out of place would look
// like a policy that somebody has taken back.

// accounts finds the files of the project that look like ours and are not read.
type accounts struct {
	*loader
	read       map[string]bool // the names in FS that were read, and of folders within which all is known
	candidates []*diag.Diagnostic
	names      []string // in FS, of the candidates
	looked     int
}

// mostLooked bounds into how many files elsewhere in the project is looked.
const mostLooked = 5000

// account reports what is not read. It comes last, once all is read.
func (l *loader) account() error {
	a := &accounts{loader: l, read: map[string]bool{}}
	for _, in := range l.inputs {
		if !in.Outside {
			a.read[path.Join(l.Dir, in.File)] = true
		}
	}
	for _, name := range slices.Concat(l.yaml, l.cue, l.lost) {
		a.read[name] = true
		a.read[l.target(name)] = true
	}
	if err := a.walk(l.Dir, false); err != nil {
		return err
	}
	for _, name := range a.folders() {
		if !within(l.Dir, name) { // ../shared
			if err := a.walk(name, true); err != nil {
				return err
			}
		}
	}
	return a.report()
}

// folders returns the folders that the project reads from, in FS.
func (a *accounts) folders() []string {
	p := &a.config.Project
	var names []string
	for _, name := range slices.Concat(p.Policies, p.RosterFiles(), []string{config.GuardrailsDir, config.PersonasDir}) {
		names = append(names, path.Join(a.Dir, name))
	}
	return names
}

// leaveAlone reports whether a folder holds what is not ours to judge: other
// projects, targets, what we write.
func (a *accounts) leaveAlone(name string) bool {
	switch base := path.Base(name); {
	case name == a.Dir:
		return false
	case base == "cue.mod", base == "node_modules", base == "expected", base == "live":
		return true
	}
	for _, t := range a.config.Project.Targets {
		if t.Dir != "" && path.Join(a.Dir, t.Dir) == name {
			return true
		}
	}
	_, err := fs.Stat(a.FS, path.Join(name, config.ProjectFile))
	return err == nil
}

// walk looks at the files below a folder. Inside says that the project reads
// from there.
func (a *accounts) walk(dir string, inside bool) error {
	inside = inside || dir != a.Dir && slices.Contains(a.folders(), dir)
	entries, err := fs.ReadDir(a.FS, dir)
	if errors.Is(err, fs.ErrNotExist) || isWritersFault(err) {
		return nil // whoever reads it says so
	}
	if err != nil {
		return nil //lint:ignore nilerr a file is named where a folder was meant
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."), a.config.Project.Ignored(a.rel(name)):
		case e.IsDir():
			if a.leaveAlone(name) || a.FastOnly && !inside && !slices.ContainsFunc(a.folders(), func(read string) bool { return within(name, read) }) {
				continue
			}
			if err := a.walk(name, inside); err != nil {
				return err
			}
		case !e.Type().IsRegular(), a.read[name], e.Name() == config.ProjectFile:
		case dir == a.Dir && nearlyProjectFile(e.Name()):
			a.add(name, diag.New(diag.LoadNotRead, config.Top(a.rel(name)), "%s is nearly the name of the project file, and is not read", check.Quote(e.Name())).
				Because("Only %s is.", config.ProjectFile).
				Try("Move what is in it to %s, delete it, or list it there under ignore.", config.ProjectFile))
		case inside:
			a.inside(name, e.Name())
		default:
			if err := a.elsewhere(name, e); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *accounts) add(name string, d *diag.Diagnostic) {
	a.names, a.candidates = append(a.names, name), append(a.candidates, d)
}

// slips are endings that files get by mistake, or when they are put by.
var slips = regexp.MustCompile(`(?i)(\.(txt|bak|orig|old|save|tmp)|~)+$`)

// ours reports whether a name ends as one of our files does, or would without an
// ending that it got by mistake.
func ours(name string) bool {
	bare := slips.ReplaceAllString(name, "")
	switch filekind.Of(bare) {
	case filekind.YAML, filekind.CUE, filekind.JSON, filekind.CSV, filekind.Text, filekind.Workbook, filekind.Zip:
		return !strings.HasSuffix(bare, ".schema.json")
	case filekind.Other, filekind.XML:
	}
	return filekind.Of(name) == filekind.Text
}

// inside reports a file below a folder that the project reads from.
func (a *accounts) inside(name, base string) {
	if !ours(base) || filekind.Of(base) == filekind.YAML && within(path.Join(a.Dir, config.PersonasDir), name) {
		return
	}
	rel := a.rel(name)
	d := diag.New(diag.LoadNotRead, config.Top(rel), "%s lies where files are read, and is not read", check.Quote(rel)).
		Because("What is in it applies to nobody.").
		Try("Give it %s, move it elsewhere, or list it in %s under ignore.", a.wanted(rel), config.ProjectFile)
	a.add(name, d)
}

// wanted says how files are to be called that are read from where a name lies.
func (a *accounts) wanted(rel string) string {
	full := path.Join(a.Dir, rel)
	in := func(dir string) bool { return within(path.Join(a.Dir, dir), full) }
	switch {
	case in(config.GuardrailsDir):
		return "a name that ends in .cue"
	case in(config.PersonasDir):
		return "a name that ends in .yaml"
	case slices.ContainsFunc(a.config.Project.RosterFiles(), in):
		return "a name that ends in .csv, in the folder that roster names itself"
	}
	return "a name that ends in .yaml or .cue"
}

// nearlyProjectFile reports whether a name was likely meant to be that of the
// project file.
func nearlyProjectFile(name string) bool {
	bare := strings.ToLower(slips.ReplaceAllString(name, ""))
	stem, ending, _ := strings.Cut(bare, ".")
	if ending != "yaml" && ending != "yml" && ending != "json" && ending != "cue" {
		return false
	}
	project, _, _ := strings.Cut(config.ProjectFile, ".")
	return stem == project || near.One(stem, []string{project}) != ""
}

// markers are words that hardly anybody but us writes into a file.
var markers = regexp.MustCompile(`inCall|rank|voiceServicesDomain|require|callingBehavior|@`)

// elsewhere looks into a file outside the folders that are read. It is reported
// where all its top-level keys are ours, and something in it only we have: a
// folder's name alone proves nothing, nor do keys that other programs share.
func (a *accounts) elsewhere(name string, e fs.DirEntry) error {
	kind := filekind.Of(slips.ReplaceAllString(name, ""))
	if kind != filekind.YAML && kind != filekind.JSON && kind != filekind.CUE || a.looked >= mostLooked || a.FastOnly {
		return nil
	}
	info, err := e.Info()
	if err != nil || info.Size() > 1<<20 {
		return nil //lint:ignore nilerr nobody needs it
	}
	a.looked++
	data, err := fs.ReadFile(a.FS, name)
	if err != nil || !markers.Match(data) {
		return nil //lint:ignore nilerr nobody needs it
	}
	if kind == filekind.CUE && !a.cueIsOurs(data) || kind != filekind.CUE && !a.isOurs(name, data) {
		return nil
	}
	rel := a.rel(name)
	d := diag.New(diag.LoadNotRead, config.Top(rel), "%s holds what looks like policy, and is not read", check.Quote(rel)).
		Because("%s names what is read: %s. What is in this file applies to nobody.", config.ProjectFile, check.List(a.config.Project.Policies)).
		Try("Move it into one of the folders that are read, or list it in %s under ignore.", config.ProjectFile)
	d.Severity = diag.Warning
	a.add(name, d)
	return nil
}

// isOurs reports whether a YAML or JSON file holds policies, rules or personas.
func (a *accounts) isOurs(name string, data []byte) bool {
	trees, diags := yaml.Parse(name, data)
	if diags.HasErrors() || len(trees) == 0 {
		return false
	}
	found := false
	for _, tree := range trees {
		if tree.Root.Kind != syntax.Map {
			return false
		}
		for i := range tree.Root.Len() {
			key := tree.Root.Key(i).Value
			if !a.topLevel(key) {
				return false
			}
			found = found || onlyOurs(key, tree.Root.Val(i), 0)
		}
	}
	return found
}

// topLevel reports whether a key may stand at the top of a file of ours.
func (a *accounts) topLevel(key string) bool {
	return a.config.Schema.Policy.Field(key) != nil || key == "rules" || key == "personas" || strings.HasPrefix(key, "x-")
}

// onlyOurs looks for what hardly anybody but us writes.
func onlyOurs(section string, n *syntax.Node, depth int) bool {
	if n == nil || n.Kind != syntax.Map || depth > 4 {
		return false
	}
	for i := range n.Len() {
		key, val := n.Key(i).Value, n.Val(i)
		switch key {
		case "inCall", "callingBehavior", "voiceServicesDomain":
			return true
		case "rank":
			if section == "templates" && val.Kind == syntax.Int {
				return true
			}
		case "require", "forbid":
			if section == "rules" && val.Kind == syntax.Map {
				return true
			}
		}
		if section == "users" && depth == 0 && strings.Contains(key, "@") || onlyOurs(section, val, depth+1) {
			return true
		}
	}
	return false
}

// cueField is a field at the top of a CUE file.
var cueField = regexp.MustCompile(`(?m)^([A-Za-z_#][A-Za-z0-9_-]*)[?!]?\s*:`)

// cueWords are what hardly anybody but us writes into one.
var cueWords = regexp.MustCompile(`\b(inCall|callingBehavior|voiceServicesDomain|rank|require|forbid)\b\s*:|^users:.*@`)

// cueIsOurs reports whether a CUE file holds policies or rules, by its text: it
// is not evaluated only to find that out.
func (a *accounts) cueIsOurs(data []byte) bool {
	fields := cueField.FindAllSubmatch(data, -1)
	for _, f := range fields {
		if key := string(f[1]); !a.topLevel(key) && !strings.HasPrefix(key, "_") {
			return false
		}
	}
	return len(fields) > 0 && cueWords.Match(data)
}

// report adds what was found, but for what git ignores.
func (a *accounts) report() error {
	ignored := map[string]bool{}
	if git, ok := a.FS.(ignorer); ok {
		var err error
		if ignored, err = git.Ignored(a.names); err != nil {
			return err
		}
	}
	for i, d := range a.candidates {
		if !ignored[a.names[i]] {
			a.diags.Add(d)
		}
	}
	return nil
}

// ignorer is a file system that knows what git ignores.
type ignorer interface {
	Ignored(names []string) (map[string]bool, error)
}
