package syntax

import (
	"bytes"
	"sort"
	"sync"
	"unicode/utf8"

	"callpolicy/compiler/diag"
)

// text is the source of a file as an editor shows it: lines, and byte columns
// within them. A byte-order mark belongs to no line. It may be asked from
// several goroutines.
type text struct {
	file string
	data []byte

	scan   sync.Once
	starts []int32 // offset of each line, made when first needed

	marks map[int][]int32 // for long lines: the offset of every markEvery-th character
}

// maxText bounds how much of a line a range shows. A file may be one line of
// many megabytes, and there may be thousands of faults in it.
const maxText = 4 << 10

var bom = []byte("\xef\xbb\xbf")

// newText returns the source without its byte-order mark.
func newText(file string, data []byte) *text {
	return &text{file: file, data: bytes.TrimPrefix(data, bom)}
}

// lineStarts finds where lines begin, with the line breaks that YAML knows, so
// that a line number of the parser leads to the same line here.
func (t *text) lineStarts() []int32 {
	t.scan.Do(func() {
		t.starts = append(t.starts, 0)
		for i := 0; i < len(t.data); i++ {
			switch c := t.data[i]; {
			case c == '\n':
			case c == '\r':
				if i+1 < len(t.data) && t.data[i+1] == '\n' {
					i++
				}
			case c == 0xC2 && i+1 < len(t.data) && t.data[i+1] == 0x85: // next line
				i++
			case c == 0xE2 && i+2 < len(t.data) && t.data[i+1] == 0x80 && t.data[i+2]|1 == 0xA9: // line and paragraph separator
				i += 2
			default:
				continue
			}
			t.starts = append(t.starts, int32(i+1))
		}
	})
	return t.starts
}

// line returns a line, counted from 1, without its line break.
func (t *text) line(n int) []byte {
	starts := t.lineStarts()
	if n < 1 || n > len(starts) {
		return nil
	}
	end := len(t.data)
	if n < len(starts) {
		end = int(starts[n])
	}
	line := t.data[starts[n-1]:end]
	for _, br := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} {
		line = bytes.TrimSuffix(line, []byte(br))
	}
	return line
}

// offset returns where in the data a line and byte column are.
func (t *text) offset(line, col int) int {
	starts := t.lineStarts()
	if line < 1 || line > len(starts) {
		return len(t.data)
	}
	return min(int(starts[line-1])+max(col-1, 0), len(t.data))
}

// position returns the line and byte column of an offset.
func (t *text) position(offset int) diag.Pos {
	starts := t.lineStarts()
	line := sort.Search(len(starts), func(i int) bool { return int(starts[i]) > offset })
	return diag.Pos{Line: line, Column: offset - int(starts[line-1]) + 1}
}

// markEvery is how many characters of a long line lie between two marks.
const markEvery = 1 << 10

// byteColumn turns a column that counts characters into one that counts bytes.
// The parser asks for each value, so in a long line it does not count from the
// start each time. It is not for several goroutines.
func (t *text) byteColumn(line, col int) int {
	start := t.offset(line, 1)
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
	for ; left > 0 && at < len(t.data); left-- {
		_, size := utf8.DecodeRune(t.data[at:])
		at += size
	}
	return at - start + 1
}

// mark notes where every markEvery-th character of the line from start on is.
func (t *text) mark(start int) []int32 {
	end := len(t.data)
	if next := t.position(start).Line; next < len(t.starts) {
		end = int(t.starts[next])
	}
	var marks []int32
	for at, n := start, 0; at < end; n++ {
		if n%markEvery == 0 {
			marks = append(marks, int32(at))
		}
		_, size := utf8.DecodeRune(t.data[at:])
		at += size
	}
	return marks
}

// span returns the range from an offset to another. Of a very long line it
// shows the beginning, and of a range further on no text at all, so that a
// column always counts in the text that stands beside it.
func (t *text) span(start, end int) diag.Range {
	r := diag.Range{File: t.file, Start: t.position(start)}
	r.End = t.position(max(start, end))
	line := t.line(r.Start.Line)
	if len(line) > maxText {
		cut := maxText
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

// wholeLine returns the range of what is written on a line, without indentation
// and without blanks behind it.
func (t *text) wholeLine(n int) diag.Range {
	line := t.line(n)
	start := t.offset(n, 1)
	indent := len(line) - len(bytes.TrimLeft(line, " \t"))
	end := max(len(bytes.TrimRight(line, " \t")), indent)
	return t.span(start+indent, start+end)
}
