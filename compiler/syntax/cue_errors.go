package syntax

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	cueerrors "cuelang.org/go/cue/errors"
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
	if _, ok := errors.AsType[*load.PackageError](e); ok {
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
	if cause := cueerrors.Unwrap(e); cause != nil {
		if inner, ok := errors.AsType[cueerrors.Error](cause); ok {
			parts = append(parts, message(inner))
		} else {
			parts = append(parts, cause.Error())
		}
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
