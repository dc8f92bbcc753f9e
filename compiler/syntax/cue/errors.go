package cue

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

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// Our own formats among those that CUE reports.
const (
	importFormat = "import %q leads outside the repository"
	externFormat = "files cannot be embedded"
	notCUEFormat = "this is not CUE: %s"

	unusedImport = " is imported and not used" // the end of what we say

	unknownFormat = "reference %q not found" // CUE's own
)

// group is what CUE says of one path.
type group struct {
	path   string
	errors []cueerrors.Error
}

// forms leaves one of the groups of a value that has none of several forms, for
// which CUE says why it is not each of them, and once more that it is none.
func (p *places) forms(groups []*group) []*group {
	gone := map[*group]bool{}
	for _, g := range groups {
		if format, _ := g.errors[0].Msg(); !strings.Contains(format, "empty disjunction") || len(g.errors) > 1 {
			continue
		}
		var below []*group
		words := false // one of them says that a word is none of several
		for _, other := range groups {
			if strings.HasPrefix(other.path, g.path+".") {
				below = append(below, other)
				words = words || len(other.errors) > 1 && p.phraseDisjunction(other.errors) != nil
			}
		}
		if words || len(below) == 1 {
			gone[g] = true
			continue
		}
		for _, other := range below {
			gone[other] = true
		}
	}
	return slices.DeleteFunc(groups, func(g *group) bool { return gone[g] })
}

// report phrases what CUE says is wrong, one diagnostic for each fault: CUE
// lists one mistaken word of four as five errors at one path, and a fault in a
// definition again for each field that uses it.
func (p *places) report(v cue.Value, err error) diag.List {
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
	groups = p.forms(groups)
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
	// An import that fails is also one that nothing uses.
	return slices.DeleteFunc(list, func(d *diag.Diagnostic) bool {
		return strings.HasSuffix(d.Summary, unusedImport) && slices.ContainsFunc(list, func(other *diag.Diagnostic) bool {
			return other != d && other.Subject == d.Subject
		})
	})
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
	for _, pos := range p.positions(e) {
		return p.files.at(pos)
	}
	// CUE gives no place: show the field at its path, or the nearest around it.
	for path := e.Path(); len(path) > 0 && v.Exists(); path = path[:len(path)-1] {
		target := v.LookupPath(cue.ParsePath(pathString(path)))
		if fields := p.fieldsOf(target); len(fields) > 0 {
			return p.files.at(fields[0].Label.Pos())
		}
	}
	return p.files.offset(p.unit.Files[0], 0, syntax.String)
}

// placeOf returns where value is written among the places of a fault, and the others.
func (p *places) placeOf(f fault, value string) (diag.Range, []token.Pos) {
	for i, pos := range f.at {
		text := p.textAt(pos)
		// Structs and lists are shown otherwise than they are written.
		written := value != "" && (strings.HasPrefix(text, value) || strings.HasPrefix(text, value[:1]) && strings.Contains("[{", value[:1]))
		if written {
			return p.files.at(pos), slices.Delete(slices.Clone(f.at), i, i+1)
		}
	}
	return p.secondPlace(f)
}

// literal returns where the struct, list or literal is written that a fault of
// the given value is about, if the field at its path holds one.
func (p *places) literal(v cue.Value, e cueerrors.Error, value string) token.Pos {
	if !v.Exists() || value == "" {
		return token.NoPos
	}
	found := token.NoPos
	var visit func(x ast.Expr)
	visit = func(x ast.Expr) {
		switch x := x.(type) {
		case *ast.BinaryExpr:
			if x.Op == token.AND {
				visit(x.X)
				visit(x.Y)
			}
		case *ast.ParenExpr:
			visit(x.X)
		case *ast.BasicLit, *ast.StructLit, *ast.ListLit:
			if strings.HasPrefix(p.textAt(x.Pos()), value[:1]) {
				found = earlier(found, x.Pos())
			}
		}
	}
	for _, f := range p.fieldsOf(v.LookupPath(cue.ParsePath(pathString(e.Path())))) {
		visit(f.Value)
	}
	return found
}

// secondPlace returns the last place of a fault by file and line, since what
// came later is more likely the mistake, and the others.
func (p *places) secondPlace(f fault) (diag.Range, []token.Pos) {
	if len(f.at) == 0 {
		return p.files.offset(p.unit.Files[0], 0, syntax.String), nil
	}
	at := slices.Clone(f.at)
	if !slices.ContainsFunc(f.args, func(arg string) bool { return strings.HasPrefix(arg, "{") }) {
		// The struct around a value takes part in it, but is not the value.
		if inner := slices.DeleteFunc(slices.Clone(at), func(pos token.Pos) bool { return strings.HasPrefix(p.textAt(pos), "{") }); len(inner) > 0 {
			at = inner
		}
	}
	// So does a reference to it.
	if literal := slices.DeleteFunc(slices.Clone(at), func(pos token.Pos) bool {
		return !slices.ContainsFunc(f.args, func(arg string) bool { return arg != "" && strings.HasPrefix(p.textAt(pos), arg) })
	}); len(literal) > 1 {
		at = literal
	}
	last := slices.MaxFunc(at, token.Pos.Compare)
	return p.files.at(last), slices.DeleteFunc(at, func(pos token.Pos) bool { return pos == last })
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

func (p *places) takeApart(e cueerrors.Error) fault {
	format, args := e.Msg()
	f := fault{format: format, at: p.positions(e), path: pathString(policyPath(e))}
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

// positions returns the places of an error that somebody can look at, each once:
// what stands there was written in a file of the repository. The conditions and
// loops around a value come last, since they seldom decide what it is.
func (p *places) positions(e cueerrors.Error) []token.Pos {
	var out, around []token.Pos
	seen := map[string]bool{}
	for _, pos := range append([]token.Pos{e.Position()}, e.InputPositions()...) {
		if !pos.HasAbsPos() || !p.files.holds(strings.TrimPrefix(pos.Filename(), "/"), pos.Offset()) {
			continue
		}
		start, clause := p.files.begin(pos)
		if seen[start.String()] {
			continue
		}
		seen[start.String()] = true
		if clause {
			around = append(around, start)
		} else {
			out = append(out, start)
		}
	}
	if len(out) == 0 {
		return around
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
func oneLine(text string) string { return shorten(text, 80) }

// whole is a sentence of CUE's, which says at its end what matters. The values
// in it may be of any length, so it has an end all the same.
func whole(text string) string { return shorten(text, 400) }

func shorten(text string, length int) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > length {
		return string(r[:length-1]) + "…"
	}
	return text
}
