package report

import (
	"unicode/utf16"
	"unicode/utf8"

	"callpolicy/compiler/diag"
)

// utf16Column turns a column in bytes into one in UTF-16 code units, which is
// what editors and the viewers of other formats count. A byte that is no UTF-8
// counts as the one character that they show for it.
func utf16Column(line string, column int) int {
	units := 0
	for i := 0; i < len(line) && i < column-1; {
		r, size := utf8.DecodeRuneInString(line[i:])
		units += utf16.RuneLen(r)
		i += size
	}
	return units + 1
}

// span is a range as other programs want it: from 1, the end exclusive, columns
// in UTF-16 code units. Columns are 0 where they are not known, since only the
// text of the first line is; then the range reaches to the end of endLine.
type span struct {
	startLine, startColumn, endLine, endColumn int
}

// newSpan returns false for a range that is no more than a file.
func newSpan(at diag.Range) (span, bool) {
	if at.Start.Line < 1 {
		return span{}, false
	}
	s := span{
		startLine:   at.Start.Line,
		startColumn: 1,
		endLine:     max(at.End.Line, at.Start.Line),
	}
	if at.Start.Column > 1 {
		if at.Text == "" {
			return s, true
		}
		s.startColumn = utf16Column(at.Text, at.Start.Column)
	}
	switch {
	case at.End.Line == at.Start.Line && at.Text != "":
		s.endColumn = max(utf16Column(at.Text, at.End.Column), s.startColumn)
	case at.End.Column == 1 && at.End.Line > at.Start.Line:
		s.endColumn = 1
	}
	return s, true
}

// exact reports whether the span is the range to the character, as an edit must be.
func (s span) exact(at diag.Range) bool {
	return s.endColumn > 0 && (at.Start.Column <= 1 || at.Text != "")
}
