package yaml

import (
	"bytes"
	"strconv"
	"strings"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// place returns the range of a YAML node: a scalar whole, without the anchor or
// tag before it; of a mapping or list in braces as much as stands on its first
// line; of one without braces its first word; of a block of text the sign that
// opens it. The parser gives no ends, so they are read off the source.
func (t *text) place(n *syntax.Node) diag.Range {
	start := t.Offset(int(n.Line), int(n.Col))
	line := t.rest(start)
	if n.Kind != syntax.Map && n.Kind != syntax.List {
		start += propertiesEnd(line)
		line = t.rest(start)
	}
	return t.Span(start, start+t.length(n, line, t.Data[start:]))
}

// rest returns the source from an offset to the end of its line.
func (t *text) rest(start int) []byte {
	at := t.Position(start)
	line := t.Line(at.Line)
	return line[min(at.Column-1, len(line)):]
}

// propertiesEnd returns the length of anchors and tags, with the blanks behind
// them, where the value itself stands on the same line.
func propertiesEnd(line []byte) int {
	end := 0
	for end < len(line) && (line[end] == '&' || line[end] == '!') {
		word := bytes.IndexAny(line[end:], " \t")
		if word < 0 {
			return 0 // the value is further down
		}
		end += word
		end += len(line[end:]) - len(bytes.TrimLeft(line[end:], " \t"))
	}
	return end
}

// length returns how long a node is that starts with line and goes on in rest.
func (t *text) length(n *syntax.Node, line, rest []byte) int {
	if len(line) == 0 {
		return 0
	}
	switch c := line[0]; {
	case c == '"' || c == '\'':
		return quotedEnd(rest, c)
	case c == '{' || c == '[':
		return bracketEnd(line)
	case c == '*':
		return wordEnd(line)
	case n.Kind == syntax.Map && n.Len() > 0 && n.Key(0).Line == n.Line:
		return wordEnd(line)
	case n.Plain && n.Value != "":
		if end := plainEnd(rest, n.Value); end > 0 {
			return end
		}
	case n.Kind == syntax.Empty:
		return 0
	case c == '|' || c == '>' || c == '-':
		return 1
	}
	return wordEnd(line)
}

// quotedEnd returns the length of a quoted scalar, which may run over lines.
func quotedEnd(s []byte, quote byte) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quote == '"':
			i++
		case s[i] == quote && quote == '\'' && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1
		}
	}
	return len(s)
}

// plainEnd returns the length of an unquoted scalar, which may run over lines:
// there the value has a blank, or line breaks where lines were left empty. It
// is 0 where the source says something else than the value.
func plainEnd(s []byte, value string) int {
	blank := func(c byte) bool { return strings.IndexByte(" \t\r\n", c) >= 0 }
	at := 0
	for i := 0; i < len(value); {
		switch {
		case at == len(s):
			return 0
		case blank(value[i]) && blank(s[at]):
			for i < len(value) && blank(value[i]) {
				i++
			}
			for at < len(s) && blank(s[at]) {
				at++
			}
		case s[at] == value[i]:
			at, i = at+1, i+1
		default:
			return 0
		}
	}
	return at
}

// bracketEnd returns how far a mapping or list in braces reaches on its first
// line, as far as that is shown.
func bracketEnd(line []byte) int {
	line = line[:min(len(line), syntax.MaxText)]
	depth := 0
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case (c == '"' || c == '\'') && i > 0 && strings.IndexByte(" \t,:{[", line[i-1]) >= 0:
			i += quotedEnd(line[i:], c) - 1
		case c == '#' && (line[i-1] == ' ' || line[i-1] == '\t'): // the first byte is the bracket
			return len(bytes.TrimRight(line[:i], " \t"))
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(bytes.TrimRight(line, " \t"))
}

// wordEnd returns the length of an unquoted word: up to a colon and a blank, a
// comment, or a separator of flow style.
func wordEnd(line []byte) int {
	line = line[:min(len(line), syntax.MaxText)]
	for i, c := range line {
		last := i+1 == len(line)
		switch {
		case c == ':' && (last || line[i+1] == ' ' || line[i+1] == '\t'),
			c == '#' && i > 0 && (line[i-1] == ' ' || line[i-1] == '\t'),
			c == ',' || c == '}' || c == ']':
			return len(bytes.TrimRight(line[:i], " \t"))
		}
	}
	return len(bytes.TrimRight(line, " \t"))
}

// quoteName shows a name in a message: as it is where that is clear, else in
// quotes, and of a very long one the beginning.
func quoteName(name string) string {
	if len(name) > 60 {
		return strconv.Quote(strings.ToValidUTF8(name[:60], "") + "…")
	}
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == '"' || r == 0x7f }) {
		return strconv.Quote(name)
	}
	return name
}
