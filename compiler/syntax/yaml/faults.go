package yaml

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// checkBytes refuses what no YAML file may hold, with a place, before the
// parser refuses it without one.
func checkBytes(src *text, data []byte) *diag.Diagnostic {
	start := diag.Pos{Line: 1, Column: 1}
	top := diag.Range{File: src.File, Start: start, End: start}
	switch {
	case len(data) > MaxBytes:
		return diag.New(diag.LoadTooLarge, top, "the file is %d MiB large; the limit is %d MiB", (len(data)+1<<20-1)>>20, MaxBytes>>20).
			Try("Split it: users may be spread over any number of files, for example one for each site.")
	case len(data) > maxValues && separators(data) > maxValues:
		return diag.New(diag.LoadTooLarge, top, "the file holds more than %d million values", maxValues>>20).
			Try("Split it: users may be spread over any number of files, for example one for each site.")
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return diag.New(diag.LoadEncoding, top, "the file is in UTF-16").
			Because("Policy files are UTF-8. Some Windows programs save text as UTF-16, which they may call Unicode.").
			Try("Save it again as UTF-8.")
	}
	for i := 0; i < len(src.Data); {
		c := src.Data[i]
		if c >= ' ' && c < 0x7f || c == '\n' || c == '\r' || c == '\t' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(src.Data[i:])
		switch {
		case c == 0:
			return diag.New(diag.LoadEncoding, src.Span(i, i+1), "there is a NUL byte in the file").
				Because("Text files hold none. It may be a binary file, or text in UTF-16.").
				Try("Save the file again as UTF-8 text.")
		case r == utf8.RuneError && size == 1:
			return diag.New(diag.LoadEncoding, src.Span(i, i+1), "the byte 0x%02X is not UTF-8", c).
				Because("Policy files are UTF-8. A file from an older Windows program may be in another encoding.").
				Try("Save it again as UTF-8.")
		case r < ' ' || r >= 0x7f && r < 0xa0 && r != 0x85 || r == 0xfeff || r == 0xfffe || r == 0xffff:
			return diag.New(diag.LoadEncoding, src.Span(i, i+size), "there is an invisible control character, U+%04X", r).
				Because("YAML allows no control characters beside line breaks and tabs.").
				Try("Delete it; it is at this place even if the editor does not show it.")
		}
		i += size
	}
	return nil
}

// separators counts what stands between values, of which there are at most so many.
func separators(data []byte) int {
	n, last := 0, byte('\n')
	for _, c := range data {
		switch {
		case c == ',' || c == '[' || c == '{',
			c == ' ' && (last == ':' || last == '-'),
			last == '\n' && c != '\n' && c != '#':
			n++
		}
		last = c
	}
	return n
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// yamlFaults turns an error of the parser into diagnostics at the lines that
// are to blame. The parser stops at the first fault, so there is one, except
// for what the text alone shows: conflicts that a merge left.
func yamlFaults(src *text, err error) diag.List {
	if conflicts := syntax.MergeConflicts(src.Text); conflicts != nil {
		return conflicts
	}
	message, line := err.Error(), 0
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		message = m[2]
		line, _ = strconv.Atoi(m[1])
	}
	if name, ok := strings.CutPrefix(message, "unknown anchor '"); ok {
		if d := unknownAnchor(src, strings.TrimSuffix(name, "' referenced")); d != nil {
			return diag.List{d}
		}
	}
	at := blame(src, line)
	if strings.Contains(message, "unexpected end of stream") && openQuote(string(src.Line(line))) >= 0 {
		at = line // where the quote is opened, which the parser knows
	}
	return diag.List{explain(src, at, message)}
}

// unknownAnchor reports an alias without its anchor, at the alias.
func unknownAnchor(src *text, name string) *diag.Diagnostic {
	alias := regexp.MustCompile(`(?m)(?:^|[ \t,:{\[])(\*` + regexp.QuoteMeta(name) + `)(?:$|[ \t\r,}\]])`)
	at := alias.FindSubmatchIndex(src.Data)
	if at == nil {
		return nil
	}
	d := diag.New(diag.LoadSyntax, src.Span(at[2], at[3]), "nothing above is marked &%s", name).
		Because("*%s stands for what is written after &%[1]s, further up in the same file.", name)
	var anchors []string
	for _, m := range regexp.MustCompile(`(?m)[ \t]&([^ \t\r\n,{}\[\]]+)`).FindAllSubmatch(src.Data[:at[2]], 6) {
		anchors = append(anchors, "&"+string(m[1]))
	}
	switch len(anchors) {
	case 0:
		d.Try("Write the value out, or mark it where it is first written.")
	case 6:
		d.Try("Check the spelling, or write &%s where the value is first written.", name)
	default:
		d.Try("Check the spelling. Above there are: %s.", strings.Join(anchors, ", "))
	}
	return d
}

// blameBytes bounds how much is parsed to find the line that is to blame.
const blameBytes = 16 << 20

// blame returns the line after the longest run of lines from the top that is
// good YAML. A line in the middle of something that is closed later makes the
// run look bad for a while, so it is sought from the bottom up, from where the
// parser gave up.
func blame(src *text, reported int) int {
	lines := src.Lines()
	budget := blameBytes
	good := func(n int) bool {
		end := src.Offset(n+1, 1)
		budget -= end
		_, err := parse(src.Data[:end])
		return err == nil
	}
	// The parser's own line is sometimes one or two too small, and none at all
	// where it is the first. All that is certain is that the file is bad.
	hi := lines // so many lines are bad
	if reported > 0 && reported+2 < hi && !good(reported+2) {
		hi = reported + 2
	}
	lo := hi // so many are good: none is tried yet
	for tries, step := 0, 1; lo > 0; tries++ {
		if lo = max(lo-step, 0); lo == 0 || good(lo) {
			break
		}
		if budget < 0 {
			return skipBlank(src, min(max(reported, 1), lines))
		}
		hi = lo
		if tries >= 50 {
			step *= 2
		}
	}
	for hi-lo > 1 && budget > 0 {
		if mid := (lo + hi) / 2; good(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return skipBlank(src, lo+1)
}

// skipBlank returns the first line from one on that says something.
func skipBlank(src *text, line int) int {
	for last := src.Lines(); line < last && isBlank(src.Line(line)); {
		line++
	}
	return line
}

func isBlank(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	return len(line) == 0 || line[0] == '#'
}
