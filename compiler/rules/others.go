package rules

import (
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/near"
	"callpolicy/compiler/resolve"
	"callpolicy/policies"
)

// subject is what a rule is asked about, in the scopes of which there are few:
// templates, groups, the organization.
type subject struct {
	fields []field
	items  map[string][]item
	place  func(path []string) []string // where a field of the subject is written
	group  string                       // the group's name, for waivers
}

// item is one of what a rule may be asked about one by one: a setting, a
// license, a profile.
type item struct {
	value *value
	place func(path []string) []string // of the fields of the item
}

// itemNames lists, by scope, the fields of which a rule sees one at a time.
var itemNames = map[string][]string{
	"user": {"setting"}, "template": {"setting"}, "group": nil, "organization": {"setting", "license", "profile"},
}

// under places fields of a subject below a path in the files.
func under(base ...string) func(path []string) []string {
	return func(path []string) []string { return slices.Concat(base, path) }
}

// settingItems turns settings into items. base is where the level is written.
func settingItems(settings []one, base ...string) []item {
	items := make([]item, len(settings))
	for i, s := range settings {
		items[i] = item{s.value, func(path []string) []string { return s.placed(path, base) }}
	}
	return items
}

func (o *one) placed(path, base []string) []string {
	switch {
	case len(path) > 0 && path[0] == "inherited":
		return o.inherited
	case len(path) > 1 && path[0] == "value":
		return slices.Concat(base, o.path, path[1:])
	}
	return slices.Concat(base, o.path)
}

// subjects returns the subjects of a scope other than "user".
func (f *facts) subjects(scope string) []subject {
	switch scope {
	case "template":
		f.countTemplates()
		out := make([]subject, len(f.cfg.Templates))
		for i := range out {
			out[i] = f.template(i)
		}
		return out
	case "group":
		out := make([]subject, len(f.cfg.Groups))
		for i := range out {
			out[i] = f.group(i)
		}
		return out
	}
	return []subject{f.organization()}
}

func (f *facts) template(i int) subject {
	t, use := &f.cfg.Templates[i], f.templates[i]
	var unset []field
	for _, name := range f.cfg.Schema.Edition.Toggles {
		if bit, ok := f.cfg.Toggle(name); ok {
			if _, set := t.InCall.Get(bit); !set {
				unset = append(unset, have(name, isTrue))
			}
		}
	}
	base := []string{"templates", t.Name}
	return subject{
		fields: append([]field{
			have("template", objectOf(
				have("name", word(t.Name)), have("rank", count(t.Rank)),
				have("groups", count(use.groups)), have("members", count(use.members)), have("users", count(use.wins)))),
			have("overrides", f.written(&t.Settings)),
			have("unset", objectOf(unset...)), have("missing", count(len(unset))),
		}, f.anybody...),
		items: map[string][]item{"setting": settingItems(f.settings(resolve.Template, &t.Settings, nil), base...)},
		place: func(path []string) []string {
			switch {
			case len(path) > 1 && path[0] == "template" && path[1] == "rank", len(path) > 0 && path[0] == "overrides":
				return slices.Concat(base, path[1:])
			case len(path) > 0 && (path[0] == "unset" || path[0] == "missing"):
				return slices.Concat(base, []string{"inCall"})
			}
			return base
		},
	}
}

// countTemplates finds out whom each template reaches.
func (f *facts) countTemplates() {
	if f.templates != nil {
		return
	}
	f.templates = make([]templateUse, len(f.cfg.Templates))
	for i := range f.cfg.Groups {
		if t := f.cfg.Groups[i].Template; t >= 0 {
			f.templates[t].groups++
		}
	}
	for i := range f.result.Classes {
		if t := f.result.Classes[i].Template; t >= 0 {
			f.templates[t].wins += f.result.Classes[i].Users
		}
	}
	last := make([]int, len(f.templates)) // the user, from 1, who was counted last
	for i := range f.cfg.Users {
		for _, g := range f.cfg.Users[i].Groups {
			if t := f.cfg.Groups[g].Template; t >= 0 && last[t] != i+1 {
				last[t] = i + 1
				f.templates[t].members++
			}
		}
	}
}

func (f *facts) group(i int) subject {
	g := &f.cfg.Groups[i]
	fields := append([]field{have("group", objectOf(
		have("name", word(g.Name)), have("members", count(g.Members)), wordOr("template", f.templateName(g.Template))))},
		f.anybody...)
	if m := g.Migration; m != nil {
		fields = append(fields, have("migration", objectOf(
			wordOr("completeBy", m.CompleteBy), have("webexCallingReady", truth(m.WebexCallingReady)))))
	}
	return subject{
		fields: fields, group: g.Name,
		place: func(path []string) []string {
			base := []string{"groups", g.Name}
			switch {
			case len(path) > 1 && path[0] == "group" && path[1] == "template":
				return append(base, "template")
			case len(path) > 0 && path[0] == "migration":
				return append(base, path...)
			}
			return base
		},
	}
}

func (f *facts) organization() subject {
	var classes [resolve.Migrating + 1]int
	for i := range f.result.Classes {
		classes[f.result.Classes[i].Inputs.License] += f.result.Classes[i].Users
	}
	var counts []field
	for c := resolve.None; c <= resolve.Migrating; c++ {
		counts = append(counts, have(c.String(), count(classes[c])))
	}
	return subject{
		fields: append([]field{
			have("users", count(len(f.cfg.Users))), have("classes", objectOf(counts...)),
			have("overrides", f.written(&f.cfg.Org.Settings)),
		}, f.anybody...),
		items: map[string][]item{
			"setting": settingItems(f.settings(resolve.Org, &f.cfg.Org.Settings, nil), "org"),
			"license": f.licenseItems(),
			"profile": f.profileItems(),
		},
		place: func(path []string) []string {
			if len(path) > 0 && path[0] == "overrides" {
				return append([]string{"org"}, path[1:]...)
			}
			return []string{"org"}
		},
	}
}

func (f *facts) licenseItems() []item {
	seats := f.result.Seats()
	items := make([]item, len(f.cfg.Licenses))
	for i := range items {
		l := &f.cfg.Licenses[i]
		fields := append(f.license(l), have("name", word(l.Name)), have("assigned", count(seats[i].Assigned)))
		if l.Purchased >= 0 {
			fields = append(fields, have("purchased", count(l.Purchased)))
			if over := seats[i].Assigned - l.Purchased; over > 0 {
				fields = append(fields, have("over", count(over)))
			}
		}
		if _, ok := f.known[l.ControlHubName]; !ok && l.ControlHubName != "" {
			fields = append(fields, wordOr("suggestion", f.suggestion(l.ControlHubName)))
		}
		items[i] = item{objectOf(fields...), under("licenses", l.Name)}
	}
	return items
}

func (f *facts) suggestion(name string) string {
	return near.One(name, sortedNames(f.known))
}

func sortedNames(m map[string]policies.License) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (f *facts) profileItems() []item {
	uses := map[string]int{}
	note := func(s *config.Settings, n int) {
		for _, c := range s.Behavior {
			if c.Profile != "" {
				uses[c.Profile] += n
			}
		}
	}
	note(&f.cfg.Org.Settings, 1)
	for i := range f.cfg.Templates {
		note(&f.cfg.Templates[i].Settings, 1)
	}
	for i := range f.result.Classes { // users of one class write the same
		note(&f.result.Classes[i].Own, f.result.Classes[i].Users)
	}
	items := make([]item, len(f.cfg.Profiles))
	for i := range items {
		p := &f.cfg.Profiles[i]
		items[i] = item{
			objectOf(have("name", word(p.Name)), wordOr("id", p.ID), have("uses", count(uses[p.Name]))),
			under("ucManagerProfiles", p.Name),
		}
	}
	return items
}
