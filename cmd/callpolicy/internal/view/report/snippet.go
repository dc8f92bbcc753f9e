package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/diag"
)

// snippet shows the line that a range starts in, and marks the range below it.
// Of a range of several lines the first is marked to its end. numbers is the
// width of the line number, paint colors the mark.
func snippet(at diag.Range, numbers int, paint func(string) string, s layout.Style) []string {
	line := strings.TrimRight(at.Text, "\r\n")
	if line == "" || at.Start.Line == 0 {
		return nil
	}
	from, to := extent(at, line)
	text, offset := harmless.SourceLine(line)
	start := layout.Width(text[:offset[from]])
	end := max(layout.Width(text[:offset[to]]), start+1)
	text, start, end = window(strings.TrimRight(text, " "), start, end, s.Width-numbers-3)

	mark := strings.Repeat(" ", start) + paint(strings.Repeat("^", end-start))
	return []string{
		fmt.Sprintf("%s %s", s.Dim(fmt.Sprintf("%*d |", numbers, at.Start.Line)), text),
		fmt.Sprintf("%s %s", s.Dim(fmt.Sprintf("%*s |", numbers, "")), mark),
	}
}

// extent returns the range as byte offsets of its first line, inside the line
// and between its characters, whatever the range says.
func extent(at diag.Range, line string) (from, to int) {
	full := len(strings.TrimRight(line, " \t"))
	from = min(max(at.Start.Column-1, 0), len(line))
	to = full
	if at.End.Line == at.Start.Line {
		to = min(at.End.Column-1, len(line))
	}
	to = max(to, from)
	for from < len(line) && from > 0 && !utf8.RuneStart(line[from]) {
		from--
	}
	for to < len(line) && !utf8.RuneStart(line[to]) {
		to++
	}
	return from, to
}

// window cuts a line that is wider than width columns to the part around the
// mark from start to end, all in columns. Cut ends show as "…".
func window(text string, start, end, width int) (cut string, from, to int) {
	total := layout.Width(text)
	if max(total, start+1) <= width {
		return text, start, min(end, max(total, start+1))
	}
	left := 0
	if marked := min(end-start, width/2); start+marked >= width {
		// Half of the room beside the mark goes to what is before it, so that
		// the reader sees the key of the value.
		left = min(start-(width-marked)/2, max(total-width, 0))
	}
	right := left + width
	low, high := left, right // less the columns of the two ellipses
	if left > 0 {
		low++
	}
	if total > right {
		high--
	}
	var b strings.Builder
	first, column := -1, 0
	for _, r := range text {
		w := layout.Width(string(r))
		if column >= low && column+w <= high {
			if first < 0 {
				first = column
			}
			b.WriteRune(r)
		}
		column += w
	}
	cut = b.String()
	shift := max(first, 0)
	if left > 0 {
		cut = "…" + cut
		shift--
	}
	if total > right {
		cut += "…"
	}
	start = max(start-shift, 0)
	return cut, start, max(min(end-shift, width), start+1)
}
