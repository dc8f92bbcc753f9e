package syntax

import (
	"bytes"
	"sort"
	"sync"
	"unicode/utf8"

	"callpolicy/compiler/diag"
)

// Text is the source of a file as an editor shows it: lines, and byte columns
// within them. A byte-order mark belongs to no line. It may be asked from
// several goroutines.
type Text struct {
	File string // relative to the project folder, slash-separated
	Data []byte // without a byte-order mark; not to be changed

	lf     bool // lines end with LF alone
	scan   sync.Once
	starts []int32 // offset of each line, made when first needed

	marks map[int][]int32 // for long lines: the offset of every markEvery-th character
}

// MaxText bounds how much of a line a range shows. A file may be one line of
// many megabytes, and there may be thousands of faults in it.
const MaxText = 4 << 10

var bom = []byte("\xef\xbb\xbf")

// NewText returns the source without its byte-order mark.
func NewText(file string, data []byte) *Text {
	return &Text{File: file, Data: bytes.TrimPrefix(data, bom)}
}

// NewCUEText is NewText for CUE, in which lines end with LF alone.
func NewCUEText(file string, data []byte) *Text {
	t := NewText(file, data)
	t.lf = true
	return t
}

// MaxFaults is how many faults of one kind are told of a file. Nobody reads more
// at a time, and somebody may have made the file to be full of them.
const MaxFaults = 10_000

// Lines returns how many lines there are.
func (t *Text) Lines() int { return len(t.lineStarts()) }

// lineStarts finds where lines begin, so that a line number of the parser leads
// to the same line here.
func (t *Text) lineStarts() []int32 {
	t.scan.Do(func() {
		t.starts = append(t.starts, 0)
		for i := 0; i < len(t.Data); {
			n := lineBreak(t.Data[i:])
			if t.lf && n > 0 && t.Data[i+n-1] != '\n' {
				n = 0
			}
			if n > 0 {
				i += n
				t.starts = append(t.starts, int32(i))
			} else {
				i++
			}
		}
	})
	return t.starts
}

// lineBreak returns the length of the line break that data starts with, or 0.
// The line breaks of YAML 1.1, which the parser goes by, are known here alone.
func lineBreak(data []byte) int {
	switch c := data[0]; {
	case c == '\n':
		return 1
	case c == '\r' && len(data) > 1 && data[1] == '\n':
		return 2
	case c == '\r':
		return 1
	case c == 0xC2 && len(data) > 1 && data[1] == 0x85: // U+0085, next line
		return 2
	case c == 0xE2 && len(data) > 2 && data[1] == 0x80 && data[2]|1 == 0xA9: // U+2028, U+2029: line and paragraph separator
		return 3
	}
	return 0
}

// UsualBreaks reports whether all lines end with LF or CR LF, as they do nearly
// everywhere.
func UsualBreaks(data []byte) bool {
	for rest := data; ; {
		i := bytes.IndexByte(rest, '\r')
		if i < 0 {
			break
		}
		if rest = rest[i+1:]; len(rest) == 0 || rest[0] != '\n' {
			return false
		}
	}
	for _, first := range []byte{0xC2, 0xE2} {
		for rest := data; ; {
			i := bytes.IndexByte(rest, first)
			if i < 0 {
				break
			}
			if lineBreak(rest[i:]) > 0 {
				return false
			}
			rest = rest[i+1:]
		}
	}
	return true
}

// Line returns a line, counted from 1, without its line break.
func (t *Text) Line(n int) []byte {
	starts := t.lineStarts()
	if n < 1 || n > len(starts) {
		return nil
	}
	end := len(t.Data)
	if n < len(starts) {
		end = int(starts[n])
	}
	line := t.Data[starts[n-1]:end]
	for k := range min(len("\u2028"), len(line)) { // the longest is looked at first
		if at := max(len(line)-len("\u2028"), 0) + k; lineBreak(line[at:]) == len(line)-at {
			return line[:at]
		}
	}
	return line
}

// Offset returns where in the data a line and byte column are.
func (t *Text) Offset(line, col int) int {
	starts := t.lineStarts()
	if line < 1 || line > len(starts) {
		return len(t.Data)
	}
	return min(int(starts[line-1])+max(col-1, 0), len(t.Data))
}

// Position returns the line and byte column of an offset.
func (t *Text) Position(offset int) diag.Pos {
	starts := t.lineStarts()
	line := sort.Search(len(starts), func(i int) bool { return int(starts[i]) > offset })
	return diag.Pos{Line: line, Column: offset - int(starts[line-1]) + 1}
}

// markEvery is how many characters of a long line lie between two marks.
const markEvery = 1 << 10

// ByteColumn turns a column that counts characters into one that counts bytes.
// The parser asks for each value, so in a long line it does not count from the
// start each time. It is not for several goroutines.
func (t *Text) ByteColumn(line, col int) int {
	start := t.Offset(line, 1)
	at, left := start, col-1
	if left >= markEvery {
		marks, ok := t.marks[line]
		if !ok {
			marks = t.mark(start)
			if t.marks == nil {
				t.marks = map[int][]int32{}
			}
			t.marks[line] = marks
		}
		if i := min(left/markEvery, len(marks)-1); i > 0 {
			at, left = int(marks[i]), left-i*markEvery
		}
	}
	for ; left > 0 && at < len(t.Data); left-- {
		_, size := utf8.DecodeRune(t.Data[at:])
		at += size
	}
	return at - start + 1
}

// mark notes where every markEvery-th character of the line from start on is.
func (t *Text) mark(start int) []int32 {
	end := len(t.Data)
	if next := t.Position(start).Line; next < len(t.starts) {
		end = int(t.starts[next])
	}
	var marks []int32
	for at, n := start, 0; at < end; n++ {
		if n%markEvery == 0 {
			marks = append(marks, int32(at))
		}
		_, size := utf8.DecodeRune(t.Data[at:])
		at += size
	}
	return marks
}

// Span returns the range from an offset to another. Of a very long line it
// shows the beginning, and of a range further on no text at all, so that a
// column always counts in the text that stands beside it.
func (t *Text) Span(start, end int) diag.Range {
	r := diag.Range{File: t.File, Start: t.Position(start)}
	r.End = t.Position(max(start, end))
	line := t.Line(r.Start.Line)
	if len(line) > MaxText {
		cut := MaxText
		for cut > 0 && !utf8.RuneStart(line[cut]) {
			cut--
		}
		if line = line[:cut]; r.Start.Column > cut || r.End.Line == r.Start.Line && r.End.Column > cut+1 {
			line = nil
		}
	}
	r.Text = string(line)
	return r
}

// WholeLine returns the range of what is written on a line, without indentation
// and without blanks behind it.
func (t *Text) WholeLine(n int) diag.Range {
	line := t.Line(n)
	start := t.Offset(n, 1)
	indent := len(line) - len(bytes.TrimLeft(line, " \t"))
	end := max(len(bytes.TrimRight(line, " \t")), indent)
	return t.Span(start+indent, start+end)
}
