package policies

import (
	"fmt"
	"sync"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
)

// Parameter is what a parameter of jabber-config.xml becomes when people leave
// Cisco Jabber for the Webex App.
type Parameter struct {
	Name     string              `json:"-"`
	Is       string              `json:"is"`                 // expressed, honored, jabberOnly
	Settings map[string][]string `json:"settings,omitempty"` // by edition: the settings that say the same
	Inverted bool                `json:"inverted,omitempty"` // it says the opposite of the setting
	Default  string              `json:"default,omitempty"`
	Meaning  string              `json:"meaning,omitempty"`
}

// Parameters returns what is known of the parameters of jabber-config.xml, by
// name, and the names of its sections. The result is shared: it must not be changed.
func Parameters() (map[string]Parameter, []string, error) {
	p, err := parametersOnce()
	return p.byName, p.sections, err
}

type parameters struct {
	byName   map[string]Parameter
	sections []string
}

var parametersOnce = sync.OnceValues(func() (p parameters, err error) {
	files, err := parseAll("parameters.cue")
	if err != nil {
		return p, err
	}
	v := cuecontext.New().BuildFile(files[0].Syntax)
	if err := v.LookupPath(cue.ParsePath("jabberParameters")).Decode(&p.byName); err != nil {
		return p, fmt.Errorf("the parameters of jabber-config.xml: %w", err)
	}
	for name, entry := range p.byName {
		entry.Name = name
		p.byName[name] = entry
	}
	return p, v.LookupPath(cue.ParsePath("jabberSections")).Decode(&p.sections)
})
