package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"cuelang.org/go/cue"
)

// Form says what text of a pattern is, for messages about text that is not. The
// definitions of the schema name it in an attribute: @form(address).
type Form string

// The forms.
const (
	NameForm    Form = "name"    // a name of the administrator's choosing
	AddressForm Form = "address" // an e-mail address
	SettingForm Form = "setting" // the path of a setting that can be locked
	LimitForm   Form = "limit"   // a share, a count or both: 30%, or 5%, 250
	PathForm    Form = "path"    // a file or folder
	FolderForm  Form = "folder"  // a folder of the project
	WebexIDForm Form = "webexID" // an id of the Webex API
)

// Pattern is a regular expression. It is compiled when it is first asked: of
// those of a schema, with their large classes of characters, most never are.
type Pattern struct {
	text     string
	form     Form
	compiled func() *regexp.Regexp
	plain    func(s string) (matches, known bool) // nil: nothing is known without compiling
}

func newPattern(form Form, text string) *Pattern {
	return &Pattern{text, form, sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) }), plain[text]}
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

// Form says what the text is.
func (p *Pattern) Form() Form { return p.form }

// MarshalText writes the pattern for the index, with its form before it.
func (p *Pattern) MarshalText() ([]byte, error) { return []byte(string(p.form) + " " + p.text), nil }

// UnmarshalText reads the pattern from the index. A test compiles them all.
func (p *Pattern) UnmarshalText(text []byte) error {
	form, pattern, _ := strings.Cut(string(text), " ")
	*p = *newPattern(Form(form), pattern)
	return nil
}

// formsOf gives the form of each pattern that a definition of the schema holds.
func formsOf(v cue.Value) (map[string]Form, error) {
	forms := map[string]Form{}
	definitions, err := v.Fields(cue.Definitions(true))
	if err != nil {
		return nil, err
	}
	for definitions.Next() {
		form := definitions.Value().Attribute("form")
		if form.Err() != nil {
			continue
		}
		t, err := typeOf(definitions.Value())
		if err != nil {
			return nil, err
		}
		if t.Pattern == nil {
			return nil, fmt.Errorf("%v has a form, and no pattern", definitions.Selector())
		}
		name := Form(form.Contents())
		if !slices.Contains([]Form{NameForm, AddressForm, SettingForm, LimitForm, PathForm, FolderForm, WebexIDForm}, name) {
			return nil, fmt.Errorf("%v has the form %s, which is none", definitions.Selector(), name)
		}
		forms[t.Pattern.text] = name
	}
	return forms, nil
}

// setForms says of every pattern what the text is. A pattern without a form is
// an error: there would be no words for text that it refuses.
func (t *Type) setForms(forms map[string]Form) error {
	if t == nil {
		return nil
	}
	for _, p := range []*Pattern{t.Key, t.Pattern} {
		if p == nil {
			continue
		}
		form, ok := forms[p.text]
		if !ok {
			return fmt.Errorf("the pattern %s is in no definition with a form", p.text)
		}
		p.form = form
	}
	for i := range t.Fields {
		if err := t.Fields[i].Type.setForms(forms); err != nil {
			return err
		}
	}
	for _, alt := range t.Alts {
		if err := alt.setForms(forms); err != nil {
			return err
		}
	}
	return t.Elem.setForms(forms)
}

// share makes one of equal patterns, so that each is compiled once.
func (t *Type) share(known map[string]*Pattern) {
	if t == nil {
		return
	}
	for _, p := range []**Pattern{&t.Free, &t.Key, &t.Pattern} {
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
