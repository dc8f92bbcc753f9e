package jabber

import (
	"bytes"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"callpolicy/compiler/diag"
)

// text is a file in UTF-8, whatever encoding it came in.
type text struct {
	s      string
	starts []int  // the offset of each line
	secret []span // values that nobody is shown, in order
}

// span is a piece of a text, by offsets.
type span struct{ start, end int }

func newText(s string) *text {
	t := &text{s: s, starts: []int{0}}
	for i := range len(s) {
		if s[i] == '\n' {
			t.starts = append(t.starts, i+1)
		}
	}
	return t
}

// position returns the line and the byte column of an offset.
func (t *text) position(offset int) diag.Pos {
	line := sort.SearchInts(t.starts, offset+1)
	return diag.Pos{Line: line, Column: offset - t.starts[line-1] + 1}
}

// maxText bounds how much of a line is shown, in bytes.
const maxText = 1000

// show returns the range of a piece, which ends with its line. Of a very long
// line the beginning is shown, and of a piece further on no text at all.
// Passwords on the line are covered up.
func (t *text) show(file string, s span) diag.Range {
	start := t.position(s.start)
	from := t.starts[start.Line-1]
	to := len(t.s)
	if start.Line < len(t.starts) {
		to = t.starts[start.Line] - 1
	}
	to = max(from, to-(len(t.s[from:to])-len(strings.TrimRight(t.s[from:to], "\r"))))
	end := max(min(s.end, to), s.start)
	r := diag.Range{File: file, Start: start, End: diag.Pos{Line: start.Line, Column: end - from + 1}}
	cut := min(to, from+maxText)
	for cut < to && !utf8.RuneStart(t.s[cut]) {
		cut--
	}
	if end <= cut {
		r.Text = t.covered(from, cut)
	}
	return r
}

// covered returns a piece of the text with asterisks for passwords, one for
// each byte, so that columns still count.
func (t *text) covered(from, to int) string {
	first := sort.Search(len(t.secret), func(i int) bool { return t.secret[i].end > from })
	if first == len(t.secret) || t.secret[first].start >= to {
		return t.s[from:to]
	}
	b := []byte(t.s[from:to])
	for _, s := range t.secret[first:] {
		for i := max(s.start, from); i < min(s.end, to); i++ {
			b[i-from] = '*'
		}
	}
	return string(b)
}

// without returns the text with nothing where passwords are.
func (t *text) without() string {
	var b strings.Builder
	at := 0
	for _, s := range t.secret {
		if s.start >= at {
			b.WriteString(t.s[at:s.start])
			at = s.end
		}
	}
	b.WriteString(t.s[at:])
	return b.String()
}

// declared finds the encoding that a file says it has.
var declared = regexp.MustCompile(`^\x{FEFF}?(<\?xml[^>]*\sencoding\s*=\s*["'])([A-Za-z0-9._:-]*)(["'])`)

// decode returns a file as UTF-8, and the name of the encoding that it came in
// where that is another one. ok is false where it cannot be read at all.
func decode(data []byte) (s, other string, ok bool) {
	switch {
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}), bytes.HasPrefix(data, []byte{0, '<'}):
		return decodeAs(unicode.UTF16(unicode.BigEndian, unicode.UseBOM), data, "UTF-16")
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{'<', 0}):
		return decodeAs(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), data, "UTF-16")
	}
	m := declared.FindSubmatch(data)
	if m == nil {
		return string(data), "", utf8.Valid(data)
	}
	name := strings.ToLower(string(m[2]))
	if slices.Contains([]string{"utf-8", "utf8"}, name) {
		return string(data), "", utf8.Valid(data)
	}
	as, ok := encodings()[name]
	if !ok {
		as = encoding.Nop // such as US-ASCII
	}
	return decodeAs(as, data, string(m[2]))
}

func bom() []byte { return []byte("\uFEFF") }

// encodings are those that editors write where UTF-8 was meant.
func encodings() map[string]encoding.Encoding {
	return map[string]encoding.Encoding{
		"iso-8859-1": charmap.Windows1252, "latin1": charmap.Windows1252, "iso-8859-15": charmap.ISO8859_15,
		"windows-1252": charmap.Windows1252, "cp1252": charmap.Windows1252, "windows-1250": charmap.Windows1250,
		"iso-8859-2": charmap.ISO8859_2,
	}
}

// decodeAs decodes a file, which then says that it is UTF-8.
func decodeAs(as encoding.Encoding, data []byte, name string) (s, other string, ok bool) {
	out, err := as.NewDecoder().Bytes(data)
	if err != nil || !utf8.Valid(out) {
		return "", name, false
	}
	if m := declared.FindSubmatchIndex(out); m != nil {
		out = slices.Concat(out[:m[4]], []byte("utf-8"), out[m[5]:])
	}
	return string(out), name, true
}

// badLine returns the line of the first byte that is not UTF-8.
func badLine(data []byte) int {
	line := 1
	for len(data) > 0 {
		c, size := utf8.DecodeRune(data)
		if c == utf8.RuneError && size == 1 {
			break
		}
		if c == '\n' {
			line++
		}
		data = data[size:]
	}
	return line
}
