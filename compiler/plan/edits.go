package plan

import (
	"slices"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
)

// edit is one difference between the two states that somebody made, the atom
// of attribution: it is either done or undone, whole.
type edit struct {
	kind          Kind
	path          config.Path
	before, after any // nil: not there
	user          string

	cause *accumulator // what it does; nil until it does something
}

// edits are the differences that are not about one user. Each is found again
// by what it is about, when a user's levels are mixed from both states.
type edits struct {
	all []*edit

	edition    *edit
	orgToggle  map[int]*edit
	orgChoice  map[config.Service]*edit
	toggle     map[string]map[int]*edit            // by template
	choice     map[string]map[config.Service]*edit // by template
	rank       map[string]*edit                    // by template
	assignment map[string]*edit                    // by group
	service    map[string]*edit                    // of a license
	profiles   []*edit
}

func (e *edits) add(kind Kind, before, after any, path ...string) *edit {
	n := &edit{kind: kind, path: path, before: before, after: after}
	e.all = append(e.all, n)
	return n
}

// editsOf compares what the two states say, apart from users.
func editsOf(base, head *config.Config) *edits {
	e := &edits{
		orgToggle: map[int]*edit{}, orgChoice: map[config.Service]*edit{},
		toggle: map[string]map[int]*edit{}, choice: map[string]map[config.Service]*edit{},
		rank: map[string]*edit{}, assignment: map[string]*edit{}, service: map[string]*edit{},
	}
	if base.Project.Edition != head.Project.Edition {
		e.edition = e.add(EditionChange, base.Project.Edition, head.Project.Edition, "edition")
	}
	e.settings(OrgSetting, head.Toggles, base.Org.Settings, head.Org.Settings, e.orgToggle, e.orgChoice, "org")
	for i := range head.Templates {
		h := &head.Templates[i]
		b := base.Template(h.Name)
		if b < 0 {
			continue // a new template does nothing until a group is assigned to it, which is the edit that counts
		}
		bt := &base.Templates[b]
		if bt.Rank != h.Rank {
			e.rank[h.Name] = e.add(TemplateRank, bt.Rank, h.Rank, "templates", h.Name, "rank")
		}
		toggles, choices := map[int]*edit{}, map[config.Service]*edit{}
		e.settings(TemplateSetting, head.Toggles, bt.Settings, h.Settings, toggles, choices, "templates", h.Name)
		e.toggle[h.Name], e.choice[h.Name] = toggles, choices
	}
	for i := range head.Groups {
		name := head.Groups[i].Name
		if b, ok := base.Group(name); ok {
			if before, after := templateOf(base, b), templateOf(head, i); before != after {
				e.assignment[name] = e.add(TemplateAssignment, orNil(before), orNil(after), "groups", name, "template")
			}
		}
	}
	for i := range head.Licenses {
		h := &head.Licenses[i]
		if b, ok := base.License(h.Name); ok && base.Licenses[b].Service != h.Service {
			e.service[h.Name] = e.add(License, serviceName(base.Licenses[b].Service), serviceName(h.Service), "licenses", h.Name, "service")
		}
	}
	for i := range head.Profiles {
		h := &head.Profiles[i]
		if b, ok := base.Profile(h.Name); ok && base.Profiles[b].ID != h.ID {
			e.profiles = append(e.profiles, e.add(Profile, orNil(base.Profiles[b].ID), orNil(h.ID), "ucManagerProfiles", h.Name, "id"))
		}
	}
	return e
}

// settings finds the toggles and calling behaviors that a level says otherwise.
func (e *edits) settings(kind Kind, names []string, before, after config.Settings, toggles map[int]*edit, choices map[config.Service]*edit, path ...string) {
	for i, name := range names {
		if b, h := toggleValue(before, i), toggleValue(after, i); b != h {
			toggles[i] = e.add(kind, b, h, slices.Concat(path, []string{"inCall", name})...)
		}
	}
	for _, s := range config.Services {
		if b, h := before.For(s), after.For(s); b != h {
			choices[s] = e.add(kind, choiceValue(b), choiceValue(h), slices.Concat(path, []string{"callingBehavior", s.String()})...)
		}
	}
}

// toggleValue returns true, false, or nil where the level does not decide.
func toggleValue(s config.Settings, i int) any {
	if on, set := s.InCall.Get(i); set {
		return on
	}
	return nil
}

func choiceValue(c config.Choice) any {
	if c.IsZero() {
		return nil
	}
	return Calling(bundle.Choice{App: c.App, Profile: c.Profile, EmailDomain: c.EmailDomain})
}

// templateOf returns the name of a group's template, or nothing.
func templateOf(cfg *config.Config, group int) string {
	if t := cfg.Groups[group].Template; t >= 0 {
		return cfg.Templates[t].Name
	}
	return ""
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func serviceName(s config.Service) string {
	if s == 0 {
		return "none"
	}
	return s.String()
}
