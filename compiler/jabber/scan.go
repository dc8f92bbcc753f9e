package jabber

import (
	"regexp"
	"strings"
)

// attribute is one of a start tag: what names it, and its value.
type attribute struct {
	name         string
	named, value span
}

// scan cuts the file into tags and text. It looks at each byte a bounded number
// of times, and knows of the slips that Cisco's own guides and hurried people
// make in tags. What XML has beyond that is checked by a parser of XML, when
// something is to be merged into the file.
func (r *reader) scan(s string) {
	for at := 0; at < len(s); {
		i := strings.IndexByte(s[at:], '<')
		if i < 0 {
			r.chars(span{at, len(s)}, false)
			return
		}
		if i > 0 {
			r.chars(span{at, at + i}, false)
		}
		at += i
		next, more := r.markup(s, at)
		if !more {
			return
		}
		at = next
	}
}

// markup takes what begins with a < and returns where it ends. more is false
// where nothing more is to be read.
func (r *reader) markup(s string, at int) (next int, more bool) {
	rest := s[at:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		return r.comment(s, at), true
	case strings.HasPrefix(rest, "<![CDATA["):
		end := strings.Index(rest, "]]>")
		if end < 0 {
			r.slip(Ignored, span{at, at + 9}, "Write ]]> where it ends.", "a CDATA section is not closed")
			r.cut = true
			return len(s), true
		}
		r.chars(span{at + 9, at + end}, true)
		return at + end + 3, true
	case strings.HasPrefix(rest, "<!"):
		r.slip(Unreadable, span{at, at + 2}, "Remove it.", "it has a document type, which clients do not read")
		return 0, false
	case strings.HasPrefix(rest, "<?"):
		end := strings.Index(rest, "?>")
		if end < 0 {
			r.slip(Ignored, span{at, at + 2}, "Write ?> where it ends.", "<? is not closed by ?>")
			r.cut = true
			return len(s), true
		}
		if strings.HasPrefix(rest, "<?xml ") && strings.TrimPrefix(s[:at], string(bom())) != "" {
			r.slip(Ignored, span{at, at + 5}, "Remove what is before it, blanks and empty lines too.", "<?xml is not the very first thing in the file")
		}
		return at + end + 2, true
	}
	return r.tag(s, at)
}

func (r *reader) comment(s string, at int) int {
	end := strings.Index(s[at+4:], "-->")
	if end < 0 {
		r.slip(Ignored, span{at, at + 4}, "Write --> where it ends.", "a comment is not closed")
		r.cut = true
		r.hideInComment(span{at + 4, len(s)})
		return len(s)
	}
	body := span{at + 4, at + 4 + end}
	if strings.Contains(s[body.start:body.end]+"-", "--") {
		r.slip(Ignored, span{at, at + 4}, "Write a single dash.", "a comment holds --, which XML does not allow")
	}
	r.hideInComment(body)
	return body.end + 3
}

// inTag splits a tag: blanks, a slash, blanks, a name, and the rest.
var inTag = regexp.MustCompile(`^<([ \t\r\n]*)(/?)([ \t\r\n]*)([A-Za-z_:\x{80}-\x{10FFFF}][-A-Za-z0-9_.:\x{80}-\x{10FFFF}]*)`)

// oneAttribute is one of a start tag, with blanks before it.
var oneAttribute = regexp.MustCompile(`^[ \t\r\n]+([A-Za-z_:\x{80}-\x{10FFFF}][-A-Za-z0-9_.:\x{80}-\x{10FFFF}]*)[ \t\r\n]*=[ \t\r\n]*(?:"([^"<]*)"|'([^'<]*)')`)

// tag takes a start or an end tag.
func (r *reader) tag(s string, at int) (next int, more bool) {
	// No tag holds another <, so nothing is looked at beyond the next one.
	limit := len(s)
	if i := strings.IndexByte(s[at+1:], '<'); i >= 0 {
		limit = at + 1 + i
	}
	m := inTag.FindStringSubmatchIndex(s[at:limit])
	closing := strings.IndexByte(s[at:limit], '>')
	if m == nil || closing < 0 && m[3] > m[2] {
		r.slip(Ignored, span{at, at + 1}, "Write &lt; for each < of a value.", "a < is not written &lt;")
		return at + 1, true
	}
	name, ends := s[at+m[8]:at+m[9]], m[5] > m[4]
	rest := at + m[9]
	var attributes []attribute
	for !ends {
		a := oneAttribute.FindStringSubmatchIndex(s[rest:limit])
		if a == nil {
			break
		}
		value := span{rest + a[4], rest + a[5]}
		if a[4] < 0 {
			value = span{rest + a[6], rest + a[7]}
		}
		attributes = append(attributes, attribute{s[rest+a[2] : rest+a[3]], span{rest + a[2], rest + a[3]}, value})
		rest += a[1]
	}
	tail := s[rest:limit]
	closing = strings.IndexByte(tail, '>')
	end := limit
	if closing >= 0 {
		end = rest + closing + 1
		tail = tail[:closing]
	}
	piece := span{at, end}
	r.shape(name, ends, closing >= 0, m[3] > m[2] || m[7] > m[6], tail, piece, attributes)
	if ends {
		r.end(name, piece)
		return end, true
	}
	if !r.start(name, piece, attributes) {
		return 0, false
	}
	if strings.HasSuffix(strings.TrimRight(tail, " \t\r\n"), "/") {
		r.pop()
	}
	return end, true
}

// shape tells the slips of a tag itself.
func (r *reader) shape(name string, ends, closed, blanks bool, tail string, at span, attributes []attribute) {
	slash := ""
	if ends {
		slash = "/"
	}
	right := "<" + slash + name + ">"
	blank := " \t\r\n"
	switch left := strings.TrimLeft(tail, blank); {
	case !closed:
		r.slip(Ignored, at, "Write "+right+".", "the tag <%s%s has no > at its end", slash, name)
	case blanks:
		r.slip(Ignored, at, "Write "+right+".", "there are blanks in the tag <%s%s>", slash, name)
	case left != "" && (ends || left != "/"):
		r.slip(Ignored, at, "Write "+right+", and an attribute as name=\"value\".", "the tag <%s%s> holds something that does not belong there", slash, name)
	}
	names := map[string]bool{}
	for _, a := range attributes {
		if names[a.name] {
			r.slip(Ignored, a.named, "Keep one of them.", "the tag <%s> has the attribute %s twice", name, a.name)
			return
		}
		names[a.name] = true
	}
}

// aReference is what may stand behind an &.
var aReference = regexp.MustCompile(`^&(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});`)

// reference returns how long the reference is that the text begins with; 0: it
// begins with none.
func reference(s string) int { return len(aReference.FindString(s[:min(len(s), 12)])) }

// unescape resolves the references of a value, for showing and comparing it.
func unescape(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	return strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'").Replace(s)
}
