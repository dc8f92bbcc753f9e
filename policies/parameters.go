package policies

import (
	"fmt"
	"iter"
	"maps"
	"strings"
	"sync"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
)

// Parameter is what is known of a parameter of jabber-config.xml: what it
// becomes when people leave Cisco Jabber for the Webex App.
type Parameter struct {
	Name     string              `json:"-"`
	Is       string              `json:"is"`                 // expressed, honored, jabberOnly
	Settings map[string][]string `json:"settings,omitempty"` // by edition: the settings that say the same
	Inverted bool                `json:"inverted,omitempty"` // it says the opposite of the setting
	Without  string              `json:"without,omitempty"`  // what to know in an edition that has no setting for it
	Default  string              `json:"default,omitempty"`
	Meaning  string              `json:"meaning,omitempty"`

	Secret bool `json:"-"` // its value is a password
	Nested bool `json:"-"` // it holds elements
}

// JabberParameters is what is known of the parameters of jabber-config.xml.
type JabberParameters struct {
	Sections []string // of the file, as Cisco's guide writes them

	byName    map[string]Parameter
	lower     map[string]string // names by themselves and their other spellings in lower case
	spellings map[string]string // other spellings of Cisco's own guides
}

// Parameters returns what is known of the parameters of jabber-config.xml. The
// result is shared: it must not be changed.
func Parameters() (*JabberParameters, error) { return parametersOnce() }

// All returns what is known, by the name of the parameter.
func (j *JabberParameters) All() iter.Seq2[string, Parameter] { return maps.All(j.byName) }

// Find returns what is known of a parameter by its name in any letters, and
// whether the letters are those of one of Cisco's guides.
func (j *JabberParameters) Find(name string) (p Parameter, asWritten, ok bool) {
	known, ok := j.lower[strings.ToLower(name)]
	if !ok {
		return Parameter{}, false, false
	}
	return j.byName[known], known == name || j.spellings[name] == known, true
}

var parametersOnce = sync.OnceValues(func() (*JabberParameters, error) {
	files, err := parseAll("parameters.cue")
	if err != nil {
		return nil, err
	}
	j := &JabberParameters{lower: map[string]string{}}
	var documented map[string][]string
	var secrets, nested []string
	v := cuecontext.New().BuildFile(files[0].Syntax)
	for path, into := range map[string]any{
		"jabberParameters": &j.byName, "jabberSections": &j.Sections, "jabberDocumented": &documented,
		"jabberSecrets": &secrets, "jabberNested": &nested, "jabberSpellings": &j.spellings,
	} {
		if err := v.LookupPath(cue.ParsePath(path)).Decode(into); err != nil {
			return nil, fmt.Errorf("the parameters of jabber-config.xml: %w", err)
		}
	}
	for _, names := range documented {
		for _, name := range names {
			j.byName[name] = Parameter{Is: "jabberOnly"}
		}
	}
	for name, p := range j.byName {
		p.Name = name
		j.byName[name] = p
		j.lower[strings.ToLower(name)] = name
	}
	for _, name := range secrets {
		p := j.byName[name]
		p.Secret = true
		j.byName[name] = p
	}
	for _, name := range nested {
		p := j.byName[name]
		p.Nested = true
		j.byName[name] = p
	}
	for other, name := range j.spellings {
		j.lower[strings.ToLower(other)] = name
	}
	return j, nil
})
