// Package layout lays text out for people: how wide it is, where lines break,
// which columns stand together, and whether there is color. It knows nothing of
// what is shown, and makes nothing harmless: see package harmless.
package layout

import (
	"strings"

	"github.com/mattn/go-runewidth"

	"callpolicy/compiler/diag"
)

// Width returns how many columns of a terminal the text takes. Colors take none.
func Width(text string) int {
	// A condition of our own, since the default one depends on the locale and
	// the same report must be the same bytes everywhere.
	cells := runewidth.Condition{StrictEmojiNeutral: true}
	width := 0
	for {
		before, after, colored := strings.Cut(text, "\x1b[")
		width += cells.StringWidth(before)
		if !colored {
			return width
		}
		_, text, _ = strings.Cut(after, "m")
	}
}

// Count writes a number with separators of thousands: 2,041.
func Count(n int) string { return diag.Count(n) }

// Plural writes a number with what it counts: "1 user", "2,041 users".
func Plural(n int, one, many string) string { return diag.Plural(n, one, many) }

// Wrap breaks text into lines of at most width columns, between words. Lines
// of the text stay lines, and one that fits stays as it is. A line that is too
// long keeps its indentation on every line made of it. A word that is too long
// stays whole, since people copy it, and so does a command in backquotes.
func Wrap(text string, width int) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, " ")
		if Width(line) <= width {
			lines = append(lines, line)
			continue
		}
		words := wholeWords(line)
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		current := indent + words[0]
		for _, word := range words[1:] {
			if Width(current)+1+Width(word) > width {
				lines = append(lines, current)
				current = indent + word
			} else {
				current += " " + word
			}
		}
		lines = append(lines, current)
	}
	return lines
}

// wholeWords returns the words of a line, of which one may be a whole command.
func wholeWords(line string) []string {
	var words []string
	open := false
	quotes := strings.Count(line, "`")
	for word := range strings.FieldsSeq(line) {
		if open {
			words[len(words)-1] += " " + word
		} else {
			words = append(words, word)
		}
		n := strings.Count(word, "`")
		quotes -= n
		open = open != (n%2 == 1) && quotes > 0 // the last may open, and nothing closes it
	}
	return words
}

// Columns lays rows out in columns, two spaces apart, as wide as their widest
// cell. align has a letter for each column, "l" for text and "r" for numbers;
// a column beyond it is text. Cells may be colored. Lines end without spaces.
func Columns(rows [][]string, align string) []string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], Width(cell))
		}
	}
	lines := make([]string, len(rows))
	for n, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			if i > 0 {
				b.WriteString("  ")
			}
			pad := strings.Repeat(" ", widths[i]-Width(cell))
			if i < len(align) && align[i] == 'r' {
				b.WriteString(pad + cell)
			} else {
				b.WriteString(cell + pad)
			}
		}
		lines[n] = strings.TrimRight(b.String(), " ")
	}
	return lines
}
