package syntax

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"callpolicy/compiler/diag"
)

// checkBytes refuses what no YAML file may hold, with a place, before the
// parser refuses it without one.
func checkBytes(src *text, data []byte) *diag.Diagnostic {
	switch {
	case len(data) > MaxYAML:
		top := diag.Range{File: src.file, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}}
		return diag.New(diag.LoadTooLarge, top, "the file is %d MiB large; the limit is %d MiB", len(data)>>20, MaxYAML>>20).
			Try("Split it: users may be spread over any number of files, for example one for each site.")
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		top := diag.Range{File: src.file, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}}
		return diag.New(diag.LoadEncoding, top, "the file is in UTF-16").
			Because("Policy files are UTF-8. Some Windows programs save text as UTF-16, which they may call Unicode.").
			Try("Save it again as UTF-8.")
	}
	for i := 0; i < len(src.data); {
		c := src.data[i]
		if c >= ' ' && c < 0x7f || c == '\n' || c == '\r' || c == '\t' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(src.data[i:])
		switch {
		case c == 0:
			return diag.New(diag.LoadEncoding, src.span(i, i+1), "there is a NUL byte in the file").
				Because("Text files hold none. It may be a binary file, or text in UTF-16.").
				Try("Save the file again as UTF-8 text.")
		case r == utf8.RuneError && size == 1:
			return diag.New(diag.LoadEncoding, src.span(i, i+1), "the byte 0x%02X is not UTF-8", c).
				Because("Policy files are UTF-8. A file from an older Windows program may be in another encoding.").
				Try("Save it again as UTF-8.")
		case r < ' ' || r >= 0x7f && r < 0xa0 && r != 0x85 || r == 0xfeff || r == 0xfffe || r == 0xffff:
			return diag.New(diag.LoadEncoding, src.span(i, i+size), "there is an invisible control character, U+%04X", r).
				Because("YAML allows no control characters beside line breaks and tabs.").
				Try("Delete it; it is at this place even if the editor does not show it.")
		}
		i += size
	}
	return nil
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntaxError turns an error of the parser into a diagnostic at the line that
// is to blame: the one after the longest beginning of the file that parses.
func syntaxError(src *text, err error) *diag.Diagnostic {
	message := err.Error()
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		message = m[2]
	}
	line := blame(src)
	at := src.wholeLine(line)
	indent := at.Text[:at.Start.Column-1]
	if tab := strings.IndexByte(indent, '\t'); tab >= 0 {
		at.Start.Column, at.End.Column = tab+1, tab+2
		return diag.New(diag.LoadSyntax, at, "the line is indented with a tab").
			Because("YAML is indented with spaces. An editor shows a tab and spaces alike; the parser does not.").
			Try("Put spaces in place of the tab, as many as the lines beside it have.")
	}
	d := diag.New(diag.LoadSyntax, at, "this is not YAML: %s", message)
	words := at.Text[at.Start.Column-1:]
	switch {
	case strings.Contains(message, "mapping values are not allowed"):
		if i := lastColon(words); i >= 0 && strings.Count(words, ": ") > 1 {
			d.Subject.Start.Column += i
			d.Subject.End.Column = d.Subject.Start.Column + 1
			d.Summary = "there is a second colon on this line"
			d.Try("Put the value in quotes if the colon belongs to it; otherwise start a new line after the first colon.")
		} else {
			d.Summary = "this line is indented deeper than the line before allows"
			d.Because("The line before already has a value, so nothing can be nested under it.").
				Try("Give it the same indentation as the lines beside it.")
		}
	case strings.Contains(message, "could not find expected ':'"):
		d.Summary = "a colon is missing"
		d.Because("Lines at this place have the form \"key: value\".").
			Try("Write a colon and a blank after the key.")
	case strings.Contains(message, "did not find expected key"), strings.Contains(message, "did not find expected '-' indicator"),
		strings.Contains(message, "block sequence entries are not allowed"):
		d.Summary = "this line does not fit with the lines before it"
		d.Because("What belongs together must start in the same column.").
			Try("Check the indentation of this line and of those above it, and whether a quote or bracket above is closed.")
	case strings.Contains(message, "did not find expected ',' or"), strings.Contains(message, "did not find expected node content"):
		d.Summary = "a bracket is not closed, or a comma is missing"
		d.Because("Between { and } or [ and ], entries are separated by commas.").
			Try("Close the bracket that is opened here, or put a comma before the next entry.")
	case strings.Contains(message, "found unexpected end of stream"), strings.Contains(message, "unexpected document indicator"):
		d.Summary = "a quote is not closed"
		d.Try("Close the quote that is opened on this line.")
	case strings.Contains(message, "unknown anchor"):
		d.Summary = message
		d.Because("An alias such as *name stands for what is written after &name, further up in the same file.").
			Try("Check the spelling, or write &name where the value is first written.")
	case strings.Contains(message, "cannot start any token"):
		d.Summary = fmt.Sprintf("a value cannot start with %s", startOf(words))
		d.Try("Put the value in quotes.")
	case strings.Contains(message, "exceeded max depth"):
		d.Summary = "the file is nested too deep"
		d.Try("Nothing that callpolicy reads is nested deeper than ten levels.")
	}
	return d
}

// blame returns the line after the longest run of lines from the top that is
// good YAML. A line in the middle of something that is closed later makes the
// run look bad for a while, so it is sought from the bottom up.
func blame(src *text) int {
	starts := src.lineStarts()
	good := func(lines int) bool {
		end := len(src.data)
		if lines < len(starts) {
			end = int(starts[lines])
		}
		_, err := parse(src.data[:end])
		return err == nil
	}
	// Halving finds a good run quickly; from there the lines are tried one by
	// one, as long as the file is small enough to afford it.
	lo, hi := 0, len(starts)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; good(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	budget := 4 << 20
	for n := min(lo+200, len(starts)-1); n > lo && budget > 0; n-- {
		budget -= int(starts[n])
		if good(n) {
			lo = n
			break
		}
	}
	line := lo + 1
	for line < len(starts) && isBlank(src.line(line)) {
		line++
	}
	return line
}

func isBlank(line string) bool {
	line = trimIndent(line)
	return line == "" || line[0] == '#'
}

func lastColon(s string) int { return strings.LastIndex(s, ": ") }

func startOf(words string) string {
	if i := strings.IndexAny(words, "@`%"); i >= 0 {
		return words[i : i+1]
	}
	return "this character"
}
