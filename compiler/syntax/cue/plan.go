package cue

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"cuelang.org/go/cue/ast"
	cueerrors "cuelang.org/go/cue/errors"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// unit is one instance: what CUE evaluates as one.
type unit struct {
	Dir     string   // the folder, as a path in the repository
	Package string   // the package, empty for a file without a package clause
	Module  string   // the folder that holds cue.mod, or empty if there is none
	Files   []string // its files, those of the policy folder first
}

// name is what messages call the unit.
func (u *unit) name() string {
	if u.Package == "" {
		return u.Files[0]
	}
	return "package " + u.Package + " in " + u.Dir
}

// outcome is what became of a unit.
type outcome struct {
	Root  *syntax.Node // nil if the unit has no value, because of Diags or because it was not evaluated yet
	Diags diag.List
}

// plan is a request, read and parsed, with the units that can be answered
// without evaluating anything answered already.
type plan struct {
	files   *sources
	parsed  map[string]*parsedFile
	modules map[string]string
	diags   diag.List
	units   []unit
	results []outcome
	asking  *asking // nil: nobody is asked
	err     error   // why the files could not be read
}

// parsedFile is one parsed file.
type parsedFile struct {
	syntax  *ast.File
	bad     bool // it cannot be used; the diagnostics say why
	skipped bool // CUE leaves it out
}

// newPlan reads the files of a request. Without asking, all of it is done here.
func newPlan(ctx context.Context, req Request, files *sources, asking *asking) (*plan, error) {
	p := &plan{
		files:   files,
		asking:  asking,
		parsed:  map[string]*parsedFile{},
		modules: map[string]string{},
	}
	p.files.hidden = slices.Clone(req.Lost)
	type key struct{ dir, pkg string }
	byPackage := map[key]int{}
	for _, name := range req.Files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if strings.Contains("/"+name, "/cue.mod/") {
			continue // the module's own files, and packages that others import
		}
		file := p.parse(name, true)
		if file.skipped {
			continue
		}
		dir, pkg := path.Dir(name), packageName(file.syntax)
		if pkg == "" {
			if !file.bad {
				p.units = append(p.units, unit{Dir: dir, Module: p.module(dir), Files: []string{name}})
			}
			continue
		}
		k := key{dir, pkg}
		i, ok := byPackage[k]
		if !ok {
			i = len(p.units)
			byPackage[k] = i
			p.units = append(p.units, unit{Dir: dir, Package: pkg, Module: p.module(dir)})
		}
		p.units[i].Files = append(p.units[i].Files, name)
	}
	for i := range p.units {
		p.inherit(&p.units[i])
	}
	if p.err != nil {
		return nil, p.err
	}
	p.units = slices.DeleteFunc(p.units, func(u unit) bool {
		return slices.ContainsFunc(u.Files, func(name string) bool { return p.parsed[name].bad })
	})
	for name, file := range p.parsed {
		if file.bad {
			p.files.hidden = append(p.files.hidden, name)
		}
	}
	slices.Sort(p.files.hidden)
	p.results = make([]outcome, len(p.units))
	for i, u := range p.units {
		var files []*ast.File
		data := true
		for _, name := range u.Files {
			files = append(files, p.parsed[name].syntax)
			data = data && IsData(p.parsed[name].syntax)
		}
		if data {
			p.results[i].Root = dataTree(files, p.files.rel)
		}
	}
	return p, nil
}

// pending returns the numbers of the units that must still be evaluated.
func (p *plan) pending() []int {
	var pending []int
	for i := range p.units {
		if p.results[i].Root == nil {
			pending = append(pending, i)
		}
	}
	return pending
}

// unitsOf returns the units of some numbers.
func (p *plan) unitsOf(numbers []int) []unit {
	units := make([]unit, len(numbers))
	for k, i := range numbers {
		units[k] = p.units[i]
	}
	return units
}

// finish puts the results together, in the order of the units.
func (p *plan) finish() ([]*syntax.Tree, diag.List, error) {
	var trees, modular []*syntax.Tree
	diags, files := p.diags, p.files // the trees keep the sources, not the plan
	diags.Add(p.asking.limit())
	for i, u := range p.units {
		diags.Add(p.results[i].Diags...)
		if root := p.results[i].Root; root != nil {
			file := files.rel(u.Files[0])
			dropFile(root, file)
			t := syntax.NewTree(file, root, func(n *syntax.Node) diag.Range { return files.node(file, n) })
			trees = append(trees, t)
			if u.Module != "" { // only within a module are files part of several instances
				modular = append(modular, t)
			}
		}
	}
	diags.Add(once(modular)...)
	return trees, diags.Sorted(), nil
}

// dropFile leaves the file's name only on the nodes that come from another one.
func dropFile(n *syntax.Node, file string) {
	if n.File == file {
		n.File = ""
	}
	for i := range n.Items {
		dropFile(&n.Items[i], file)
	}
}

// inherit adds the files of the folders above that belong to the same package,
// up to the root of the module.
func (p *plan) inherit(u *unit) {
	if u.Package == "" || u.Module == "" {
		return
	}
	for dir := u.Dir; dir != u.Module; {
		dir = path.Dir(dir)
		entries, err := p.files.ReadDir(dir)
		if err != nil {
			return // CUE does not see what cannot be listed either
		}
		for _, e := range entries {
			name := path.Join(dir, e.Name())
			if e.IsDir() || path.Ext(name) != ".cue" || strings.HasPrefix(e.Name(), "_") || strings.HasPrefix(e.Name(), ".") {
				continue
			}
			if file := p.parse(name, false); !file.skipped && packageName(file.syntax) == u.Package {
				u.Files = append(u.Files, name)
			}
		}
	}
}

// module returns the nearest folder, from dir upwards, that holds cue.mod.
func (p *plan) module(dir string) string {
	if root, ok := p.modules[dir]; ok {
		return root
	}
	root := ""
	if info, err := p.files.Stat(path.Join(dir, "cue.mod")); err == nil && info.IsDir() {
		root = dir
	} else if dir != "." {
		root = p.module(path.Dir(dir))
	}
	p.modules[dir] = root
	return root
}

// parse reads a file and reports what is wrong with it. A file that nobody
// asked for is quietly left out where CUE leaves it out.
func (p *plan) parse(name string, asked bool) *parsedFile {
	if file, ok := p.parsed[name]; ok {
		return file
	}
	file := &parsedFile{}
	p.parsed[name] = file
	skip := func(at diag.Range, why string) {
		file.skipped = true
		if asked {
			p.diags.Add(diag.New(diag.LoadCueSkipped, at, "this file is left out: %s", why).
				Because("CUE does not evaluate such files, so nothing in this one applies to anybody.").
				Try("Rename the file or remove the attribute if it holds policies; keep it outside the policy folders if it does not."))
		}
	}

	text, err := p.files.ReadFile(name)
	at := func(offset int) diag.Range { return p.files.offset(name, offset, syntax.String) }
	switch {
	case errors.Is(err, errTooLarge):
		file.bad = true
		p.diags.Add(diag.New(diag.LoadTooLarge, diag.Range{File: p.files.rel(name)}, "the file is larger than 4 MiB").
			Try("Split it into several files: which file holds what is your choice."))
		return file
	case err != nil:
		file.bad = true
		p.diags.Add(diag.New(diag.LoadSyntax, diag.Range{File: p.files.rel(name)}, "the file cannot be read: %s", readError(err)))
		return file
	case hiddenFromCUE(path.Base(name)) != "":
		skip(diag.Range{File: p.files.rel(name), Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}}, hiddenFromCUE(path.Base(name)))
		return file
	}
	if offset, why := notText(text); offset >= 0 {
		file.bad = true
		p.diags.Add(diag.New(diag.LoadEncoding, at(offset), "%s", why).
			Because("Policy files are UTF-8 text.").Try("Save the file as UTF-8 in your editor."))
		return file
	}
	if offset := tooDeep(text); offset >= 0 {
		file.bad = true
		p.diags.Add(diag.New(diag.LoadCueLimit, at(offset), "the file nests more than %d levels deep", maxDepth).
			Because("Policies are a few levels deep; a file like this only exhausts the tool that reads it."))
		return file
	}

	p.diags.Add(syntax.DirectionControls(syntax.NewCUEText(p.files.rel(name), text))...)
	if p.check(name, text) {
		file.bad = true
		return file
	}
	began := time.Now()
	parsed, err := parseFile(name, text)
	file.syntax = parsed
	if err != nil {
		file.bad = true
		p.diags.Add(syntaxErrors(p.files, name, err)...)
	}
	if p.spent(name, began); file.bad {
		return file
	}
	attr, built, err := buildAttribute(parsed)
	if err != nil {
		file.bad = true
		p.diags.Add(diag.New(diag.LoadSyntax, p.files.span(attr), "the condition %s cannot be read: %v", oneLine(attr.Text), err))
		return file
	}
	if !built {
		skip(at(0), "its attribute "+attr.Text+" is not fulfilled")
		return file
	}
	if attr := externAttribute(parsed); attr != nil {
		file.bad = true
		p.diags.Add(externDiagnostic(p.files.span(attr)))
	}
	return file
}

// syntaxErrors reports what the parser did not understand, each line once:
// what follows the first fault of a line follows from it.
func syntaxErrors(files *sources, name string, err error) diag.List {
	text, _ := files.ReadFile(name)
	if conflicts := syntax.MergeConflicts(syntax.NewCUEText(files.rel(name), text)); conflicts != nil {
		return conflicts
	}
	slips := newSlips(files, name, text)
	var list diag.List
	lines := map[int]bool{}           // that have a fault
	subjects := map[diag.Range]bool{} // of the list
	said := map[int][]string{}        // of the list, by line
	for _, e := range cueerrors.Errors(err) {
		offset := e.Position().Offset()
		if len(list) > 0 && offset >= len(text) {
			break // a bracket that never closes, because of what was reported
		}
		if len(list) == syntax.MaxFaults {
			break
		}
		at := files.at(e.Position())
		if at.IsZero() {
			at = files.offset(name, 0, syntax.String)
		}
		if lines[at.Start.Line] {
			continue
		}
		lines[at.Start.Line] = true
		d := slips.explain(offset, syntaxWords(e))
		above := said[d.Subject.Start.Line-1]
		if subjects[d.Subject] || slices.Contains(above, d.Summary) || len(above) > 0 && strings.HasPrefix(d.Summary, notCUE) {
			continue
		}
		subjects[d.Subject] = true
		said[d.Subject.Start.Line] = append(said[d.Subject.Start.Line], d.Summary)
		list.Add(d)
	}
	return list
}

// syntaxWords is what the parser says, without the names of its tokens.
func syntaxWords(e cueerrors.Error) string {
	return whole(tokenName.ReplaceAllString(strings.ReplaceAll(message(e), "'EOF'", "the end of the file"), ""))
}

var tokenName = regexp.MustCompile(`'[A-Z]+' `)

// packageName returns the package of a file, empty where it names none.
func packageName(file *ast.File) string {
	if file == nil || file.PackageName() == "_" {
		return ""
	}
	return file.PackageName()
}

func readError(err error) string {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err.Error()
	}
	return err.Error()
}
