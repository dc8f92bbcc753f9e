package rules

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
	"callpolicy/policies"
	"callpolicy/schema"
)

// facts turns what is known about people, templates, groups and the
// organization into subjects, as policies/subject.cue describes them.
type facts struct {
	cfg    *config.Config
	result *resolve.Result
	known  map[string]policies.License // by name in Control Hub
	today  string                      // 2027-03-01

	licenses  []*value        // what a subject holds of each of cfg.Licenses
	anybody   []field         // what every subject has
	effective []*value        // by class; nil until it is asked for
	owned     map[int32][]one // what users write, by class
	templates []templateUse
}

// templateUse is whom a template reaches.
type templateUse struct{ groups, members, wins int }

func newFacts(cfg *config.Config, result *resolve.Result, at time.Time) (*facts, error) {
	known, err := policies.Licenses()
	if err != nil {
		return nil, err
	}
	f := &facts{cfg: cfg, result: result, known: known, today: at.Format(time.DateOnly), owned: map[int32][]one{}}
	f.anybody = []field{
		wordOr("organization", cfg.Project.Organization),
		have("today", word(f.today)),
		have("edition", objectOf(
			have("name", word(cfg.Schema.Edition.Name)), have("title", word(cfg.Schema.Edition.Title)))),
	}
	for i := range cfg.Licenses {
		f.licenses = append(f.licenses, objectOf(f.license(&cfg.Licenses[i])...))
	}
	f.effective = make([]*value, len(result.Classes))
	return f, nil
}

// serviceWord is the word for a service in bundles and subjects.
func serviceWord(s config.Service) string {
	if s == config.WebexCalling || s == config.UnifiedCM {
		return s.String()
	}
	return "none"
}

func (f *facts) license(l *config.License) []field {
	fields := []field{have("service", word(serviceWord(l.Service)))}
	if l.ControlHubName != "" {
		about, known := f.known[l.ControlHubName]
		fields = append(fields, have("controlHubName", word(l.ControlHubName)), have("known", truth(known)),
			wordOr("class", about.Class), wordOr("kind", about.Kind))
	}
	return fields
}

// The fields of a user's subject come from a few parts, each of which many
// users share.
type part uint8

const (
	ofLicenses   part = iota // licenses, services, licenseClass, licenseKinds
	ofAttributes             // attributes
	ofGroups                 // groups, template
	ofMigration              // migration
	ofOwn                    // overrides, setting
	ofClass                  // effective
	ofPerson                 // user
	parts
)

// partOf says which part a field at the top of a user's subject belongs to.
// Fields that are not here are the same for everybody.
var partOf = map[string]part{
	"licenses": ofLicenses, "services": ofLicenses, "licenseClass": ofLicenses, "licenseKinds": ofLicenses,
	"attributes": ofAttributes, "groups": ofGroups, "template": ofGroups, "migration": ofMigration,
	"overrides": ofOwn, "setting": ofOwn, "effective": ofClass, "user": ofPerson,
}

// user returns the fields of one part of a user's subject.
func (f *facts) user(i int, p part) []field {
	u, class := &f.cfg.Users[i], f.result.Class(i)
	switch p {
	case ofLicenses:
		return f.userLicenses(u, class)
	case ofAttributes:
		fields := make([]field, len(u.Attributes))
		for i, a := range u.Attributes {
			fields[i] = have(a.Name, word(a.Value))
		}
		return []field{have("attributes", objectOf(fields...))}
	case ofGroups:
		return f.userGroups(u, class)
	case ofMigration:
		return []field{have("migration", migrationOf(f.cfg, u).value(f.cfg))}
	case ofOwn:
		return []field{have("overrides", f.written(&u.Own))}
	case ofClass:
		if f.effective[f.result.Of[i]] == nil {
			f.effective[f.result.Of[i]] = effectiveOf(&class.Effective)
		}
		return []field{have("effective", f.effective[f.result.Of[i]])}
	case ofPerson, parts:
	}
	_, domain, _ := strings.Cut(u.Key, "@")
	return []field{have("user", objectOf(have("address", word(u.Key)), have("domain", word(domain))))}
}

func (f *facts) userLicenses(u *config.User, class *resolve.Class) []field {
	var held, services, kinds []field
	for _, name := range slices.Compact(slices.Sorted(slices.Values(u.Licenses))) {
		i, ok := f.cfg.License(name)
		if !ok {
			continue // reported as ref.unknown-license
		}
		l := &f.cfg.Licenses[i]
		held = append(held, have(name, f.licenses[i]))
		if l.Service != 0 {
			services = append(services, have(l.Service.String(), isTrue))
		}
		if kind := f.known[l.ControlHubName].Kind; kind != "" {
			kinds = append(kinds, have(kind, isTrue))
		}
	}
	return []field{
		have("licenses", objectOf(held...)), have("services", setOf(services)), have("licenseKinds", setOf(kinds)),
		have("licenseClass", word(class.Inputs.License.String())),
	}
}

// setOf makes an object of fields of which some may be there twice.
func setOf(fields []field) *value {
	v := objectOf(fields...)
	if len(v.fields) > 1 {
		v.fields = slices.CompactFunc(v.fields, func(a, b field) bool { return a.name == b.name })
	}
	return v
}

func (f *facts) userGroups(u *config.User, class *resolve.Class) []field {
	fields := make([]field, len(u.Groups))
	for i, g := range u.Groups {
		group := &f.cfg.Groups[g]
		fields[i] = have(group.Name, objectOf(wordOr("template", f.templateName(group.Template))))
	}
	out := []field{have("groups", objectOf(fields...))}
	if t := class.Template; t >= 0 {
		out = append(out, have("template", objectOf(
			have("name", word(f.cfg.Templates[t].Name)), have("rank", count(f.cfg.Templates[t].Rank)))))
	}
	return out
}

func (f *facts) templateName(i int32) string {
	if i < 0 {
		return ""
	}
	return f.cfg.Templates[i].Name
}

// migrating is the migration that holds for a user, and where it is written.
type migrating struct {
	config.Migration
	there bool
	group int32 // index of the group; -1: the user's own
}

func migrationOf(cfg *config.Config, u *config.User) migrating {
	m, ok := resolve.MigrationOf(cfg, u)
	if !ok {
		return migrating{}
	}
	return migrating{m.Migration, true, m.Group}
}

func (m migrating) value(cfg *config.Config) *value {
	if !m.there {
		return nil
	}
	level, group := "user", ""
	if m.group >= 0 {
		level, group = "group", cfg.Groups[m.group].Name
	}
	return objectOf(wordOr("completeBy", m.CompleteBy), have("webexCallingReady", truth(m.WebexCallingReady)),
		have("level", word(level)), wordOr("group", group))
}

func effectiveOf(e *resolve.Effective) *value {
	toggles := make([]field, len(e.InCall))
	for i, t := range e.InCall {
		toggles[i] = have(t.Name, fromLevel(truth(t.On), t.From))
	}
	fields := []field{have("callingBehavior", behaviorOf(&e.Calling)), have("inCall", objectOf(toggles...))}
	if e.Pending != nil {
		fields = append(fields, have("pendingCallingBehavior", behaviorOf(e.Pending)))
	}
	return objectOf(fields...)
}

func behaviorOf(b *resolve.Behavior) *value {
	fields := []field{
		have("service", word(serviceWord(b.Service))), have("app", fromLevel(word(b.App), b.AppFrom)),
		have("behaviorType", word(b.Type)),
	}
	if b.HasProfile {
		profile := isNull
		if b.Profile != "" {
			profile = word(b.Profile)
		}
		fields = append(fields, have("ucManagerProfile", fromLevel(profile, b.ProfileFrom)))
	}
	return objectOf(fields...)
}

func fromLevel(v *value, from resolve.Source) *value {
	return objectOf(have("value", v), have("level", word(from.Level.String())), wordOr("template", from.Template))
}

// written returns what one level says.
func (f *facts) written(s *config.Settings) *value {
	var choices, toggles []field
	for _, service := range config.Services {
		if c := s.For(service); !c.IsZero() {
			choices = append(choices, have(service.String(), choiceOf(c)))
		}
	}
	for i, name := range f.cfg.Toggles {
		if on, set := s.InCall.Get(i); set {
			toggles = append(toggles, have(name, truth(on)))
		}
	}
	return objectOf(have("callingBehavior", objectOf(choices...)), have("inCall", objectOf(toggles...)))
}

func choiceOf(c config.Choice) *value {
	domain := ""
	if c.EmailDomain {
		domain = "email"
	}
	return objectOf(wordOr("app", c.App), wordOr("ucManagerProfile", c.Profile), wordOr("domain", domain))
}

// one is one setting that a level writes: the subject's `setting`, and where
// what it would inherit is written.
type one struct {
	value     *value
	path      []string // inCall, screenSharing, below the level
	inherited []string // the whole path of the inherited value; nil: written nowhere
}

// settings lists what a level writes, one by one. in is what decides the
// user's settings, for the user level; nil for the others.
func (f *facts) settings(level resolve.Level, s *config.Settings, in *resolve.Inputs) []one {
	var out []one
	for _, service := range config.Services {
		c := s.For(service)
		if c.IsZero() {
			continue
		}
		o := one{path: []string{"callingBehavior", service.String()}}
		fields := f.setting(level, o.path, choiceOf(c))
		fields = append(fields, have("service", word(service.String())))
		if in != nil {
			inherited, from := f.inheritedChoice(service, c, in)
			fields = append(fields, have("inherited", inherited))
			if service == config.UnifiedCM {
				fields = append(fields, wordOr("profileAbove", resolve.ProfileAbove(f.cfg, *in)))
			}
			o.inherited = pathOf(from, o.path)
		}
		if level == resolve.Org {
			fields = append(fields, have("reaches", count(f.reached(service))))
		}
		o.value = objectOf(fields...)
		out = append(out, o)
	}
	for i, name := range f.cfg.Toggles {
		on, set := s.InCall.Get(i)
		if !set {
			continue
		}
		o := one{path: []string{"inCall", name}}
		fields := append(f.setting(level, o.path, truth(on)), have("toggle", word(name)))
		if in != nil && f.cfg.Knows(name) {
			stack := resolve.StackOf(f.cfg, resolve.Inputs{License: in.License, Template: in.Template})
			t := stack.Toggle(name)
			fields = append(fields, have("inherited", fromLevelOnly(truth(t.On), t.From)))
			o.inherited = pathOf(t.From, o.path)
		}
		o.value = objectOf(fields...)
		out = append(out, o)
	}
	return out
}

func fromLevelOnly(v *value, from resolve.Source) *value {
	return objectOf(have("value", v), have("level", word(from.Level.String())))
}

// levelsOf returns the levels that may hold a setting in the edition; none
// where it does not know it.
func (f *facts) levelsOf(kind, name string) []string {
	if kind != "inCall" {
		return f.cfg.Schema.Edition.CallingBehavior[name]
	}
	if f.cfg.Knows(name) {
		return []string{"org", "template", "user"}
	}
	return nil
}

func (f *facts) setting(level resolve.Level, path []string, v *value) []field {
	levels := f.levelsOf(path[0], path[1])
	at := make([]field, len(levels))
	for i, l := range levels {
		at[i] = have(l, isTrue)
	}
	fields := []field{
		have("name", word(strings.Join(path, "."))), have("kind", word(path[0])), have("level", word(level.String())),
		have("value", v), have("known", truth(len(levels) > 0)), have("levels", objectOf(at...)),
	}
	if len(levels) == 0 {
		fields = append(fields, wordOr("elsewhere", elsewhere(f.cfg.Schema.Edition.Name, path)))
	}
	return fields
}

// elsewhere names an edition that knows a setting which the given one does not.
func elsewhere(not string, path []string) string {
	for _, name := range schema.EditionNames() {
		if name == not {
			continue
		}
		s, err := schema.Load(name)
		if err != nil {
			continue // it is the other edition's own tests that say so
		}
		if path[0] == "inCall" && slices.Contains(s.Edition.Toggles, path[1]) ||
			path[0] == "callingBehavior" && len(s.Edition.CallingBehavior[path[1]]) > 0 {
			return s.Edition.Title
		}
	}
	return ""
}

// inheritedChoice returns what would apply for a service without a user's own
// choice: as much of it as the choice writes.
func (f *facts) inheritedChoice(service config.Service, own config.Choice, in *resolve.Inputs) (*value, resolve.Source) {
	class := map[config.Service]resolve.LicenseClass{
		config.WebexCalling: resolve.WebexCalling, config.UnifiedCM: resolve.UnifiedCM, config.NoPaidCalling: resolve.None,
	}[service]
	stack := resolve.StackOf(f.cfg, resolve.Inputs{License: class, Template: in.Template})
	b := stack.Calling()
	var c config.Choice
	from := b.AppFrom
	if own.App != "" {
		c.App = b.App
	}
	if own.Profile != "" || own.EmailDomain {
		if own.App == "" {
			from = b.ProfileFrom
		}
		c.Profile, c.EmailDomain = b.Profile, b.HasProfile && b.Profile == ""
	}
	return fromLevelOnly(choiceOf(c), from), from
}

// pathOf is where a value that comes from a level is written; nil for a default.
func pathOf(from resolve.Source, path []string) []string {
	switch from.Level {
	case resolve.Org:
		return append([]string{"org"}, path...)
	case resolve.Template:
		return append([]string{"templates", from.Template}, path...)
	case resolve.User, resolve.Default:
	}
	return nil
}

// reached counts the users who have a service now, or will once their migration is complete.
func (f *facts) reached(service config.Service) int {
	n := 0
	for i := range f.result.Classes {
		c := &f.result.Classes[i]
		if c.Inputs.License.Service() == service || c.Inputs.License == resolve.Migrating && service == config.WebexCalling {
			n += c.Users
		}
	}
	return n
}

// index names an item of a list in a path.
func index(i int) string { return strconv.Itoa(i) }
