package rules

import (
	"slices"
	"strings"

	"cuelang.org/go/cue/token"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/near"
)

// mention is a name of the organization's own in a rule: of a license, a group,
// a template, a profile or a toggle.
type mention struct {
	of, name string // licenses, professional
	as       string // what a rule sees there: "a user has no licenses.profesional"
	label    bool   // it is a field, and not a value
	at       diag.Range
}

// mentions gathers what a constraint names.
func (g *guard) mentions(says []demand, scope string) []mention {
	var out []mention
	for _, d := range says {
		m := mention{of: d.name, label: d.name != "", at: g.rangeOf(d.x, token.NoPos)}
		v := constant(d.x)
		switch {
		case m.label:
			m.name = d.path[len(d.path)-1]
			m.as = "what a rule sees of " + scopeWords[scope] + " has no " + strings.Join(d.path, ".")
		case d.word != "" && v != nil && v.kind == text:
			m.of, m.name = d.word, v.s
			m.as = strings.Join(d.path, ".") + " can never be " + g.text(d.x)
		default:
			continue
		}
		out = append(out, m)
	}
	return out
}

// misnamed reports names in a rule that the organization does not have. Such a
// rule is not asked: what it says follows from the slip.
func (r *run) misnamed(x *rule) bool {
	if r.cfg.Incomplete {
		return false // the name may be in a file that could not be read
	}
	found := false
	for _, c := range x.constraints() {
		for _, m := range c.uses {
			names := namesIn(r.cfg, m.of)
			if slices.Contains(names, m.name) {
				continue
			}
			found = true
			id := diag.RuleInvalid
			if m.label {
				id = diag.RuleUnknownField
			}
			d := diag.New(id, m.at, "%s", m.as).Because("There is no such name under %s. %s", inFiles[m.of], neverMatches)
			other := ""
			if m.of == "toggles" {
				other = elsewhere(r.cfg.Schema.Edition.Name, []string{"inCall", m.name})
			}
			switch meant := near.One(m.name, names); {
			case other != "":
				d.Try("%s has it.", strings.ToUpper(other[:1])+other[1:])
			case meant != "":
				d.Try("Did you mean %s?", meant)
			case len(names) == 0:
			case len(names) <= shownNames:
				d.Try("There are: %s.", strings.Join(names, ", "))
			default:
				d.Try("There are: %s, and %d more.", strings.Join(names[:shownNames], ", "), len(names)-shownNames)
			}
			r.direct.Add(d)
		}
	}
	return found
}

// shownNames is how many names are listed.
const shownNames = 12

// inFiles says where names are given.
var inFiles = map[string]string{
	"licenses": "licenses", "groups": "groups", "templates": "templates", "profiles": "ucManagerProfiles", "toggles": "inCall",
}

// namesIn lists names that the organization has, sorted.
func namesIn(cfg *config.Config, of string) []string {
	var names []string
	switch of {
	case "licenses":
		for i := range cfg.Licenses {
			names = append(names, cfg.Licenses[i].Name)
		}
	case "groups":
		for i := range cfg.Groups {
			names = append(names, cfg.Groups[i].Name)
		}
	case "templates":
		for i := range cfg.Templates {
			names = append(names, cfg.Templates[i].Name)
		}
	case "profiles":
		for i := range cfg.Profiles {
			names = append(names, cfg.Profiles[i].Name)
		}
	case "toggles":
		names = append(names, cfg.Schema.Edition.Toggles...)
	}
	slices.Sort(names)
	return names
}
