package yaml

import (
	"bytes"
	"slices"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// standard refuses what the library reads otherwise than YAML 1.2 says, or
// takes although it is no YAML. It goes by the text, from where the library says
// that something begins. The plain reader leaves all such files to the library.
type standard struct {
	src   *text
	diags diag.List
	texts [][2]int // where text in quotes begins and ends
}

// hiddenBreaks reports the invisible line breaks outside of text in quotes, and in
// it those that the library would make blanks of.
func hiddenBreaks(src *text, texts [][2]int) diag.List {
	if syntax.UsualBreaks(src.Data) {
		return nil
	}
	return syntax.Separators(src.Text, func(offset int) bool {
		if src.Data[offset] == 0xC2 { // U+0085
			return false
		}
		return slices.ContainsFunc(texts, func(t [2]int) bool { return t[0] < offset && offset < t[1] }) &&
			!isSpace(src.Data[offset-1]) && !isSpace(src.Data[offset+len("\u2028")])
	})
}

// What it refuses. The words for tabs and escapes are those of the slips.
var (
	noBlankBeforeComment = slip{
		words: "a blank is missing before the #", why: "A # begins a comment only with a blank before it.",
		try: "Write a blank before the #; if the # belongs to the text, put the text in quotes.",
	}
	tooFarLeft = slip{
		words: "this line is not indented deep enough",
		why:   "What stands in brackets or quotes and goes on over lines belongs to the line where it began, so all of its lines are indented deeper.",
		try:   "Indent the line by at least one space more than the key or dash that it belongs to.",
	}
	loneDash = slip{
		words: "a dash cannot stand alone between brackets", why: "In brackets, items are separated by commas, and a dash makes no item.",
		try: "Delete the dash, or put it in quotes if it is meant as text.",
	}
	questionMark = slip{
		words: "a value in brackets cannot start with ?", why: "YAML readers disagree on what it means.",
		try: "Put the text in quotes.",
	}
	colonAtEnd = slip{
		words: "a word in brackets cannot end with a colon", why: "YAML readers disagree on whether the colon belongs to it.",
		try: "Write a blank and a value after the colon, or put the word in quotes.",
	}
	anchorName = slip{
		words: "the name of an anchor cannot hold {sign}", why: "YAML readers disagree on where such a name ends.",
		try: "Give it a name of letters, digits, dashes and underscores.",
	}
	loneTag = slip{
		words: "the tag ! is not used here", why: "A tag tells a program how to read a value. callpolicy reads plain YAML only.",
		try: "Leave the tag out; if the exclamation mark belongs to the text, put all of it in quotes.",
	}
	blankTooFar = slip{
		words: "this line holds more blanks than the text below it is indented",
		why:   "The first line of a text behind | or > that says something decides how far all of it is indented.",
		try:   "Delete the blanks on this line.",
	}
	directive = slip{
		words: "lines that begin with % are not used here", why: "Such a line tells a program how to read the file. callpolicy reads YAML 1.2 as it is.",
		try: "Delete the line.",
	}
)

func (s *standard) say(what *slip, from, to int) {
	if len(s.diags) < syntax.MaxFaults {
		s.diags.Add(what.say(place{at: s.src.Span(from, to), sign: string(s.src.Data[from:to])}))
	}
}

// byteAt returns a byte, or 0 behind the end.
func (s *standard) byteAt(i int) byte {
	if i < len(s.src.Data) {
		return s.src.Data[i]
	}
	return 0
}

func isBreak(c byte) bool { return c == '\n' || c == '\r' || c == 0 }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || isBreak(c) }

func isFlowSign(c byte) bool { return bytes.IndexByte([]byte(",[]{}"), c) >= 0 }

// lineEnd returns where the line of an offset ends.
func (s *standard) lineEnd(i int) int {
	for !isBreak(s.byteAt(i)) {
		i++
	}
	return i
}

// comment looks for a comment that directly follows what ends at an offset.
func (s *standard) comment(at int) {
	if s.byteAt(at) == '#' {
		s.say(&noBlankBeforeComment, at, at+1)
	}
}

// nextLine goes over a line break to the next line that says something, which has
// to be indented deeper than n. In brackets there may be comments.
func (s *standard) nextLine(at, n int, brackets bool) int {
	for at < len(s.src.Data) {
		if at++; s.byteAt(at-1) == '\r' && s.byteAt(at) == '\n' {
			at++
		}
		start := at
		for s.byteAt(at) == ' ' {
			at++
		}
		spaces, tab := at-start, s.byteAt(at) == '\t'
		for s.byteAt(at) == '\t' || s.byteAt(at) == ' ' {
			at++
		}
		switch {
		case at >= len(s.src.Data):
			return at
		case isBreak(s.byteAt(at)):
			continue
		case brackets && s.byteAt(at) == '#':
			at = s.lineEnd(at)
			continue
		case brackets && spaces == n && !tab && (s.byteAt(at) == ']' || s.byteAt(at) == '}'):
			// The standard wants this one deeper, too; everybody writes it so, and
			// there is no other way to read it.
		case spaces <= n && tab:
			s.say(&slips[0], start+spaces, start+spaces+1)
		case spaces <= n:
			s.say(&tooFarLeft, at, s.lineEnd(at))
		}
		return at
	}
	return at
}

// quoted goes over a text in quotes.
func (s *standard) quoted(at, n int) int {
	quote := s.byteAt(at)
	for at++; at < len(s.src.Data); {
		switch c := s.src.Data[at]; {
		case c == quote && quote == '\'' && s.byteAt(at+1) == quote:
			at += 2
		case c == quote:
			return at + 1
		case c == '\\' && quote == '"':
			if s.byteAt(at+1) == '\'' {
				s.say(&unknownEscape, at, at+2)
			}
			if at++; !isBreak(s.byteAt(at)) {
				at++
			}
		case isBreak(c):
			at = s.nextLine(at, n, false)
		default:
			at++
		}
	}
	return at
}

// name goes over the name of an anchor or alias.
func (s *standard) name(at int, brackets bool) int {
	for at++; ; at++ {
		switch c := s.byteAt(at); {
		case isSpace(c) || brackets && isFlowSign(c):
			return at
		case c == '-' || c == '_' || isDigit(c) || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z':
		default:
			s.say(&anchorName, at, at+1)
			for !isSpace(s.byteAt(at)) {
				at++
			}
			return at
		}
	}
}

// properties goes over anchors and tags on the line of what they belong to.
func (s *standard) properties(at int, brackets bool) int {
	for {
		switch s.byteAt(at) {
		case '&':
			at = s.name(at, brackets)
		case '!':
			from := at
			for !isSpace(s.byteAt(at)) && !(brackets && isFlowSign(s.byteAt(at))) {
				at++
			}
			if at == from+1 {
				s.say(&loneTag, from, at)
			}
		default:
			return at
		}
		for s.byteAt(at) == ' ' || s.byteAt(at) == '\t' {
			at++
		}
	}
}

// brackets goes over a mapping or list in brackets.
func (s *standard) brackets(at, n int) int {
	depth, word := 0, false // word: in text without quotes
	for at < len(s.src.Data) {
		c := s.src.Data[at]
		next := s.byteAt(at + 1)
		switch {
		case isBreak(c):
			at = s.nextLine(at, n, true)
			continue
		case c == ' ' || c == '\t':
			at++
			continue
		case c == '#' && isSpace(s.byteAt(at-1)):
			word = false
			at = s.lineEnd(at)
			continue
		case c == '#' && !word:
			s.comment(at)
			at = s.lineEnd(at)
			continue
		case c == '[' || c == '{':
			depth, word = depth+1, false
		case c == ']' || c == '}':
			word = false
			if depth--; depth == 0 {
				s.comment(at + 1)
				return at + 1
			}
		case c == ',':
			word = false
		case c == ':' && word && isFlowSign(next):
			s.say(&colonAtEnd, at, at+1)
		case c == ':' && isSpace(next):
			word = false
		case word || c == ':':
		case c == '"' || c == '\'':
			from := at
			at = s.quoted(at, n)
			s.texts = append(s.texts, [2]int{from, at})
			continue
		case c == '&' || c == '!':
			at = s.properties(at, true)
			continue
		case c == '*':
			at = s.name(at, true)
			continue
		case c == '-' && (isFlowSign(next) || isSpace(next)):
			s.say(&loneDash, at, at+1)
		case c == '?' && !isSpace(next):
			s.say(&questionMark, at, at+1)
			word = true
		case c == '?':
		default:
			word = true
		}
		at++
	}
	return at
}

// block looks at a text behind | or >.
func (s *standard) block(at, n int) {
	at++
	given := false // how far it is indented
	for c := s.byteAt(at); c == '+' || c == '-' || isDigit(c); c = s.byteAt(at) {
		given = given || isDigit(c)
		at++
	}
	s.comment(at)
	at = s.lineEnd(at)
	widest, widestAt := 0, 0
	for !given && at < len(s.src.Data) {
		if at++; s.byteAt(at-1) == '\r' && s.byteAt(at) == '\n' {
			at++
		}
		start := at
		for s.byteAt(at) == ' ' {
			at++
		}
		switch spaces := at - start; {
		case at >= len(s.src.Data):
			return
		case isBreak(s.byteAt(at)) && spaces > widest:
			widest, widestAt = spaces, start
		case isBreak(s.byteAt(at)):
		default:
			if spaces > n && spaces < widest {
				s.say(&blankTooFar, widestAt+spaces, widestAt+widest)
			}
			return
		}
	}
}

// directives looks for lines that begin with % before a document.
func (s *standard) directives() {
	before := true
	for line := 1; line <= s.src.Lines(); line++ {
		switch text := s.src.Line(line); {
		case before && bytes.HasPrefix(text, []byte("%")):
			at := s.src.Offset(line, 1)
			s.say(&directive, at, at+len(text))
		case bytes.HasPrefix(text, []byte("...")):
			before = true
		case !isBlank(text):
			before = false
		}
	}
}
