package harmless

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Markdown returns untrusted text as it may stand in a line of Markdown, also in
// a cell of a table: it shows as it is, and is no markup, no HTML, no link, no
// mention of a person, no reference to an issue and no emoji, neither to Markdown
// nor to the hosts of pull and merge requests. Line ends become spaces.
func Markdown(text string) string { return MarkdownUpTo(text, len(text)*maxForm) }

// MarkdownUpTo is Markdown of at most so many bytes. What has no room is cut off,
// and an ellipsis stands for it.
func MarkdownUpTo(text string, most int) string {
	line := strings.Trim(oneLine(text), " ")
	if line == "" {
		return "&#160;" // or what stands around it could meet
	}
	return cutTo(markdownForms(line), most)
}

func oneLine(text string) string { return Line(strings.ReplaceAll(text, "\n", " ")) }

// plainCode is what a code span holds without further ado, also in a table.
var plainCode = regexp.MustCompile("^[^`|<>&\\\\\\s]([^`|<>&\\\\]*[^`|<>&\\\\\\s])?$")

// MarkdownCode shows a name in Markdown just as it is: in a code span nothing is
// a mention, a link or an issue. It is exact also in a cell of a table.
func MarkdownCode(text string) string {
	return MarkdownCodeUpTo(text, len(text)*maxForm+len("<code></code>"))
}

// MarkdownCodeUpTo is MarkdownCode of at most so many bytes, of which the frame
// of the name takes some. What has no room is cut off, and an ellipsis stands for it.
func MarkdownCodeUpTo(text string, most int) string {
	text = oneLine(text)
	if len(text)+2 <= most && plainCode.MatchString(text) {
		return "`" + text + "`"
	}
	return "<code>" + cutTo(markdownForms(text), most-len("<code></code>")) + "</code>"
}

// maxForm is how many bytes a byte of text takes at most; see markdownForms.
const maxForm = 16

// apart keeps two characters from being read together by a host, which looks at
// the text of a finished page: a comment there is none, and parts the text.
const apart = "<!-- -->"

// markup is what Markdown or HTML would take for its own.
var markup = map[rune]string{
	'&': "&amp;", '<': "&lt;", '>': "&gt;", '\\': "&#92;", '`': "&#96;", '*': "&#42;", '_': "&#95;", '~': "&#126;",
	'[': "&#91;", ']': "&#93;", '|': "&#124;", '$': "&#36;",
}

// sigils begin a reference where a word or a quote follows: people, issues,
// merge requests, milestones, epics, labels, snippets, alerts.
const sigils = "@#!%&~$^"

// leads are characters that begin a list, a rule or an underlined heading at the
// start of a line.
const leads = "-+="

var (
	linkStart  = regexp.MustCompile(`(?i)^(://|www\.|GH-[0-9])`)
	emojiStart = regexp.MustCompile(`^:[a-zA-Z0-9_+-]*(:|$)`)
	itemStart  = regexp.MustCompile(`^[0-9]{1,9}[.)]`)
)

// markdownForms returns the form of each character of a line.
func markdownForms(line string) []string {
	forms := make([]string, 0, len(line))
	item := itemStart.FindString(line)
	for i, r := range line {
		form, special := markup[r]
		rest := line[i:]
		switch {
		case special:
		case i == 0 && strings.ContainsRune(leads, r), item != "" && i == len(item)-1:
			form = "&#" + strconv.Itoa(int(r)) + ";"
		default:
			form = string(r)
		}
		switch {
		case r == '@' || r == '#', strings.ContainsRune(sigils, r) && wordFollows(rest[1:]),
			r == ':' && emojiStart.MatchString(rest), strings.ContainsRune(":wWgG", r) && linkStart.MatchString(rest):
			form += apart
		}
		forms = append(forms, form)
	}
	return forms
}

func wordFollows(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return r == '"' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// cutTo joins forms as far as there is room, and says with an ellipsis that
// there were more.
func cutTo(forms []string, most int) string {
	const more = "…"
	var b strings.Builder
	for i, form := range forms {
		b.WriteString(form)
		if b.Len() <= most {
			continue
		}
		// Back to where the ellipsis has room.
		kept := b.String()
		for ; i >= 0 && len(kept)+len(more) > most; i-- {
			kept = strings.TrimSuffix(kept, forms[i])
		}
		return kept + more
	}
	return b.String()
}
