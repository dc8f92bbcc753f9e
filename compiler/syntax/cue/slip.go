package cue

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"cuelang.org/go/cue/scanner"
	"cuelang.org/go/cue/token"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// notCUE begins what is said of a fault for which there are no better words.
const notCUE = "this is not CUE: "

// slips explains what CUE's parser did not understand in one file.
type slips struct {
	files    *sources
	name     string
	text     []byte
	brackets *brackets // nil until somebody asks
}

func newSlips(files *sources, name string, text []byte) *slips {
	return &slips{files: files, name: name, text: text}
}

// slip is what CUE's parser did not understand, with the line that it is on.
type slip struct {
	*slips
	offset int    // where the parser noticed
	line   string // the line, without its end
	at     int    // the offset within the line
	start  int    // the offset of the line
	words  string // what the parser says
}

// explain says what is wrong with CUE that does not parse, from what the
// parser says and from what the line looks like. Those who write policies know
// YAML better, so most slips are something that YAML would allow.
func (f *slips) explain(offset int, words string) *diag.Diagnostic {
	if offset < 0 || offset > len(f.text) {
		return diag.New(diag.LoadSyntax, clip(f.files.offset(f.name, offset, syntax.String)), notCUE+"%s", words)
	}
	s := slip{slips: f, offset: offset, words: words}
	s.start = bytes.LastIndexByte(f.text[:offset], '\n') + 1
	line := f.text[s.start:]
	if end := bytes.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	s.line = string(bytes.TrimSuffix(line, []byte("\r")))
	s.at = min(offset-s.start, len(s.line))
	for _, explain := range []func(slip) *diag.Diagnostic{
		slip.character, slip.elsewhere, slip.comment, slip.openString, slip.address, slip.dash, slip.importPath, slip.bracket, slip.separator,
	} {
		if d := explain(s); d != nil {
			return d
		}
	}
	return diag.New(diag.LoadSyntax, clip(f.files.offset(f.name, offset, syntax.String)), notCUE+"%s", words).
		Try("Compare it with the lines around it: a field is a name, a colon and a value; { and } hold fields, [ and ] items.")
}

// new makes a diagnostic at some bytes of the line.
func (s slip) new(from, to int, format string, args ...any) *diag.Diagnostic {
	r := s.files.offset(s.name, s.start+from, syntax.String)
	r.End = diag.Pos{Line: r.Start.Line, Column: to + 1}
	return diag.New(diag.LoadSyntax, r, format, args...)
}

// curly are the quotes that text programs make of straight ones.
const curly = "“”„‘’‚«»"

// character explains a character that CUE has no use for.
func (s slip) character() *diag.Diagnostic {
	if !strings.Contains(s.words, "illegal character") {
		return nil
	}
	r, size := utf8.DecodeRuneInString(s.line[s.at:])
	switch {
	case strings.ContainsRune(curly, r):
		return s.new(s.at, s.at+size, "the quote %c is a typographic one", r).
			Because("Text programs put such quotes in place of straight ones. CUE knows straight ones only.").
			Try(`Write " on both sides of the text.`)
	case unicode.IsSpace(r) || unicode.Is(unicode.C, r):
		return s.new(s.at, s.at+size, "there is an invisible character, U+%04X", r).
			Because("It looks like a blank, or like nothing, and is neither. It often comes along with copied text.").
			Try("Delete it, and type a blank if there should be one.")
	}
	return s.new(s.at, s.at+size, "the character %c cannot stand here", r).
		Try(`Put text in double quotes.`)
}

// elsewhere explains what other languages have and CUE has not.
func (s slip) elsewhere() *diag.Diagnostic {
	switch before := s.line[:s.at]; {
	case strings.HasSuffix(before, "...") && s.at < len(s.line):
		return s.new(s.at-3, s.at, "... takes nothing over in CUE").
			Because("It says that a struct may have more fields, and stands at its end.").
			Try("To take over the fields of another struct, write its name alone, or name & { … }.")
	case strings.HasSuffix(before, ":") && strings.HasPrefix(s.line[s.at:], ":"):
		return s.new(s.at, s.at+1, "there is a colon too many").Try("Write one colon after the name.")
	}
	return nil
}

// comment explains a comment as YAML has it.
func (s slip) comment() *diag.Diagnostic {
	indent := len(s.line) - len(strings.TrimLeft(s.line, " \t"))
	if rest := s.line[indent:]; !strings.HasPrefix(rest, "#") || len(rest) > 1 && rest[1] != ' ' && rest[1] != '#' {
		return nil
	}
	return s.new(indent, indent+1, "in CUE, a comment begins with //").Try("Write // in place of #.")
}

func (s slip) openString() *diag.Diagnostic {
	if !strings.Contains(s.words, "not terminated") {
		return nil
	}
	return s.new(s.at, s.at+1, "a quote is opened here and not closed on this line").
		Try(`Put the same quote at the end of the text. Text of several lines stands between """ and """, each on a line of its own.`)
}

var bareAddress = regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+`)

// address explains an e-mail address without quotes.
func (s slip) address() *diag.Diagnostic {
	for _, m := range bareAddress.FindAllStringIndex(s.line, -1) {
		if m[0] <= s.at && s.at <= m[1] && strings.Count(s.line[:m[0]], `"`)%2 == 0 {
			return s.new(m[0], m[1], "an address needs double quotes").
				Because("Without them, CUE takes the @ for the beginning of something else.").Try("Write %q.", s.line[m[0]:m[1]])
		}
	}
	return nil
}

var (
	dashedName = regexp.MustCompile(`([A-Za-z_$][A-Za-z0-9_$]*(?:-[A-Za-z0-9_$]+)+)[ \t]*:`)
	dashedItem = regexp.MustCompile(`^[ \t]*-[ \t]`)
)

// dash explains a name with a dash in it, and an item as YAML has it.
func (s slip) dash() *diag.Diagnostic {
	for _, m := range dashedName.FindAllStringSubmatchIndex(s.line, -1) {
		if m[2] <= s.at && s.at <= m[1] && strings.Count(s.line[:m[2]], `"`)%2 == 0 {
			return s.new(m[2], m[3], "a name with a dash needs double quotes").
				Because("In CUE, a dash between two words is a minus sign.").Try("Write %q.", s.line[m[2]:m[3]])
		}
	}
	if m := dashedItem.FindStringIndex(s.line); m != nil {
		return s.new(m[1]-2, m[1]-1, "CUE has no lists with dashes").
			Because("In CUE, a dash is a minus sign.").Try("Write the list in brackets, with commas between its items: [\"a\", \"b\"].")
	}
	return nil
}

var bareImport = regexp.MustCompile(`^[ \t]*import[ \t]+([A-Za-z0-9_./:-]+)[ \t]*$`)

func (s slip) importPath() *diag.Diagnostic {
	m := bareImport.FindStringSubmatchIndex(s.line)
	if m == nil {
		return nil
	}
	return s.new(m[2], m[3], "the package needs double quotes").Try("Write import %q.", s.line[m[2]:m[3]])
}

// bracket explains a bracket that is never closed, or closes nothing.
func (s slip) bracket() *diag.Diagnostic {
	if at := s.line[s.at:]; strings.Contains(s.words, "expected operand") && at != "" && strings.Contains("}])", at[:1]) {
		return s.new(s.at, s.at+1, "a value is missing before the bracket %s", at[:1]).
			Try("Write the value, or delete the bracket if it is one too many.")
	}
	if s.brackets == nil {
		s.brackets = findBrackets(s.text)
	}
	b := s.brackets
	place := func(offset int, format string, args ...any) *diag.Diagnostic {
		r := s.files.offset(s.name, offset, syntax.String)
		r.End = diag.Pos{Line: r.Start.Line, Column: r.Start.Column + 1}
		return diag.New(diag.LoadSyntax, r, format, args...)
	}
	switch {
	case b.stop == token.EOF && b.open && (s.offset >= len(s.text) || strings.Contains(s.words, "end of the file")):
		return place(b.last.offset, "the bracket %s is not closed", b.last.tok).
			Because("Everything up to the matching bracket belongs to it, and there is none.").Try("Close it with %s.", closing[b.last.tok])
	case b.stop == token.EOF || b.stop == token.INTERPOLATION:
		return nil
	case !b.open && b.at >= s.offset:
		return place(b.at, "the bracket %s closes nothing", b.stop).Try("Delete it, or open it further up.")
	case b.open && b.at == s.offset:
		return place(b.last.offset, "the bracket %s is not closed", b.last.tok).
			Because("The bracket %s further down closes another one.", b.stop).Try("Close it with %s.", closing[b.last.tok])
	}
	return nil
}

// brackets is where the brackets of a file stop to match.
type brackets struct {
	stop token.Token // the closing bracket that fits none, or the end of the file, or text with values in it, where brackets are another matter
	at   int         // where that is
	open bool        // a bracket is open there
	last opened      // the last of them
}

type opened struct {
	offset int
	tok    token.Token
}

var closing = map[token.Token]string{token.LBRACE: "}", token.LBRACK: "]", token.LPAREN: ")"}

func findBrackets(text []byte) *brackets {
	var open []opened
	var scan scanner.Scanner
	scan.Init(token.NewFile("", -1, len(text)), text, func(token.Pos, string, []any) {}, 0)
	for {
		pos, tok, _ := scan.Scan()
		switch tok {
		case token.LBRACE, token.LBRACK, token.LPAREN:
			open = append(open, opened{pos.Offset(), tok})
			continue
		case token.RBRACE, token.RBRACK, token.RPAREN:
			if n := len(open); n > 0 && closing[open[n-1].tok] == tok.String() {
				open = open[:n-1]
				continue
			}
		case token.INTERPOLATION, token.EOF:
		default:
			continue
		}
		b := &brackets{stop: tok, at: pos.Offset(), open: len(open) > 0}
		if b.open {
			b.last = open[len(open)-1]
		}
		return b
	}
}

var (
	nextField = regexp.MustCompile(`^(?:"[^"]*"|[A-Za-z_#$][A-Za-z0-9_$]*)[?!]?[ \t]*:`)
	// startsValue is what may follow a name whose colon was forgotten.
	startsValue = regexp.MustCompile(`^(?:true\b|false\b|null\b|[0-9"'{\[])`)
	lastWord    = regexp.MustCompile(`(?:^|[ \t{,:])("[^"]*"|[A-Za-z_#$][A-Za-z0-9_$]*)[ \t]*=?[ \t]*$`)
)

// separator explains what should stand between two words and does not.
func (s slip) separator() *diag.Diagnostic {
	if !strings.Contains(s.words, "','") && !strings.Contains(s.words, "expected label or ':'") && !strings.Contains(s.words, "expected ':'") {
		return nil
	}
	if strings.HasPrefix(strings.TrimSpace(s.line), "package ") {
		return nil
	}
	next := nextField.FindStringIndex(s.line[s.at:])
	m := lastWord.FindStringSubmatchIndex(s.line[:s.at])
	isValue := false
	if m != nil {
		isValue = strings.HasSuffix(strings.TrimRight(s.line[:m[2]], " \t"), ":")
	}
	if next != nil && (m == nil || isValue) && strings.TrimSpace(s.line[:s.at]) != "" {
		return s.new(s.at, s.at+next[1]-1, "a comma is missing before this").
			Because("Fields on one line are separated by commas.").Try("Put a comma before it, or start a new line.")
	}
	if m != nil {
		word := s.line[m[2]:m[3]]
		if isValue && !startsValue.MatchString(s.line[s.at:]) {
			to := len(strings.TrimRight(s.line, " \t,}"))
			return s.new(m[2], to, "text needs double quotes").
				Because("Without them, each word is a name or a value by itself.").Try("Write %q.", strings.ReplaceAll(s.line[m[2]:to], `"`, ""))
		}
		return s.new(m[2], m[3], "a colon is missing after %s", word).
			Because("A field is a name, a colon and a value.").Try("Write %s: and the value.", word)
	}
	return nil
}
