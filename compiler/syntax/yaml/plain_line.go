package yaml

import (
	"strings"

	"callpolicy/compiler/syntax"
)

// maxPlainKey bounds the bytes from the start of a key to its colon. YAML allows
// some more, but counts in characters.
const maxPlainKey = 1000

// colon passes over the colon that makes a key of what was read last. Where it
// says no and a colon is there all the same, nobody else will take it.
func (r *plainReader) colon(inBraces bool) bool {
	r.blanks()
	key := &r.open[len(r.open)-1]
	switch {
	case r.peek() != ':' || !r.blankAt(r.at+1) && (key.Plain || !inBraces):
		return false
	case key.Kind != syntax.String, key.Plain && key.Value == "<<", r.column()-int(key.Col) > maxPlainKey:
		return false
	}
	r.at++
	return true
}

// brackets reads a list or mapping in brackets that are closed on the line.
func (r *plainReader) brackets(kind syntax.Kind, closing byte) bool {
	if r.depth++; r.depth > maxPlainDepth {
		return false
	}
	defer func() { r.depth-- }()
	n, first := r.here(kind), len(r.open)
	for {
		r.at++ // the bracket, or a comma
		r.blanks()
		if r.peek() == closing {
			break // after a comma as well
		}
		if kind == syntax.Map && (!r.scalar(true) || !r.colon(true)) {
			return false
		}
		r.blanks()
		if !r.leaf(true) {
			return false
		}
		r.typed()
		r.blanks()
		if c := r.peek(); c == closing {
			break
		} else if c != ',' {
			return false
		}
	}
	r.at++
	return r.adopt(n, first)
}

// leaf reads a value that ends on its line. What words are, typed decides.
func (r *plainReader) leaf(inBrackets bool) bool {
	switch r.peek() {
	case '[':
		return r.brackets(syntax.List, ']')
	case '{':
		return r.brackets(syntax.Map, '}')
	}
	return r.scalar(inBrackets)
}

// scalar reads a word or a quoted text, for now as text.
func (r *plainReader) scalar(inBrackets bool) bool {
	n := r.here(syntax.String)
	ok := false
	switch r.peek() {
	case '"':
		n.Value, ok = r.doubleQuoted()
	case '\'':
		n.Value, ok = r.singleQuoted()
	default:
		n.Plain = true
		n.Value, ok = r.words(inBrackets)
	}
	r.open = append(r.open, n)
	return ok
}

// doubleQuoted reads a text in double quotes without escapes.
func (r *plainReader) doubleQuoted() (string, bool) {
	from := r.at + 1
	for i := from; i < len(r.text); i++ {
		switch r.text[i] {
		case '"':
			r.at = i + 1
			return r.text[from:i], true
		case '\\', '\n':
			return "", false
		}
	}
	return "", false
}

// singleQuoted reads a text in single quotes, in which a quote is doubled.
func (r *plainReader) singleQuoted() (string, bool) {
	from, doubled := r.at+1, false
	for i := from; i < len(r.text); i++ {
		switch {
		case r.text[i] == '\n':
			return "", false
		case r.text[i] != '\'':
		case i+1 < len(r.text) && r.text[i+1] == '\'':
			doubled = true
			i++
		default:
			r.at = i + 1
			if s := r.text[from:i]; doubled {
				return strings.ReplaceAll(s, "''", "'"), true
			}
			return r.text[from:i], true
		}
	}
	return "", false
}

// words reads text without quotes, and the blanks behind it.
func (r *plainReader) words(inBrackets bool) (string, bool) {
	from := r.at
	if !r.startsWord() {
		return "", false
	}
	i := from + 1
	for ; i < len(r.text); i++ {
		c := r.text[i]
		if !mayEndWord[c] {
			continue
		}
		switch c {
		case '\t':
			return "", false
		case ':':
			if inBrackets && i+1 < len(r.text) && isFlowSign(r.text[i+1]) {
				return "", false
			}
			if !r.blankAt(i + 1) {
				continue
			}
		case '#':
			if r.text[i-1] != ' ' {
				continue
			}
		case '\n', '\r':
		default:
			if !inBrackets {
				continue
			}
		}
		break
	}
	r.at = i
	return strings.TrimRight(r.text[from:i], " "), true
}

// mayEndWord are the bytes that end a word, at least before a blank, behind one,
// or in brackets, and those that are not for us to judge.
var mayEndWord = [256]bool{
	'\n': true, '\r': true, '\t': true, ':': true, '#': true,
	',': true, '[': true, ']': true, '{': true, '}': true, '?': true,
}

// startsWord tells whether text without quotes may start with the next byte, and
// not something else that YAML knows.
func (r *plainReader) startsWord() bool {
	switch c := r.peek(); c {
	case 0, ' ', '\t', '\n', '\r', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`', '?', ':':
		return false
	case '-':
		if r.at+1 == len(r.text) {
			return false
		}
		next := r.text[r.at+1]
		return next == '.' || isDigit(next) || next >= 'A' && next <= 'Z' || next >= 'a' && next <= 'z'
	case '.':
		return !strings.HasPrefix(r.text[r.at:], "...") // the end of a document, perhaps
	}
	return true
}

// typed decides what the scalar that was read last is, if it has no quotes.
// Its first byte tells of most text that it is nothing else; what may be a
// number or a date is for yaml.v3 to judge.
func (r *plainReader) typed() {
	n := &r.open[len(r.open)-1]
	if n.Kind != syntax.String || !n.Plain {
		return
	}
	switch c := n.Value[0]; c {
	case 't', 'T', 'f', 'F':
		switch n.Value {
		case "true", "True", "TRUE":
			n.Kind, n.Value = syntax.Bool, "true"
		case "false", "False", "FALSE":
			n.Kind, n.Value = syntax.Bool, "false"
		}
	case 'n', 'N', '~':
		switch n.Value {
		case "null", "Null", "NULL", "~":
			n.Kind = syntax.Null
		}
	case '.', '+', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		if isSmallNumber(n.Value) {
			n.Kind = syntax.Int
		} else {
			n.Kind = numberKind(n.Value)
		}
	}
}

// isSmallNumber tells whether s is a whole number of the kind that people write.
func isSmallNumber(s string) bool {
	if s[0] == '0' || len(s) > len("999999999") {
		return s == "0"
	}
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
