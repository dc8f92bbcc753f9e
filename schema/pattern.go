package schema

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression. It is compiled when it is first asked: of
// those of a schema, with their large classes of characters, most never are.
type Pattern struct {
	text     string
	compiled func() *regexp.Regexp
}

func newPattern(text string) *Pattern {
	return &Pattern{text, sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
}

// MatchString reports whether the pattern matches a part of the text.
func (p *Pattern) MatchString(s string) bool { return p.compiled().MatchString(s) }

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
