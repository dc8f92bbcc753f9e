package rules

import (
	"bytes"
	"fmt"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

func (g *guard) invalid(at diag.Range, format string, args ...any) *diag.Diagnostic {
	d := diag.New(diag.RuleInvalid, at, format, args...)
	if len(g.diags) < syntax.MaxFaults {
		g.diags.Add(d)
	}
	return d
}

// cueError turns what CUE says into diagnostics, one for each place.
func (g *guard) cueError(err error, file string) {
	said := map[string]bool{}
	for _, e := range errors.Errors(err) {
		pos := e.Position()
		for _, p := range errors.Positions(e) { // the first place in the organization's own files
			if g.sources[p.Filename()] != nil {
				pos = p
				break
			}
		}
		at := g.rangeOf(nil, pos)
		if at.IsZero() {
			at = diag.Range{File: file, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}}
		}
		format, args := e.Msg()
		message := fmt.Sprintf(format, args...)
		if key := at.String() + message; !said[key] {
			said[key] = true
			g.invalid(at, "%s", strings.TrimSuffix(message, ":")).Try("cue vet shows the same fault.")
		}
	}
}

// rangeOf returns the range of a node, or else of the word at a position.
func (g *guard) rangeOf(n ast.Node, pos token.Pos) diag.Range {
	end := token.NoPos
	if n != nil {
		if f, ok := n.(*ast.Field); ok {
			n = f.Label
		}
		pos, end = n.Pos(), n.End()
	}
	data := g.sources[pos.Filename()]
	if data == nil || !pos.IsValid() {
		return diag.Range{}
	}
	line, col := pos.Line(), pos.Column()
	lines := bytes.Split(data, []byte("\n"))
	if line < 1 || line > len(lines) {
		return diag.Range{}
	}
	r := diag.Range{File: pos.Filename(), Start: diag.Pos{Line: line, Column: col}, End: diag.Pos{Line: line, Column: col + 1}}
	r.Text = strings.TrimSuffix(string(lines[line-1]), "\r")
	if end.IsValid() && end.Line() == line {
		r.End.Column = end.Column()
	} else if col-1 < len(r.Text) {
		if i := strings.IndexAny(r.Text[col-1:], " \t,:})]"); i > 0 {
			r.End.Column = col + i
		}
	}
	return r
}
