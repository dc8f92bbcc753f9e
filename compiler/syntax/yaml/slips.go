package yaml

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"callpolicy/compiler/diag"
)

// checkedWith is the version of the library whose messages the slips below were
// checked with.
const checkedWith = "v3.0.1"

// slip is one kind of fault that people make, known by what the library says
// and by what the line looks like, with what is said about it.
type slip struct {
	says  []string                     // words of the library's message, one of which must be there; nil: whatever it says
	looks func(f *fault) (place, bool) // whether the line looks like it, and what is to blame; nil: any line, the whole of it
	words string                       // what is wrong: {sign} and {match} are those of the place
	why   string                       // may be empty
	try   string                       // what to write
}

// place is what is to blame for a fault.
type place struct {
	at    diag.Range
	sign  string // what stands there
	match string // what would go with it
}

// slips are tried in this order; the first that fits is what is said. What none
// of them knows is said in the library's words.
var slips = []slip{
	{
		looks: (*fault).tab, words: "the line is indented with a tab",
		why: "YAML is indented with spaces. An editor shows a tab and spaces alike; the parser does not.",
		try: "Put spaces in place of the tab, as many as the lines beside it have.",
	},
	{
		looks: (*fault).oddBlank, words: "there is {sign} where a blank must be",
		why: "It looks like a blank, and to YAML it is a letter. It often comes along with copied text.",
		try: "Delete it, and type a blank.",
	},
	{looks: (*fault).placeholder, words: unfilled.words, why: unfilled.why, try: unfilled.try},
	{says: []string{"incompatible YAML document", "directive"}, words: directive.words, why: directive.why, try: directive.try},
	{
		says: []string{"exceeded max"}, looks: (*fault).firstByte, words: "the file is nested too deep",
		why: "Nothing that callpolicy reads is nested deeper than ten levels.",
		try: "Look for a bracket or a dash that is repeated.",
	},
	{says: []string{"escape", "hexdecimal"}, looks: perhaps(badEscape, 0), words: unknownEscape.words, why: unknownEscape.why, try: unknownEscape.try},
	{
		says: []string{"expected comment or line break"}, looks: perhaps(blockSign, 1), words: "after | or > nothing more may stand on the line",
		why: "They begin a text of several lines, which starts on the next one.",
		try: "Put the text in quotes if it starts with | or >.",
	},
	{
		says: []string{"cannot start any token"}, looks: matches(reserved, 1), words: "a value cannot start with {sign}",
		why: "YAML keeps this character for itself.", try: "Put the value in quotes.",
	},
	{
		says: []string{"cannot start any token"}, words: "a value cannot start with this character",
		why: "YAML keeps this character for itself.", try: "Put the value in quotes.",
	},
	{
		says: []string{"end of stream", "document indicator"}, looks: (*fault).quoteToTheEnd, words: "a quote is opened here and never closed",
		try: "Put the same quote at the end of the text.",
	},
	{
		says: []string{commaOr}, looks: matches(commaMissing, 1), words: "a comma is missing before this",
		why: "Between { and } or [ and ], entries are separated by commas.",
		try: "Put a comma between the two entries.",
	},
	{
		looks: (*fault).openQuote, words: "a quote is opened here and not closed on this line",
		why: "The text then goes on to the next quote, wherever that is.",
		try: "Put the same quote at the end of the text. A quote that belongs to the text is doubled in single quotes ('') and gets a backslash in double quotes (\\\").",
	},
	{
		looks: (*fault).afterQuote, words: "there is more after the closing quote",
		why: "The quotes must hold the whole value.",
		try: "Put all of it in quotes. A quote that belongs to the text is doubled in single quotes ('') and gets a backslash in double quotes (\\\").",
	},
	{looks: (*fault).closingBracket, words: "the bracket {sign} closes nothing", try: "Delete it, or open it further left."},
	{
		looks: (*fault).openBracket, words: "the bracket {sign} is not closed",
		why: "Everything up to the matching bracket belongs to it, here also the lines below.", try: "Close it with {match}.",
	},
	{
		says: []string{colonNotAllowed}, looks: (*fault).secondColon, words: "there is a second colon on this line",
		why: "A colon with a blank behind it ends a key, and a line has one key.",
		try: "Put the value in quotes if the colon belongs to it; otherwise start a new line after the first colon.",
	},
	{
		says: []string{colonNotAllowed}, looks: (*fault).colonAboveJoined, words: "a blank is missing after the colon",
		why: "Without the blank, the colon is part of the word.", try: "Write a blank after the colon.",
	},
	{
		says: []string{colonNotAllowed}, looks: (*fault).wordAboveLessIndented, words: "a colon is missing at the end of this line",
		why: "What is indented below it belongs to it, so it is a key.", try: "Write a colon after it.",
	},
	{
		says: []string{colonNotAllowed}, looks: (*fault).wordAbove, words: "this line has no colon",
		why: "Lines at this place have the form \"key: value\".",
		try: "Write a colon and a value after the key, or delete the line.",
	},
	{
		says: []string{colonNotAllowed}, looks: (*fault).wordAndValueAbove, words: "a colon is missing after {sign}",
		why: "Lines at this place have the form \"key: value\".", try: "Write a colon after the key.",
	},
	{
		says: []string{colonNotAllowed}, words: "this line is indented deeper than the line above it allows",
		why: "The line above already has a value, so nothing can be nested under it.",
		try: "Give it the same indentation as the lines that it belongs to.",
	},
	{
		says: []string{commaOr, noContent}, looks: matches(joinedPair, 1), words: "a blank is missing after the colon",
		why: "Without the blank, the colon is part of the word.", try: "Write a blank after the colon.",
	},
	{
		says: []string{commaOr, noContent}, looks: matches(colonInValue, 1), words: "there is a second colon in this entry",
		why: "A colon with a blank behind it ends a key, and an entry has one key.",
		try: "Put the value in quotes if the colon belongs to it; otherwise put a comma before its key.",
	},
	{
		says: []string{commaOr, noContent}, words: "a comma is missing, or a bracket",
		why: "Between { and } or [ and ], entries are separated by commas, and the bracket is closed at the end.",
		try: "Put a comma between the entries, and look whether each bracket has its match.",
	},
	{
		says: []string{"did not find expected <document start>"}, words: "this line does not belong to what is above it",
		why: "A file is one mapping. After its end, or after a value in brackets, nothing more can follow.",
		try: "Check the indentation of this line and of the first one, and the brackets above.",
	},
	{
		looks: (*fault).dashBesideDashes, words: "this dash is not in the column of the dashes above it",
		why: "Items of one list all start in the same column.",
		try: "Indent the line so that the dashes stand below each other.",
	},
	{
		looks: (*fault).wordBelowDash, words: "a dash is missing",
		why: "The line above it is an item of a list, and this one starts in the same column.",
		try: "Write a dash and a blank before it.",
	},
	{
		says: []string{noColon}, looks: matches(commentBeforeColon, 1), words: "a comment begins here, before the colon",
		why: "A # with a blank before it begins a comment, so there is no colon after the key.",
		try: "Write the colon before the #; if the # belongs to the name, put the name in quotes.",
	},
	{
		says: []string{noColon}, words: "a colon is missing",
		why: "Lines at this place have the form \"key: value\".", try: "Write a colon and a blank after the key.",
	},
	{
		looks: (*fault).dash, words: "there cannot be a list here",
		why: "The lines beside it are keys and values, and a list cannot stand among them.",
		try: "Delete the dash, or give the list a key of its own and indent it below that.",
	},
	{
		says: []string{"did not find expected '-' indicator"}, words: "this line does not fit into the list above it",
		why: "Items of a list all start with a dash in the same column; what belongs to an item is indented deeper than its dash.",
		try: "Write a dash before it if it is an item of the list; otherwise indent it like the lines that it belongs to.",
	},
	{
		says: []string{"did not find expected key", "block sequence entries are not allowed", "block mapping"}, words: "this line does not fit with the lines above it",
		why: "What belongs together must start in the same column.",
		try: "Indent it like the lines that it belongs to.",
	},
}

// Words of the library that several slips share.
const (
	commaOr         = "did not find expected ',' or"
	noContent       = "did not find expected node content"
	noColon         = "could not find expected ':'"
	colonNotAllowed = "mapping values are not allowed"
)

// unknownEscape is said of what the library does not know, and of what it alone does.
var unknownEscape = slip{
	words: "a backslash in double quotes starts a sequence that YAML does not know",
	why:   "In double quotes a backslash has a meaning: \\n is a line break, for instance.",
	try:   "Put the text in single quotes, where a backslash is only a backslash.",
}

// unfilled is said of a part of a template, in a line and in the place of a key.
var unfilled = slip{
	words: "a placeholder was not filled in",
	why:   "Double braces and the like belong to programs that make files from templates. callpolicy reads the finished file.",
	try:   "Write the value itself. If the braces belong to a text, put it in quotes.",
}

// explain says what is wrong with a line, from what the library says of it.
func explain(src *text, line int, message string) *diag.Diagnostic {
	f := newFault(src, line, message)
	for i := range slips {
		if at, ok := slips[i].fits(f); ok {
			return slips[i].say(at)
		}
	}
	return diag.New(diag.LoadSyntax, f.at, "this is not YAML: %s", message)
}

func (s *slip) fits(f *fault) (place, bool) {
	if s.says != nil && !f.says(s.says...) {
		return place{}, false
	}
	if s.looks == nil {
		return place{at: f.at}, true
	}
	return s.looks(f)
}

func (s *slip) say(p place) *diag.Diagnostic {
	fill := strings.NewReplacer("{sign}", p.sign, "{match}", p.match)
	return diag.New(diag.LoadSyntax, p.at, "%s", fill.Replace(s.words)).Because("%s", s.why).Try("%s", fill.Replace(s.try))
}

// fault is a line that the library cannot read.
type fault struct {
	src     *text
	line    int
	message string     // of the library
	at      diag.Range // the line without its indentation
	indent  string
	words   string // what stands behind the indentation

	above       string // the nearest line above that says something, without its indentation
	aboveLine   int    // 0: there is none
	aboveIndent int
}

func newFault(src *text, line int, message string) *fault {
	f := &fault{src: src, line: line, message: message, at: src.WholeLine(line)}
	full := string(src.Line(line))
	f.indent, f.words = full[:f.at.Start.Column-1], full[f.at.Start.Column-1:f.at.End.Column-1]
	for n := line - 1; n > 0; n-- {
		if words := src.Line(n); !isBlank(words) {
			f.aboveLine, f.above = n, strings.TrimLeft(string(words), " ")
			f.aboveIndent = len(words) - len(f.above)
			break
		}
	}
	return f
}

func (f *fault) says(words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(f.message, w) })
}

// part is the place of some bytes of the words.
func (f *fault) part(from, to int) place {
	start := f.src.Offset(f.line, f.at.Start.Column)
	return place{at: f.src.Span(start+from, start+to), sign: f.words[from:to]}
}

// partAbove is the place of some bytes of the line above.
func (f *fault) partAbove(from, to int) place {
	start := f.src.Offset(f.aboveLine, f.aboveIndent+1)
	return place{at: f.src.Span(start+from, start+to), sign: f.above[from:to]}
}

// matches looks for a pattern, of which a group is to blame.
func matches(pattern *regexp.Regexp, group int) func(*fault) (place, bool) {
	return func(f *fault) (place, bool) {
		m := pattern.FindStringSubmatchIndex(f.words)
		if m == nil {
			return place{}, false
		}
		return f.part(m[2*group], m[2*group+1]), true
	}
}

// perhaps is matches, or else the whole line.
func perhaps(pattern *regexp.Regexp, group int) func(*fault) (place, bool) {
	return func(f *fault) (place, bool) {
		if p, ok := matches(pattern, group)(f); ok {
			return p, true
		}
		return place{at: f.at}, true
	}
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
	oddBlank           = regexp.MustCompile(`(?:^(?:- )*-|:)([\x{A0}\x{1680}\x{2000}-\x{200B}\x{202F}\x{205F}\x{3000}])`)
	reserved           = regexp.MustCompile("(?:^|[ \t,:\\[{])([@`%|>])")

	onlyWord  = regexp.MustCompile(`^(- )*["']?[^ \t:#,"']+["']?[ \t]*(#.*)?$`)
	badEscape = regexp.MustCompile(`\\[^0abtnvfre "\\N_LPxuU\r\n]|\\x.{0,2}|\\[uU].{0,8}`)
)

func (f *fault) tab() (place, bool) {
	tab := strings.IndexByte(f.indent, '\t')
	if tab < 0 {
		return place{}, false
	}
	start := f.src.Offset(f.line, 1)
	return place{at: f.src.Span(start+tab, start+tab+1)}, true
}

// oddBlank looks for a character behind a colon or a dash that only looks like a
// blank, on this line or on the one above.
func (f *fault) oddBlank() (place, bool) {
	m, part := oddBlank.FindStringSubmatchIndex(f.words), f.part
	if m == nil {
		m, part = oddBlank.FindStringSubmatchIndex(f.above), f.partAbove
	}
	if m == nil {
		return place{}, false
	}
	p := part(m[2], m[3])
	switch r, _ := utf8.DecodeRuneInString(p.sign); r {
	case 0xA0, 0x202F:
		p.sign = "a no-break space"
	case 0x3000:
		p.sign = "an ideographic space"
	default:
		p.sign = fmt.Sprintf("the character U+%04X", r)
	}
	return p, true
}

func (f *fault) placeholder() (place, bool) {
	i := placeholderStart.FindStringIndex(f.words)
	if i == nil {
		return place{}, false
	}
	return f.part(i[0], i[0]+placeholderEnd([]byte(f.words[i[0]:]))), true
}

func (f *fault) firstByte() (place, bool) { return f.part(0, min(1, len(f.words))), true }

func (f *fault) quoteToTheEnd() (place, bool) {
	if !strings.ContainsAny(f.words, `"'`) {
		return place{}, false
	}
	i := openQuote(f.words)
	if i < 0 && !f.says("while scanning") {
		return place{at: f.at}, true
	}
	return f.part(max(i, 0), max(i, 0)+1), true
}

func (f *fault) openQuote() (place, bool) {
	i := openQuote(f.words)
	if i < 0 {
		return place{}, false
	}
	return f.part(i, i+1), true
}

func (f *fault) afterQuote() (place, bool) {
	i := afterQuote(f.words)
	if i < 0 {
		return place{}, false
	}
	return f.part(i, len(f.words)), true
}

func (f *fault) closingBracket() (place, bool) {
	i, closing := bracket(f.words)
	if i < 0 || !closing {
		return place{}, false
	}
	return f.part(i, i+1), true
}

func (f *fault) openBracket() (place, bool) {
	i, closing := bracket(f.words)
	if i < 0 || closing {
		return place{}, false
	}
	p := f.part(i, i+1)
	p.match = map[string]string{"{": "}", "[": "]"}[p.sign]
	return p, true
}

// secondColon looks for a value with a colon in it. Colons in brackets and quotes
// are their own.
func (f *fault) secondColon() (place, bool) {
	_, value, _ := strings.Cut(f.words, ": ")
	closed := strings.IndexAny(strings.TrimLeft(value, " "), "{[\"'") == 0
	i := lastColon(f.words)
	if i <= strings.Index(f.words, ": ") || closed {
		return place{}, false
	}
	return f.part(i, i+1), true
}

// The line above may be to blame for a colon where no key can be.

func (f *fault) colonAboveJoined() (place, bool) {
	if f.aboveLine == 0 || !noBlankAfter.MatchString(f.above) {
		return place{}, false
	}
	colon := strings.IndexByte(f.above, ':')
	return f.partAbove(colon, colon+1), true
}

func (f *fault) wordAboveLessIndented() (place, bool) {
	return place{at: f.src.WholeLine(f.aboveLine)}, f.aboveLine > 0 && f.aboveIndent < len(f.indent) && onlyWord.MatchString(f.above)
}

func (f *fault) wordAbove() (place, bool) {
	return place{at: f.src.WholeLine(f.aboveLine)}, f.aboveLine > 0 && f.aboveIndent == len(f.indent) && onlyWord.MatchString(f.above)
}

func (f *fault) wordAndValueAbove() (place, bool) {
	m := wordAndValue.FindStringSubmatch(f.above)
	if m == nil || f.aboveLine == 0 || f.aboveIndent != len(f.indent) {
		return place{}, false
	}
	p := f.partAbove(0, len(m[1]))
	p.sign = quoteName(m[1])
	return p, true
}

func (f *fault) dash() (place, bool) { return place{at: f.at}, startsWithDash(f.words) }

func (f *fault) dashBesideDashes() (place, bool) {
	if !startsWithDash(f.words) || !startsWithDash(f.above) || f.aboveIndent == len(f.indent) {
		return place{}, false
	}
	return f.part(0, 1), true
}

func (f *fault) wordBelowDash() (place, bool) {
	return place{at: f.at}, !startsWithDash(f.words) && startsWithDash(f.above) && f.aboveIndent == len(f.indent) && onlyWord.MatchString(f.words)
}
