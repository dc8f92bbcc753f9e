package schema

import (
	"regexp"
	"strings"
	"sync"
)

// Pattern is a regular expression. It is compiled when it is first asked: of
// those of a schema, with their large classes of characters, most never are.
type Pattern struct {
	text     string
	compiled func() *regexp.Regexp
	plain    func(s string) (matches, known bool) // nil: nothing is known without compiling
}

func newPattern(text string) *Pattern {
	return &Pattern{text, sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) }), plain[text]}
}

// MatchString reports whether the pattern matches a part of the text.
func (p *Pattern) MatchString(s string) bool {
	if p.plain != nil {
		if matches, known := p.plain(s); known {
			return matches
		}
	}
	return p.compiled().MatchString(s)
}

// plain says, for the patterns that nearly every line of a policy is held to,
// whether text in ASCII matches, as nearly all is: neither must the expression
// be compiled for it, nor run for each of a million addresses. A pattern that is
// changed in the schema is no longer found here.
var plain = map[string]func(s string) (matches, known bool){
	`^[^@\s\p{C}\p{Z}\p{Pi}\p{Pf}]{1,64}@[^@\s\p{C}\p{Z}\p{Pi}\p{Pf}]{1,253}$`: func(s string) (matches, known bool) {
		at := strings.IndexByte(s, '@')
		once := at >= 0 && strings.IndexByte(s[at+1:], '@') < 0
		return once && 1 <= at && at <= 64 && 1 <= len(s)-at-1 && len(s)-at-1 <= 253, printable(s, '!')
	},
	`^[^\p{Cc}]{1,256}$`: func(s string) (matches, known bool) {
		return 1 <= len(s) && len(s) <= 256, printable(s, ' ')
	},
}

// printable reports whether text is made of the printable characters of ASCII
// from the first that is given.
func printable(s string, from byte) bool {
	for i := range len(s) {
		if s[i] < from || s[i] > '~' {
			return false
		}
	}
	return true
}

// String returns the pattern as the schema has it.
func (p *Pattern) String() string { return p.text }

// MarshalText writes the pattern for the index.
func (p *Pattern) MarshalText() ([]byte, error) { return []byte(p.text), nil }

// UnmarshalText reads the pattern from the index. A test compiles them all.
func (p *Pattern) UnmarshalText(text []byte) error {
	*p = *newPattern(string(text))
	return nil
}

// share makes one of equal patterns, so that each is compiled once.
func (t *Type) share(known map[string]*Pattern) {
	if t == nil {
		return
	}
	for _, p := range []**Pattern{&t.Key, &t.Pattern} {
		if *p == nil {
			continue
		}
		if have := known[(*p).text]; have != nil {
			*p = have
		}
		known[(*p).text] = *p
	}
	for i := range t.Fields {
		t.Fields[i].Type.share(known)
	}
	t.Elem.share(known)
	for _, alt := range t.Alts {
		alt.share(known)
	}
}
