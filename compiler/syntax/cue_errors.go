package syntax

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	cueerrors "cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/load"
	"cuelang.org/go/cue/token"
	"github.com/agext/levenshtein"

	"callpolicy/compiler/diag"
)

// Our own formats among those that CUE reports.
const (
	importFormat = "import %q leads outside the repository"
	externFormat = "files cannot be embedded"
	notCUEFormat = "this is not CUE: %s"

	unknownFormat = "reference %q not found" // CUE's own
)

// report phrases what CUE says is wrong, one diagnostic for each fault: CUE
// lists one mistaken word of four as five errors at one path, and a fault in a
// definition again for each field that uses it.
func (p *places) report(v cue.Value, err error) diag.List {
	type group struct {
		path   string
		errors []cueerrors.Error
	}
	var groups []*group
	byPath := map[string]*group{}
	for _, e := range cueerrors.Errors(err) {
		at := pathString(policyPath(e))
		g := byPath[at]
		if g == nil || at == "" || isCompileError(e) {
			g = &group{path: at}
			groups = append(groups, g)
			if at != "" {
				byPath[at] = g
			}
		}
		g.errors = append(g.errors, e)
	}
	var list diag.List
	seen := map[string]bool{}
	for _, g := range groups {
		d := p.phrase(v, g.errors)
		if d == nil {
			continue
		}
		d.At(g.path)
		format, args := g.errors[0].Msg()
		fault := fmt.Sprint(d.Subject, format, fmt.Sprint(args...))
		if seen[fault] {
			continue
		}
		seen[fault] = true
		list.Add(d)
	}
	return list
}

// policyPath is the path of the field that is wrong. A fault of loading names
// packages instead, which lead nowhere.
func policyPath(e cueerrors.Error) []string {
	var loading *load.PackageError
	if errors.As(e, &loading) {
		return nil
	}
	return e.Path()
}

// isCompileError tells the faults that stand by themselves although CUE gives
// them the path of the field around them.
func isCompileError(e cueerrors.Error) bool {
	format, _ := e.Msg()
	return strings.HasPrefix(format, "reference ")
}

// fault is one error of CUE, taken apart.
type fault struct {
	format string
	args   []string
	at     []token.Pos // every place that takes part, the reported one first
	path   string
	name   string // the field in words: its path, or "this"
}

// phrase says what is wrong in words of our own. This is the one place that
// knows CUE's messages.
func (p *places) phrase(v cue.Value, errs []cueerrors.Error) *diag.Diagnostic {
	if len(errs) > 1 {
		if d := p.phraseDisjunction(errs); d != nil {
			return d
		}
	}
	e := errs[0]
	f := takeApart(e)
	at, arg := p.subject(v, e), f.arg

	switch f.format {
	case "conflicting values %s and %s":
		value, others := p.secondPlace(f)
		return p.see(diag.New(diag.LoadCueError, value, "%s has two values: %s and %s", f.name, arg(1), arg(0)).
			Because("What is written for one field in several places is one field, so its values must agree.").
			Try("Keep one of them."), others, "the other value is here")

	case "conflicting values %s and %s (mismatched types %s and %s)":
		value, wanted := arg(0), arg(1)
		if typeWords[wanted] == "" {
			value, wanted = wanted, value
		}
		if words := typeWords[wanted]; words != "" {
			subject, others := p.placeOf(f, value)
			others = slices.DeleteFunc(others, func(pos token.Pos) bool { return !strings.HasPrefix(p.textAt(pos), wanted) })
			return p.see(diag.New(diag.LoadCueError, subject, "%s must be %s, but is %s", f.name, words, value), others, "this is what it must be")
		}
		subject, others := p.secondPlace(f)
		return p.see(diag.New(diag.LoadCueError, subject, "%s has two values of different kinds: %s and %s", f.name, arg(1), arg(0)).
			Because("What is written for one field in several places is one field, so its values must agree.").
			Try("Keep one of them."), others, "the other value is here")

	case "invalid value %v (out of bound %s)", "invalid value %s (does not satisfy %s)":
		subject, others := p.placeOf(f, arg(0))
		return p.see(diag.New(diag.LoadCueError, subject, "%s is %s, which does not satisfy %s", f.name, arg(0), arg(1)), others, "this is what it must satisfy")

	case "field not allowed":
		field := lastName(e.Path())
		d := diag.New(diag.LoadCueError, at, "%s is not a field of this definition", field)
		if near := nearest(field, p.siblings(v, e.Path())); near != "" {
			d.Try("Did you mean %s?", near)
		}
		return p.see(d, f.at[min(1, len(f.at)):], "the definition is used here")

	case "field is required but not present":
		return p.see(diag.New(diag.LoadCueError, at, "%s is required, but nothing is written for it", f.name), f.at, "it is required here")

	case unknownFormat, "predeclared name %q not found":
		at.End = diag.Pos{Line: at.Start.Line, Column: at.Start.Column + len(arg(0))}
		d := diag.New(diag.LoadCueError, at, "nothing is called %s here", arg(0))
		switch near := nearest(arg(0), p.names()); {
		case standardPackages[arg(0)] != "":
			d.Try("Add import %q at the top of the file.", standardPackages[arg(0)])
		case near != "":
			d.Try("Did you mean %s?", near)
		default:
			d.Try("Text is written in double quotes: %q.", arg(0))
		}
		return d

	case "undefined field: %s":
		d := diag.New(diag.LoadCueError, at, "there is no field %s here", arg(0))
		return d.Because("%s is taken from a struct that does not hold it.", f.name)

	case "structural cycle", "cycle error", "cyclic reference to field %s":
		return diag.New(diag.LoadCueError, at, "%s contains itself, without end", f.name)

	case "incompatible list lengths (%d and %d)":
		return diag.New(diag.LoadCueError, at, "%s has two lists of different lengths, %s and %s", f.name, arg(0), arg(1)).
			Because("CUE does not join lists: what is written for one field in several places must agree.")

	case "invalid operands %s and %s to '%s' (type %s and %s)":
		return diag.New(diag.LoadCueError, at, "%s %s %s cannot be computed: one is %s, the other %s", arg(0), arg(2), arg(1), kindWord(arg(3)), kindWord(arg(4)))

	case "invalid operand %s (found %s, want list or struct)":
		return diag.New(diag.LoadCueError, at, "%s is %s, so nothing can be taken from it", arg(0), kindWord(arg(1)))

	case "index out of range [%d] with length %d":
		return diag.New(diag.LoadCueError, at, "item %s of a list of %s does not exist", arg(0), arg(1)).
			Because("Items count from 0.")

	case "explicit error (_|_ literal) in source":
		return diag.New(diag.LoadCueError, at, "%s is an error by itself: _|_ is written here", f.name)

	case "import failed: %w", "import failed: %v", "import failed":
		if inner, ok := cueerrors.Unwrap(e).(cueerrors.Error); ok {
			return p.phrase(v, []cueerrors.Error{inner})
		}

	case externFormat:
		return externDiagnostic(at)

	case notCUEFormat:
		return diag.New(diag.LoadSyntax, clip(at), "this is not CUE: %s", arg(0))
	}

	text := message(e)
	if name, ok := p.importAt(f.at); ok {
		return p.phraseImport(at, name, f, text)
	}
	if len(f.at) == 0 && f.path == "" && p.unit.Module != "" {
		module := p.files.offset(path.Join(p.unit.Module, "cue.mod/module.cue"), 0, String)
		return diag.New(diag.LoadCueError, module, "this module file is not in order: %s", oneLine(text))
	}
	if f.path == "" {
		return diag.New(diag.LoadCueError, at, "CUE does not accept this: %s", oneLine(text))
	}
	return p.see(diag.New(diag.LoadCueError, at, "CUE does not accept %s: %s", f.name, oneLine(text)), others(f.at, at, p), "this takes part in it")
}

// importAt returns the import that is written at the first of the places.
func (p *places) importAt(at []token.Pos) (string, bool) {
	if len(at) == 0 {
		return "", false
	}
	for _, f := range p.marks.imports {
		if f.Path.Pos() == at[0] || f.Pos() == at[0] {
			name, err := literal.Unquote(f.Path.Value)
			return name, err == nil
		}
	}
	return "", false
}

// phraseImport says why an import fails. It returns nil where that is the
// fault of a file that was reported for itself.
func (p *places) phraseImport(at diag.Range, name string, f fault, text string) *diag.Diagnostic {
	first, _, _ := strings.Cut(name, "/")
	folder, _, _ := strings.Cut(name, ":")
	switch {
	case slices.ContainsFunc(p.files.hidden, func(file string) bool {
		dir := strings.TrimPrefix(strings.TrimPrefix(path.Dir(file), p.unit.Module), "/")
		return strings.HasSuffix(folder, "/"+dir)
	}):
		return nil
	case strings.Contains(text, externFormat):
		return externDiagnostic(at)
	case strings.HasPrefix(f.format, "imported and not used"):
		return diag.New(diag.LoadCueError, at, "%q is imported and not used", name).Try("Remove the import.")
	case !strings.Contains(first, "."):
		d := diag.New(diag.LoadCueError, at, "CUE's standard library has no package %q", name)
		if near := nearest(name, slices.Collect(maps.Values(standardPackages))); near != "" {
			d.Try("Did you mean %q?", near)
		}
		return d
	case strings.Contains(text, "cannot find") || f.format == importFormat || strings.Contains(text, "imports are unavailable"):
		return diag.New(diag.LoadCueError, at, "the package %q is not in this repository", name).
			Because("Imports resolve inside the repository, by its cue.mod, and in CUE's standard library. Nothing is ever fetched.").
			Try("Keep the package in a folder of the repository, below the folder that holds cue.mod.")
	}
	return diag.New(diag.LoadCueError, at, "the import %q fails: %s", name, oneLine(text))
}

// phraseDisjunction makes one sentence of a value that is none of several words.
func (p *places) phraseDisjunction(errs []cueerrors.Error) *diag.Diagnostic {
	var all []fault
	count := map[string]int{}
	for _, e := range errs {
		f := takeApart(e)
		if !strings.HasPrefix(f.format, "conflicting values") {
			continue
		}
		all = append(all, f)
		count[f.arg(0)]++
		count[f.arg(1)]++
	}
	if len(all) < 2 {
		return nil
	}
	value := all[0].arg(0)
	if count[all[0].arg(1)] > count[value] {
		value = all[0].arg(1)
	}
	if count[value] != len(all) {
		return nil
	}
	var words []string
	var places []token.Pos
	subject := diag.Range{}
	for _, f := range all {
		word := f.arg(0)
		if word == value {
			word = f.arg(1)
		}
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
		at, others := p.placeOf(f, value)
		if subject.IsZero() || at.Start.Compare(subject.Start) == 0 {
			subject = at
		}
		places = append(places, others...)
	}
	d := diag.New(diag.LoadCueError, subject, "%s is %s, which is none of %s", all[0].name, value, strings.Join(words, ", "))
	if near := nearest(value, words); near != "" {
		d.Try("Did you mean %s?", near)
	}
	slices.SortFunc(places, token.Pos.Compare)
	return p.see(d, places[:min(1, len(places))], "these are allowed")
}

// incompleteDiagnostic says that a field has no value. It is shown at the field
// itself or, where a definition declares it, at the field that should fill it in.
func (p *places) incompleteDiagnostic(v cue.Value, at, declared diag.Range) *diag.Diagnostic {
	name := p.path()
	what := oneLine(fmt.Sprint(v))
	var why []string
	for _, e := range cueerrors.Errors(v.Validate(cue.Concrete(true))) {
		f := takeApart(e)
		switch f.format {
		case "incomplete value %v":
			what = f.arg(0)
		case "field is required but not present":
			return diag.New(diag.LoadCueError, at, "%s is required, but nothing is written for it", name).At(name)
		default:
			why = append(why, oneLine(message(e)))
		}
	}
	d := diag.New(diag.LoadCueError, at, "%s is not concrete: %s", name, what).At(name)
	if words := typeWords[what]; words != "" {
		d.Because("It must be %s, and nobody says which.", words)
	} else if len(why) > 0 {
		d.Because("%s.", strings.Join(why, "; "))
	}
	if declared.IsZero() {
		d.Try("Write a value for it, or make it optional with a question mark: %s?", p.name())
	} else {
		d.Try("Add a value for %s here.", p.name())
	}
	return d.See(declared, "it is declared here")
}

// subject returns where a fault is to be shown.
func (p *places) subject(v cue.Value, e cueerrors.Error) diag.Range {
	for _, pos := range positions(e) {
		return p.files.at(pos)
	}
	// CUE gives no place: show the field at its path, or the nearest around it.
	for path := e.Path(); len(path) > 0 && v.Exists(); path = path[:len(path)-1] {
		target := v.LookupPath(cue.ParsePath(pathString(path)))
		if fields := p.fieldsOf(target); len(fields) > 0 {
			return p.files.at(fields[0].Label.Pos())
		}
	}
	return p.files.offset(p.unit.Files[0], 0, String)
}

// placeOf returns where value is written among the places of a fault, and the others.
func (p *places) placeOf(f fault, value string) (diag.Range, []token.Pos) {
	for i, pos := range f.at {
		r := p.files.at(pos)
		if text := p.textAt(pos); strings.HasPrefix(text, value) && value != "" {
			return r, slices.Delete(slices.Clone(f.at), i, i+1)
		}
	}
	return p.secondPlace(f)
}

// secondPlace returns the last place of a fault by file and line, since what
// came later is more likely the mistake, and the others.
func (p *places) secondPlace(f fault) (diag.Range, []token.Pos) {
	if len(f.at) == 0 {
		return p.files.offset(p.unit.Files[0], 0, String), nil
	}
	last := slices.MaxFunc(f.at, token.Pos.Compare)
	return p.files.at(last), slices.DeleteFunc(slices.Clone(f.at), func(pos token.Pos) bool { return pos == last })
}

func (p *places) textAt(pos token.Pos) string {
	text, err := p.files.ReadFile(strings.TrimPrefix(pos.Filename(), "/"))
	if err != nil || pos.Offset() > len(text) {
		return ""
	}
	return string(text[pos.Offset():min(len(text), pos.Offset()+200)])
}

func (p *places) see(d *diag.Diagnostic, at []token.Pos, message string) *diag.Diagnostic {
	for _, pos := range at {
		r := p.files.at(pos)
		if r != d.Subject && !slices.ContainsFunc(d.Related, func(x diag.Related) bool { return x.Range == r }) {
			d.See(r, "%s", message)
		}
	}
	return d
}

func others(at []token.Pos, subject diag.Range, p *places) []token.Pos {
	return slices.DeleteFunc(slices.Clone(at), func(pos token.Pos) bool { return p.files.at(pos) == subject })
}

// siblings returns the names that a struct allows in place of an unknown field.
func (p *places) siblings(v cue.Value, path []string) []string {
	if len(path) == 0 {
		return nil
	}
	parent := v.LookupPath(cue.ParsePath(pathString(path[:len(path)-1])))
	var names []string
	for _, f := range p.fieldsOf(parent) {
		ast.Walk(f.Value, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				names = append(names, p.fieldNames(id.Name)...)
			}
			return true
		}, nil)
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == path[len(path)-1] })
}

// fieldNames returns the names of the fields of a struct that is written
// somewhere under the given name.
func (p *places) fieldNames(name string) []string {
	var names []string
	for _, f := range p.marks.fields {
		if written, _, err := ast.LabelName(f.Label); err != nil || written != name {
			continue
		}
		if lit, ok := f.Value.(*ast.StructLit); ok {
			for _, d := range lit.Elts {
				if field, ok := d.(*ast.Field); ok {
					if name, _, err := ast.LabelName(field.Label); err == nil {
						names = append(names, name)
					}
				}
			}
		}
	}
	return names
}

// names returns every name that a reference might have meant.
func (p *places) names() []string {
	var names []string
	for _, f := range p.marks.fields {
		if name, isIdent, err := ast.LabelName(f.Label); err == nil && isIdent {
			names = append(names, name)
		}
	}
	return names
}

// nearest returns the one of the names that somebody who wrote word most
// likely meant, or nothing.
func nearest(word string, names []string) string {
	best, distance := "", 1+len(strings.Trim(word, `"`))/3
	slices.Sort(names)
	for _, name := range names {
		if d := levenshtein.Distance(strings.ToLower(word), strings.ToLower(name), nil); name != word && d < distance {
			best, distance = name, d
		}
	}
	return best
}

func takeApart(e cueerrors.Error) fault {
	format, args := e.Msg()
	f := fault{format: format, at: positions(e), path: pathString(policyPath(e))}
	for _, a := range args {
		f.args = append(f.args, oneLine(fmt.Sprint(a)))
	}
	f.name = cmp.Or(f.path, "this")
	return f
}

func (f fault) arg(i int) string {
	if i < len(f.args) {
		return f.args[i]
	}
	return ""
}

// positions returns the places of an error that lie in files, each once.
func positions(e cueerrors.Error) []token.Pos {
	var out []token.Pos
	seen := map[string]bool{}
	for _, pos := range append([]token.Pos{e.Position()}, e.InputPositions()...) {
		if pos.HasAbsPos() && pos.Filename() != "" && !seen[pos.String()] {
			seen[pos.String()] = true
			out = append(out, pos)
		}
	}
	return out
}

// message is the text of an error without its path and places.
func message(e cueerrors.Error) string {
	format, args := e.Msg()
	parts := []string{fmt.Sprintf(format, args...)}
	switch inner := cueerrors.Unwrap(e).(type) {
	case nil:
	case cueerrors.Error:
		parts = append(parts, message(inner))
	default:
		parts = append(parts, inner.Error())
	}
	return strings.TrimPrefix(strings.Join(parts, ": "), ": ")
}

// pathString writes the path of an error as a CUE path.
func pathString(path []string) string {
	var b strings.Builder
	for i, name := range path {
		switch {
		case name != "" && strings.Trim(name, "0123456789") == "":
			b.WriteString("[" + name + "]")
			continue
		case i > 0:
			b.WriteByte('.')
		}
		b.WriteString(name)
	}
	return b.String()
}

func lastName(path []string) string {
	if len(path) == 0 {
		return "this"
	}
	return path[len(path)-1]
}

// oneLine shortens the text of a value to what fits in a sentence.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return text
}

var typeWords = map[string]string{
	"string": "text", "bool": "true or false", "int": "a whole number", "number": "a number", "float": "a number with a fraction",
	"null": "null", "bytes": "bytes", "{...}": "a struct", "[...]": "a list",
}

func kindWord(kind string) string {
	switch kind {
	case "string":
		return "text"
	case "bool":
		return "true or false"
	case "int", "float", "number":
		return "a number"
	case "struct":
		return "a struct"
	case "list":
		return "a list"
	}
	return kind
}

// standardPackages are those that are named most often without being imported.
var standardPackages = map[string]string{
	"strings": "strings", "list": "list", "math": "math", "regexp": "regexp", "strconv": "strconv",
	"json": "encoding/json", "yaml": "encoding/yaml", "time": "time", "net": "net", "struct": "struct",
}
