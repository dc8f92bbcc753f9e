// Package harmless is the one door to the outside for what somebody wrote: names
// of files and people, values, lines, messages of other programs. All of it is
// untrusted, and each function here makes it mean nothing but itself in one form
// of output. It changes no wording, and knows nothing of what the text is about.
package harmless

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"callpolicy/cmd/callpolicy/internal/view/layout"
)

// tabStop is the distance of the columns that a tab in a source line leads to.
const tabStop = 4

// Line returns a line of untrusted text as it may be shown to people: without
// control characters, which could drive a terminal, without invisible and
// direction-changing ones, which could make it look like something else, and
// without what a CI system takes for a command. All of them stay visible.
func Line(line string) string {
	text, _ := shown(line)
	return text
}

// Place returns where something is written: file:line, as a line of text. What is
// made of two pieces is cleaned when they are one.
func Place(file string, line int) string { return Line(file + ":" + strconv.Itoa(line)) }

// Lines is Line for text of several lines.
func Lines(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = Line(line)
	}
	return strings.Join(lines, "\n")
}

// SourceLine is Line for a line of a file, and tells for each byte offset of the
// line, its end included, at which byte offset of the text it went. The mark that
// some programs put at the start of a file is no fault, and is not shown.
func SourceLine(line string) (text string, at []int) {
	const mark = "\ufeff"
	if rest, marked := strings.CutPrefix(line, mark); marked {
		text, at = shown(rest)
		return text, slices.Concat(make([]int, len(mark)), at)
	}
	return shown(line)
}

// shown is Line, and tells where each byte went.
func shown(line string) (text string, at []int) {
	var b strings.Builder
	stop := 0 // length of the shown text at the last tab stop
	at = make([]int, len(line)+1)
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRuneInString(line[i:])
		if startsCommand(line, i) {
			b.WriteByte(' ')
		}
		for j := range size {
			at[i+j] = b.Len()
		}
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteRune(utf8.RuneError)
		case r == '\t':
			b.WriteString(strings.Repeat(" ", tabStop-layout.Width(b.String()[stop:])%tabStop))
			stop = b.Len()
		case r < ' ':
			b.WriteRune('\u2400' + r) // the picture of the control character, such as ␛
		case r == '\x7f':
			b.WriteRune('␡')
		case !unicode.IsPrint(r): // spaces that are none for YAML, too
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
		i += size
	}
	at[len(line)] = b.Len()
	return b.String(), at
}

// startsCommand reports whether a space is needed before line[i], so that what
// is there is no command to a CI runner: GitHub Actions obeys "::name" at the
// start of a line of a log, which wrapping may make of any word, and "##[name]"
// anywhere; Azure Pipelines and TeamCity obey "##vso[…]" and "##teamcity[…]".
func startsCommand(line string, i int) bool {
	if i == 0 || line[i] != line[i-1] {
		return false
	}
	switch line[i] {
	case ':':
		word := strings.TrimRight(line[:i], ":") // what is before all of the colons
		return word == "" || strings.HasSuffix(word, " ") || strings.HasSuffix(word, "\t")
	case '#':
		rest := strings.TrimLeftFunc(line[i+1:], unicode.IsLetter)
		return strings.HasPrefix(rest, "[")
	}
	return false
}
