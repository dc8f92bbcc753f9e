package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
)

// edit is one difference between the two states that somebody made, the atom
// of attribution: it is either done or undone, whole. A calling behavior is one
// edit, with its app and its profile. A new template is no edit that could do
// anything: it is part of the edit that assigns a group to it, as a new group
// is part of the edit that somebody joins it with.
type edit struct {
	kind          Kind
	path          config.Path
	before, after any // nil: not there

	user    string      // the address in lower case, where the edit is about one user
	inBase  config.Path // the path in the base, where it is another there
	example string      // the first user, of an edit of the roster
	note    string      // of an edit from which no setting can follow: why

	effect *effect // what it does; nil until it does something. Edits of one user have theirs apart
}

// edits are the differences that are not about one user. Each is found again
// by what it is about, when a user's levels are mixed from both states.
type edits struct {
	all  []*edit // that may do something
	mute []*edit // that cannot, and say why

	edition    *edit
	orgToggle  map[int]*edit
	orgChoice  map[config.Service]*edit
	toggle     map[string]map[int]*edit            // by template
	choice     map[string]map[config.Service]*edit // by template
	rank       map[string]*edit                    // by template
	assignment map[string]*edit                    // by group
	where      map[string]*edit                    // by group
	service    map[string]*edit                    // by license
	domain     map[string]*edit                    // by profile: its voice services domain
	server     map[string]*edit                    // by profile: its UDS server
	profiles   []*edit                             // ids
}

func (e *edits) add(kind Kind, before, after any, path ...string) *edit {
	n := &edit{kind: kind, path: path, before: before, after: after}
	e.all = append(e.all, n)
	return n
}

// say adds an edit that decides no setting, and why it does not.
func (e *edits) say(note string, kind Kind, before, after any, path ...string) {
	e.mute = append(e.mute, &edit{kind: kind, path: path, before: before, after: after, note: note})
}

// editsOf compares what the two states say, apart from users.
func editsOf(base, head *config.Config) *edits {
	e := &edits{
		orgToggle: map[int]*edit{}, orgChoice: map[config.Service]*edit{},
		toggle: map[string]map[int]*edit{}, choice: map[string]map[config.Service]*edit{},
		rank: map[string]*edit{}, assignment: map[string]*edit{}, where: map[string]*edit{}, service: map[string]*edit{}, domain: map[string]*edit{}, server: map[string]*edit{},
	}
	if base.Project.Edition != head.Project.Edition {
		e.edition = e.add(EditionChange, base.Project.Edition, head.Project.Edition, "edition")
	}
	e.settings(OrgSetting, head.Toggles, base.Org.Settings, head.Org.Settings, e.orgToggle, e.orgChoice, "org")
	e.locks(OrgSetting, base.Org.Locks, head.Org.Locks, "org")
	e.templates(base, head)
	e.groups(base, head)
	e.licenses(base, head)
	e.profileEdits(base, head)
	return e
}

// settings finds the toggles and calling behaviors that a level says otherwise.
func (e *edits) settings(kind Kind, names []string, before, after config.Settings, toggles map[int]*edit, choices map[config.Service]*edit, path ...string) {
	if before == after {
		return
	}
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

func (e *edits) locks(kind Kind, before, after []config.Lock, path ...string) {
	words := map[string][2]any{}
	for side, locks := range [2][]config.Lock{before, after} {
		for _, l := range locks {
			w := words[l.Setting]
			if w[side] = "fixed"; l.OffOnly {
				w[side] = "offOnly"
			}
			words[l.Setting] = w
		}
	}
	for _, setting := range sortedKeys(words) {
		if w := words[setting]; w[atBase] != w[atHead] {
			e.say("a lock says what may be written below it, and gives nobody a value", kind, w[atBase], w[atHead],
				slices.Concat(path, []string{"locks", setting})...)
		}
	}
}

func (e *edits) templates(base, head *config.Config) {
	for i := range head.Templates {
		h := &head.Templates[i]
		b := base.Template(h.Name)
		if b < 0 {
			if !assigned(head, h.Name) {
				e.say("no group is assigned to the template", TemplateSetting, nil, true, "templates", h.Name)
			}
			continue
		}
		bt := &base.Templates[b]
		if bt.Rank != h.Rank {
			e.rank[h.Name] = e.add(TemplateRank, bt.Rank, h.Rank, "templates", h.Name, "rank")
		}
		toggles, choices := map[int]*edit{}, map[config.Service]*edit{}
		e.settings(TemplateSetting, head.Toggles, bt.Settings, h.Settings, toggles, choices, "templates", h.Name)
		e.toggle[h.Name], e.choice[h.Name] = toggles, choices
		e.locks(TemplateSetting, bt.Locks, h.Locks, "templates", h.Name)
	}
	for i := range base.Templates {
		if b := &base.Templates[i]; head.Template(b.Name) < 0 {
			e.say(whyTemplateGone(base, head, b), TemplateSetting, true, nil, "templates", b.Name)
		}
	}
}

// whyTemplateGone says why it decides nothing that a template is gone: whoever
// had it, had it by a group, and what became of that is an edit of its own.
func whyTemplateGone(base, head *config.Config, was *config.Template) string {
	for i := range head.Templates {
		t := &head.Templates[i]
		if base.Template(t.Name) < 0 && t.Settings == was.Settings && t.Rank == was.Rank && slices.Equal(t.Locks, was.Locks) {
			return "it is called " + t.Name + " now"
		}
	}
	var groups []string
	for i := range base.Groups {
		if templateOf(base, i) == was.Name {
			groups = append(groups, base.Groups[i].Name)
		}
	}
	if len(groups) == 0 {
		return "no group was assigned to the template"
	}
	return "what it did is told with its groups: " + someOf(groups)
}

// someOf names the first of many.
func someOf(names []string) string {
	const most = 3
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

// assigned reports whether a group is assigned to the template.
func assigned(cfg *config.Config, template string) bool {
	t := int32(cfg.Template(template))
	return slices.ContainsFunc(cfg.Groups, func(g config.Group) bool { return g.Template == t })
}

func (e *edits) groups(base, head *config.Config) {
	for i := range head.Groups {
		h := &head.Groups[i]
		b, ok := base.Group(h.Name)
		if !ok {
			if e.conditions(nil, h.Where, h.Name); h.Members == 0 && len(h.Where) == 0 {
				e.say("the group has no members", Membership, nil, true, "groups", h.Name)
			}
			continue
		}
		if before, after := templateOf(base, b), templateOf(head, i); before != after {
			e.assignment[h.Name] = e.add(TemplateAssignment, orNil(before), orNil(after), "groups", h.Name, "template")
		}
		e.conditions(base.Groups[b].Where, h.Where, h.Name)
		if before, after := migrationValue(base.Groups[b].Migration), migrationValue(h.Migration); before != after {
			e.say(noteMigration, Migration, before, after, "groups", h.Name, "migration")
		}
	}
	for i := range base.Groups {
		b := &base.Groups[i]
		if _, ok := head.Group(b.Name); ok {
			continue
		}
		e.conditions(b.Where, nil, b.Name)
		note := "the group had no members"
		if b.Members > 0 || len(b.Where) > 0 {
			note = "what it did for its members is told with each of them"
		}
		e.say(note, Membership, true, nil, "groups", b.Name)
	}
}

// conditions compares who is in a group by their attributes.
func (e *edits) conditions(before, after []config.Condition, group string) {
	if b, h := conditionsValue(before), conditionsValue(after); b != h {
		e.where[group] = e.add(Membership, orNil(b), orNil(h), "groups", group, "where")
	}
}

// conditionsValue writes conditions in one line: site: Leiden or Utrecht, team: night.
func conditionsValue(where []config.Condition) string {
	parts := make([]string, len(where))
	for i, c := range where {
		parts[i] = c.Attribute + ": " + strings.Join(c.Values, " or ")
	}
	return strings.Join(parts, ", ")
}

func (e *edits) licenses(base, head *config.Config) {
	const note = "a license gives something only to the users who list it"
	for i := range head.Licenses {
		h := &head.Licenses[i]
		b, ok := base.License(h.Name)
		if !ok {
			e.say(note, License, nil, serviceName(h.Service), "licenses", h.Name)
			continue
		}
		l := &base.Licenses[b]
		if l.Service != h.Service {
			e.service[h.Name] = e.add(License, serviceName(l.Service), serviceName(h.Service), "licenses", h.Name, "service")
		}
		if l.Purchased != h.Purchased {
			e.say("how many seats were bought is checked, and gives nobody a value", License, seats(l), seats(h), "licenses", h.Name, "purchased")
		}
	}
	for i := range base.Licenses {
		if b := &base.Licenses[i]; !has(head.License(b.Name)) {
			e.say(note, License, serviceName(b.Service), nil, "licenses", b.Name)
		}
	}
}

func (e *edits) profileEdits(base, head *config.Config) {
	const note = "a profile is in effect only where a calling behavior names it"
	for i := range head.Profiles {
		h := &head.Profiles[i]
		b, ok := base.Profile(h.Name)
		if !ok {
			e.say(note, Profile, nil, true, "ucManagerProfiles", h.Name)
			continue
		}
		p := &base.Profiles[b]
		if p.ID != h.ID {
			e.profiles = append(e.profiles, e.add(Profile, orNil(p.ID), orNil(h.ID), "ucManagerProfiles", h.Name, "id"))
		}
		if p.VoiceServicesDomain != h.VoiceServicesDomain {
			e.domain[h.Name] = e.add(Profile, orNil(p.VoiceServicesDomain), orNil(h.VoiceServicesDomain), "ucManagerProfiles", h.Name, "voiceServicesDomain")
		}
		if p.UDSServer != h.UDSServer {
			e.server[h.Name] = e.add(Profile, orNil(p.UDSServer), orNil(h.UDSServer), "ucManagerProfiles", h.Name, "udsServer")
		}
	}
	for i := range base.Profiles {
		if b := &base.Profiles[i]; !has(head.Profile(b.Name)) {
			e.say(note, Profile, true, nil, "ucManagerProfiles", b.Name)
		}
	}
}

func has(_ int, ok bool) bool { return ok }

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
	return bundle.Choice{App: c.App, Profile: c.Profile, EmailDomain: c.EmailDomain}
}

const noteMigration = "a migration block allows two calling licenses; which are held decides"

func migrationValue(m *config.Migration) any {
	if m == nil {
		return nil
	}
	return MigrationBlock{m.CompleteBy, m.WebexCallingReady}
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

// seats is how many of a license were bought; nil: not said.
func seats(l *config.License) any {
	if l.Purchased < 0 {
		return nil
	}
	return l.Purchased
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
