package yaml

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
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

var (
	placeholderStart   = regexp.MustCompile(`\{\{|\{%|<%|\$\{`)
	noBlankAfter       = regexp.MustCompile(`^(- )*["']?[A-Za-z][A-Za-z0-9_.@-]*["']?:[^ \t/]`)
	joinedPair         = regexp.MustCompile(`[{,][ \t]*[A-Za-z][A-Za-z0-9_.@-]*(:)["'\[{]`)
	blockSign          = regexp.MustCompile(`(?:^|[ \t])([|>])[^|>]*$`)
	commaMissing       = regexp.MustCompile(`[^ \t,{\[:][ \t]+(["']?[A-Za-z][A-Za-z0-9_.@-]*["']?):(?:[ \t]|$)`)
	colonInValue       = regexp.MustCompile(`[{,][ \t]*[A-Za-z][A-Za-z0-9_.@-]*:[ \t]+[^,{}\[\]"':]+(:)[ \t]`)
	commentBeforeColon = regexp.MustCompile(`^[^:]*[ \t](#)[^:]*:`)
	wordAndValue       = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_.@-]*)[ \t]+[^:#]+$`)

	onlyWord  = regexp.MustCompile(`^(- )*["']?[^ \t:#,"']+["']?[ \t]*(#.*)?$`)
	badEscape = regexp.MustCompile(`\\[^0abtnvfre "\\N_LPxuU\r\n]|\\x.{0,2}|\\[uU].{0,8}`)
)

// explain says what is wrong with a line, from what the parser says and from
// what the line looks like.
func explain(src *text, line int, message string) *diag.Diagnostic {
	at := src.WholeLine(line)
	full := string(src.Line(line))
	indent := full[:at.Start.Column-1]
	words := full[at.Start.Column-1 : at.End.Column-1]
	// part is the range of some bytes of words.
	part := func(from, to int) diag.Range {
		start := src.Offset(line, at.Start.Column)
		return src.Span(start+from, start+to)
	}
	says := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(message, w) })
	}
	above, aboveLine := lineAbove(src, line)
	d := diag.New(diag.LoadSyntax, at, "this is not YAML: %s", message)

	if tab := strings.IndexByte(indent, '\t'); tab >= 0 {
		start := src.Offset(line, 1)
		d.Subject = src.Span(start+tab, start+tab+1)
		d.Summary = "the line is indented with a tab"
		return d.Because("YAML is indented with spaces. An editor shows a tab and spaces alike; the parser does not.").
			Try("Put spaces in place of the tab, as many as the lines beside it have.")
	}
	if i := placeholderStart.FindStringIndex(words); i != nil {
		return placeholder(part(i[0], i[0]+placeholderEnd([]byte(words[i[0]:]))))
	}
	switch {
	case says("exceeded max"):
		d.Summary = "the file is nested too deep"
		d.Subject = part(0, 1)
		return d.Because("Nothing that callpolicy reads is nested deeper than ten levels.").
			Try("Look for a bracket or a dash that is repeated.")
	case says("escape", "hexdecimal"):
		if i := badEscape.FindStringIndex(words); i != nil {
			d.Subject = part(i[0], i[1])
		}
		d.Summary = "a backslash in double quotes starts a sequence that YAML does not know"
		return d.Because("In double quotes a backslash has a meaning: \\n is a line break, for instance.").
			Try("Put the text in single quotes, where a backslash is only a backslash.")
	case says("expected comment or line break"):
		if i := blockSign.FindStringSubmatchIndex(words); i != nil {
			d.Subject = part(i[2], i[3])
		}
		d.Summary = "after | or > nothing more may stand on the line"
		return d.Because("They begin a text of several lines, which starts on the next one.").
			Try("Put the text in quotes if it starts with | or >.")
	case says("cannot start any token"):
		return startsBadly(d, words, part)
	case says("end of stream", "document indicator") && strings.ContainsAny(words, `"'`):
		i := openQuote(words)
		if says("while scanning") || i >= 0 {
			d.Subject = part(max(i, 0), max(i, 0)+1)
		}
		d.Summary = "a quote is opened here and never closed"
		return d.Try("Put the same quote at the end of the text.")
	}
	if i := commaMissing.FindStringSubmatchIndex(words); i != nil && says("did not find expected ',' or") {
		d.Subject = part(i[2], i[3])
		d.Summary = "a comma is missing before this"
		return d.Because("Between { and } or [ and ], entries are separated by commas.").
			Try("Put a comma between the two entries.")
	}
	if i := openQuote(words); i >= 0 {
		d.Subject = part(i, i+1)
		d.Summary = "a quote is opened here and not closed on this line"
		return d.Because("The text then goes on to the next quote, wherever that is.").
			Try("Put the same quote at the end of the text. A quote that belongs to the text is doubled in single quotes ('') and gets a backslash in double quotes (\\\").")
	}
	if i := afterQuote(words); i >= 0 {
		d.Subject = part(i, len(words))
		d.Summary = "there is more after the closing quote"
		return d.Because("The quotes must hold the whole value.").
			Try("Put all of it in quotes. A quote that belongs to the text is doubled in single quotes ('') and gets a backslash in double quotes (\\\").")
	}
	if i, closing := bracket(words); i >= 0 {
		d.Subject = part(i, i+1)
		if closing {
			d.Summary = fmt.Sprintf("the bracket %c closes nothing", words[i])
			return d.Try("Delete it, or open it further left.")
		}
		d.Summary = fmt.Sprintf("the bracket %c is not closed", words[i])
		return d.Because("Everything up to the matching bracket belongs to it, here also the lines below.").
			Try("Close it with %c.", map[byte]byte{'{': '}', '[': ']'}[words[i]])
	}
	switch {
	case says("mapping values are not allowed"):
		return colonTooMany(d, src, words, part, aboveLine, above, len(indent))
	case says("did not find expected ',' or", "did not find expected node content") && joinedPair.MatchString(words):
		colon := joinedPair.FindStringSubmatchIndex(words)[2]
		d.Subject = part(colon, colon+1)
		d.Summary = "a blank is missing after the colon"
		return d.Because("Without the blank, the colon is part of the word.").Try("Write a blank after the colon.")
	case says("did not find expected ',' or", "did not find expected node content") && colonInValue.MatchString(words):
		colon := colonInValue.FindStringSubmatchIndex(words)[2]
		d.Subject = part(colon, colon+1)
		d.Summary = "there is a second colon in this entry"
		return d.Because("A colon with a blank behind it ends a key, and an entry has one key.").
			Try("Put the value in quotes if the colon belongs to it; otherwise put a comma before its key.")
	case says("did not find expected ',' or", "did not find expected node content"):
		d.Summary = "a comma is missing, or a bracket"
		return d.Because("Between { and } or [ and ], entries are separated by commas, and the bracket is closed at the end.").
			Try("Put a comma between the entries, and look whether each bracket has its match.")
	case says("did not find expected <document start>"):
		d.Summary = "this line does not belong to what is above it"
		return d.Because("A file is one mapping. After its end, or after a value in brackets, nothing more can follow.").
			Try("Check the indentation of this line and of the first one, and the brackets above.")
	}
	aboveIndent := len(above) - len(strings.TrimLeft(above, " "))
	dash, dashAbove := startsWithDash(words), startsWithDash(above[aboveIndent:])
	switch {
	case dash && dashAbove && aboveIndent != len(indent):
		d.Subject = part(0, 1)
		d.Summary = "this dash is not in the column of the dashes above it"
		return d.Because("Items of one list all start in the same column.").
			Try("Indent the line so that the dashes stand below each other.")
	case !dash && dashAbove && aboveIndent == len(indent) && onlyWord.MatchString(words):
		d.Summary = "a dash is missing"
		return d.Because("The line above it is an item of a list, and this one starts in the same column.").
			Try("Write a dash and a blank before it.")
	case says("could not find expected ':'") && commentBeforeColon.MatchString(words):
		hash := commentBeforeColon.FindStringSubmatchIndex(words)[2]
		d.Subject = part(hash, hash+1)
		d.Summary = "a comment begins here, before the colon"
		return d.Because("A # with a blank before it begins a comment, so there is no colon after the key.").
			Try("Write the colon before the #; if the # belongs to the name, put the name in quotes.")
	case says("could not find expected ':'"):
		d.Summary = "a colon is missing"
		return d.Because("Lines at this place have the form \"key: value\".").
			Try("Write a colon and a blank after the key.")
	case dash:
		d.Summary = "there cannot be a list here"
		return d.Because("The lines beside it are keys and values, and a list cannot stand among them.").
			Try("Delete the dash, or give the list a key of its own and indent it below that.")
	}
	if says("did not find expected '-' indicator") {
		d.Summary = "this line does not fit into the list above it"
		return d.Because("Items of a list all start with a dash in the same column; what belongs to an item is indented deeper than its dash.").
			Try("Write a dash before it if it is an item of the list; otherwise indent it like the lines that it belongs to.")
	}
	if says("did not find expected key", "block sequence entries are not allowed", "block mapping") {
		d.Summary = "this line does not fit with the lines above it"
		return d.Because("What belongs together must start in the same column.").
			Try("Indent it like the lines that it belongs to.")
	}
	return d
}

// colonTooMany explains a colon where no key can be: a value with a colon in
// it, or a fault in the line above that only shows here.
func colonTooMany(d *diag.Diagnostic, src *text, words string, part func(from, to int) diag.Range, aboveLine int, above string, indent int) *diag.Diagnostic {
	trimmed := strings.TrimLeft(above, " \t")
	_, value, _ := strings.Cut(words, ": ")
	closed := strings.IndexAny(strings.TrimLeft(value, " "), "{[\"'") == 0 // the colons in there are its own
	if i := lastColon(words); i > strings.Index(words, ": ") && !closed {
		d.Subject = part(i, i+1)
		d.Summary = "there is a second colon on this line"
		return d.Because("A colon with a blank behind it ends a key, and a line has one key.").
			Try("Put the value in quotes if the colon belongs to it; otherwise start a new line after the first colon.")
	}
	aboveIndent := len(above) - len(trimmed)
	switch {
	case aboveLine > 0 && noBlankAfter.MatchString(trimmed):
		d.Subject = src.WholeLine(aboveLine)
		colon := strings.IndexByte(trimmed, ':')
		d.Subject = src.Span(src.Offset(aboveLine, aboveIndent+colon+1), src.Offset(aboveLine, aboveIndent+colon+2))
		d.Summary = "a blank is missing after the colon"
		return d.Because("Without the blank, the colon is part of the word.").Try("Write a blank after the colon.")
	case aboveLine > 0 && aboveIndent < indent && onlyWord.MatchString(trimmed):
		d.Subject = src.WholeLine(aboveLine)
		d.Summary = "a colon is missing at the end of this line"
		return d.Because("What is indented below it belongs to it, so it is a key.").Try("Write a colon after it.")
	case aboveLine > 0 && aboveIndent == indent && onlyWord.MatchString(trimmed):
		d.Subject = src.WholeLine(aboveLine)
		d.Summary = "this line has no colon"
		return d.Because("Lines at this place have the form \"key: value\".").Try("Write a colon and a value after the key, or delete the line.")
	case aboveLine > 0 && aboveIndent == indent && wordAndValue.MatchString(trimmed):
		key := wordAndValue.FindStringSubmatch(trimmed)[1]
		start := src.Offset(aboveLine, aboveIndent+1)
		d.Subject = src.Span(start, start+len(key))
		d.Summary = "a colon is missing after " + quoteName(key)
		return d.Because("Lines at this place have the form \"key: value\".").Try("Write a colon after the key.")
	}
	d.Summary = "this line is indented deeper than the line above it allows"
	return d.Because("The line above already has a value, so nothing can be nested under it.").
		Try("Give it the same indentation as the lines that it belongs to.")
}

// startsBadly explains a character that YAML keeps for itself.
func startsBadly(d *diag.Diagnostic, words string, part func(from, to int) diag.Range) *diag.Diagnostic {
	d.Summary = "a value cannot start with this character"
	for _, m := range reserved.FindAllStringSubmatchIndex(words, 1) {
		d.Subject = part(m[2], m[3])
		d.Summary = fmt.Sprintf("a value cannot start with %s", words[m[2]:m[3]])
	}
	return d.Because("YAML keeps this character for itself.").Try("Put the value in quotes.")
}

var reserved = regexp.MustCompile("(?:^|[ \t,:\\[{])([@`%|>])")

// placeholder reports a part of a template that nobody filled in.
func placeholder(at diag.Range) *diag.Diagnostic {
	return diag.New(diag.LoadSyntax, at, "a placeholder was not filled in").
		Because("Double braces and the like belong to programs that make files from templates. callpolicy reads the finished file.").
		Try("Write the value itself. If the braces belong to a text, put it in quotes.")
}

// placeholderEnd returns the length of a placeholder that words start with.
func placeholderEnd(words []byte) int {
	end := len(words)
	for _, closing := range []string{"}}", "%}", "%>", "}"} {
		if i := bytes.Index(words, []byte(closing)); i >= 0 && i+len(closing) < end {
			end = i + len(closing)
			break
		}
	}
	return end
}

// openQuote returns where a quote is opened that the line does not close, or -1.
func openQuote(words string) int {
	for i := 0; i < len(words); i++ {
		c := words[i]
		if c == '#' && i > 0 && words[i-1] == ' ' {
			return -1
		}
		if c != '"' && c != '\'' || i > 0 && !strings.ContainsRune(" \t,:{[", rune(words[i-1])) {
			continue
		}
		end := quotedEnd([]byte(words[i:]), c)
		if i+end == len(words) && (end == 1 || words[len(words)-1] != c || closedLength(words[i:], c) != end) {
			return i
		}
		i += end - 1
	}
	return -1
}

// closedLength is the length of a quoted scalar that is closed, else 0.
func closedLength(s string, quote byte) int {
	if end := quotedEnd([]byte(s+" "), quote); end <= len(s) {
		return end
	}
	return 0
}

// afterQuote returns where text follows a closed quote, or -1.
func afterQuote(words string) int {
	for i := 0; i < len(words); i++ {
		c := words[i]
		if c == '#' && i > 0 && words[i-1] == ' ' {
			return -1
		}
		if c != '"' && c != '\'' || i > 0 && !strings.ContainsRune(" \t,:{[", rune(words[i-1])) {
			continue
		}
		i += quotedEnd([]byte(words[i:]), c)
		rest := strings.TrimLeft(words[min(i, len(words)):], " \t")
		if rest != "" && !strings.ContainsRune(":,}]#", rune(rest[0])) {
			return len(words) - len(rest)
		}
		i--
	}
	return -1
}

// bracket returns the first bracket of a line without its match: the innermost
// one that is opened, or one that closes nothing. It is -1 where all match.
func bracket(words string) (at int, closing bool) {
	var open []int
	for i := 0; i < len(words); i++ {
		c := words[i]
		before := i == 0 || strings.IndexByte(" \t,:{[", words[i-1]) >= 0
		switch {
		case (c == '"' || c == '\'') && before:
			i += quotedEnd([]byte(words[i:]), c) - 1
		case c == '#' && i > 0 && words[i-1] == ' ':
			i = len(words)
		case c == '{' || c == '[':
			if len(open) > 0 || before {
				open = append(open, i)
			}
		case c == '}' || c == ']':
			if len(open) == 0 {
				return i, true
			}
			if last := open[len(open)-1]; words[last] == '{' != (c == '}') {
				return last, false
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return open[len(open)-1], false
	}
	return -1, false
}

func startsWithDash(words string) bool { return strings.HasPrefix(words, "- ") || words == "-" }

// lineAbove returns the nearest line above one that says something, and its number.
func lineAbove(src *text, line int) (string, int) {
	for line--; line > 0; line-- {
		if words := src.Line(line); !isBlank(words) {
			return string(words), line
		}
	}
	return "", 0
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

// lastColon returns where the last colon with a blank behind it is, or -1.
func lastColon(s string) int {
	if strings.HasSuffix(s, ":") {
		return len(s) - 1
	}
	return strings.LastIndex(s, ": ")
}
