package cue

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue/ast"
	cueerrors "cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/scanner"
	"cuelang.org/go/cue/token"

	"callpolicy/compiler/diag"
)

// CUE's parser takes time with the square of the faults it finds: it looks for
// each among those before. So it never gets to see very many of them.
const (
	faultyBytes = 32 << 10 // from the first fault on, in which all are found
	fewBytes    = 32 << 10 // a file in which there cannot be too many
	fewFaults   = 1000     // that the scanner may find in a larger one
)

// parseFile parses a file that is text and not too deep. Of a file with faults it
// finds the first on each of some lines, and all in a piece of it; the syntax is
// that of the piece.
func parseFile(name string, text []byte, opts ...parser.Option) (*ast.File, error) {
	cut := scannable(text)
	var some []cueerrors.Error // one a line, and not many
	if cut == len(text) {
		file, err := parser.ParseFile(name, text, opts...)
		if err == nil {
			return file, nil
		}
		some = cueerrors.Errors(err)
		cut = min(cut, some[0].Position().Offset()+faultyBytes)
	}
	file, err := parser.ParseFile(name, text[:cut], append(opts, parser.AllErrors)...)
	var all cueerrors.Error
	for _, e := range cueerrors.Errors(err) {
		if cut == len(text) || e.Position().Offset() < cut { // what is open at the cut is closed further down
			all = cueerrors.Append(all, e)
		}
	}
	for _, e := range some {
		if cut < len(text) && e.Position().Offset() >= cut {
			all = cueerrors.Append(all, e)
		}
	}
	return file, all
}

// scannable returns how much of a file may be given to the parser: all of it,
// unless a large file is full of what the scanner takes offense at.
func scannable(text []byte) int {
	if len(text) <= fewBytes {
		return len(text)
	}
	faults, cut := 0, len(text)
	scan(text, func(offset int) {
		if faults++; faults == fewFaults {
			cut = offset
		}
	}, func(int, token.Token) bool { return faults < fewFaults })
	return cut
}

// hiddenFromCUE says why CUE leaves out a file of this name, or nothing.
func hiddenFromCUE(base string) string {
	switch {
	case strings.HasPrefix(base, "_"):
		return "its name begins with an underscore"
	case strings.HasPrefix(base, "."):
		return "its name begins with a dot"
	case strings.HasSuffix(base, "_test.cue"):
		return "its name ends in _test.cue"
	case strings.HasSuffix(base, "_tool.cue"):
		return "its name ends in _tool.cue"
	}
	return ""
}

// maxCondition bounds the bytes of the condition of an @if, which CUE's parser
// follows without a bound of its own.
const maxCondition = 1000

// buildAttribute returns the attribute at the top of a file that decides
// whether CUE builds it, and whether it does. No build tag is ever set.
func buildAttribute(file *ast.File) (attr *ast.Attribute, built bool, err error) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.Attribute:
			switch key, body := d.Split(); key {
			case "ignore":
				return d, false, nil
			case "if":
				if len(body) > maxCondition {
					return d, false, errors.New("it is too long")
				}
				cond, err := parser.ParseExpr("", body)
				if err != nil {
					return d, false, errors.New("it is not an expression")
				}
				built, err := untagged(cond)
				return d, built, err
			}
		case *ast.CommentGroup:
		default:
			return nil, true, nil
		}
	}
	return nil, true, nil
}

// untagged evaluates the condition of an @if with every tag unset.
func untagged(cond ast.Expr) (bool, error) {
	switch x := cond.(type) {
	case *ast.Ident:
		return false, nil
	case *ast.ParenExpr:
		return untagged(x.X)
	case *ast.UnaryExpr:
		v, err := untagged(x.X)
		if x.Op == token.NOT {
			return !v, err
		}
	case *ast.BinaryExpr:
		a, err := untagged(x.X)
		b, err2 := untagged(x.Y)
		switch err = errors.Join(err, err2); x.Op {
		case token.LAND:
			return a && b, err
		case token.LOR:
			return a || b, err
		}
	}
	return false, errors.New("only names, !, && and || may be used")
}

// externAttribute returns the attribute that would let the file embed others.
func externAttribute(file *ast.File) *ast.Attribute {
	for _, d := range file.Decls {
		if attr, ok := d.(*ast.Attribute); ok {
			if key, _ := attr.Split(); key == "extern" {
				return attr
			}
		}
	}
	return nil
}

func externDiagnostic(at diag.Range) *diag.Diagnostic {
	return diag.New(diag.LoadCueError, at, "CUE policies cannot embed other files").
		Because("An embedded file has no places of its own, so nobody could say where a value was written.").
		Try("Keep the data in a YAML file beside this one: YAML and CUE policies are read together.")
}

// notText returns the offset of the first byte that is not text, with words
// for it, or -1.
func notText(text []byte) (int, string) {
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return 0, "the file is UTF-16, not UTF-8"
	}
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return i, "the file holds a NUL byte"
	}
	if utf8.Valid(text) {
		return -1, ""
	}
	for i := 0; ; {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n <= 1 {
			return i, "the file is not valid UTF-8 here"
		}
		i += n
	}
}

func isText(text []byte) bool {
	offset, _ := notText(text)
	return offset < 0
}

// tooDeep returns the offset where a file becomes deeper than a recursive
// reader of its syntax should follow, or -1. Operators count as brackets do,
// since chains like !!!!x and a.b.c nest in the syntax tree.
func tooDeep(text []byte) int {
	suspect, hopeless := looksDeep(text)
	if !suspect || hopeless >= 0 {
		return hopeless
	}
	var before []int // the operators since the last comma, before each open bracket
	depth, run, tooFar := 0, 0, -1
	scan(text, nil, func(offset int, tok token.Token) bool {
		switch tok {
		case token.LBRACE, token.LBRACK, token.LPAREN:
			before = append(before, run)
			depth++
			run = 0
		case token.RBRACE, token.RBRACK, token.RPAREN:
			if n := len(before) - 1; n >= 0 {
				depth -= run + 1
				run = before[n]
				before = before[:n]
			}
		case token.COMMA:
			depth -= run
			run = 0
		case token.IDENT, token.INT, token.FLOAT, token.STRING, token.TRUE, token.FALSE, token.NULL,
			token.BOTTOM, token.ATTRIBUTE, token.COMMENT, token.INTERPOLATION:
		default:
			run++
			depth++
		}
		if depth > maxDepth {
			tooFar = offset
		}
		return tooFar < 0
	})
	return tooFar
}

// scan visits the tokens of a file, also those of values in text, until visit
// says no. Fault, if it is not nil, learns where the scanner takes offense.
func scan(text []byte, fault func(offset int), visit func(offset int, tok token.Token) bool) {
	var s scanner.Scanner
	s.Init(token.NewFile("", -1, len(text)), text, func(pos token.Pos, _ string, _ []any) {
		if fault != nil {
			fault(pos.Offset())
		}
	}, 0)
	var open []bool // the brackets, and whether they are of a value in text
	inText := false
	for {
		pos, tok, _ := s.Scan()
		switch n := len(open) - 1; tok {
		case token.EOF:
			return
		case token.INTERPOLATION:
			inText = true
		case token.LBRACE, token.LBRACK, token.LPAREN:
			open = append(open, inText)
			inText = false
		case token.RBRACE, token.RBRACK, token.RPAREN:
			if n >= 0 {
				if open[n] && tok == token.RPAREN {
					inText = strings.HasSuffix(s.ResumeInterpolation(), "(")
				}
				open = open[:n]
			}
		}
		if !visit(pos.Offset(), tok) {
			return
		}
	}
}

// looksDeep is the cheap question before: few files have so many brackets open
// or so long a piece without a comma or the end of a line. Where even text full
// of brackets cannot explain their number, it gives the offset.
func looksDeep(text []byte) (suspect bool, hopeless int) {
	depth, since := 0, 0
	last := byte('\n')
	for i, c := range text {
		since++
		switch c {
		case '{', '[', '(':
			depth++
			if depth > 50*maxDepth {
				return true, i
			}
		case '}', ']', ')':
			depth--
		case ',':
			since = 0
		case '\n':
			// An operator at the end of a line carries on in the next one.
			if !strings.ContainsRune("+-*/&|=!<>.:?([{", rune(last)) {
				since = 0
			}
			continue
		case ' ', '\t', '\r':
			continue
		}
		last = c
		suspect = suspect || depth > maxDepth/4 || since > 2*maxDepth
	}
	return suspect, -1
}
