package syntax

import (
	"bytes"
	"unicode/utf8"

	"callpolicy/compiler/diag"
)

// text is the source of a file as an editor shows it: lines, and byte columns
// within them. A byte-order mark belongs to no line.
type text struct {
	file   string
	data   []byte
	starts []int32 // offset of each line; made when first needed
}

var bom = []byte("\xef\xbb\xbf")

// newText returns the source without its byte-order mark.
func newText(file string, data []byte) *text {
	return &text{file: file, data: bytes.TrimPrefix(data, bom)}
}

// lineStarts finds where lines begin, with the line breaks that YAML knows, so
// that a line number of the parser leads to the same line here.
func (t *text) lineStarts() []int32 {
	if t.starts != nil {
		return t.starts
	}
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
	return t.starts
}

// line returns the text of a line, counted from 1, without its line break.
func (t *text) line(n int) string {
	starts := t.lineStarts()
	if n < 1 || n > len(starts) {
		return ""
	}
	end := len(t.data)
	if n < len(starts) {
		end = int(starts[n])
	}
	return string(bytes.TrimRight(t.data[starts[n-1]:end], "\r\n\u0085\u2028\u2029"))
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
	lo, hi := 0, len(starts)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; int(starts[mid]) <= offset {
			lo = mid
		} else {
			hi = mid
		}
	}
	return diag.Pos{Line: lo + 1, Column: offset - int(starts[lo]) + 1}
}

// byteColumn turns a column that counts characters into one that counts bytes.
func (t *text) byteColumn(line, col int) int {
	at := t.offset(line, 1)
	start := at
	for range col - 1 {
		if at >= len(t.data) {
			break
		}
		_, size := utf8.DecodeRune(t.data[at:])
		at += size
	}
	return at - start + 1
}

// span returns the range from an offset to another.
func (t *text) span(start, end int) diag.Range {
	from := t.position(start)
	return diag.Range{File: t.file, Start: from, End: t.position(max(start, end)), Text: t.line(from.Line)}
}

// wholeLine returns the range of what is written on a line, without indentation.
func (t *text) wholeLine(n int) diag.Range {
	line := t.line(n)
	start := len(line) - len(trimIndent(line))
	return diag.Range{
		File: t.file, Text: line,
		Start: diag.Pos{Line: n, Column: start + 1}, End: diag.Pos{Line: n, Column: len(line) + 1},
	}
}

func trimIndent(line string) string {
	for line != "" && (line[0] == ' ' || line[0] == '\t') {
		line = line[1:]
	}
	return line
}
