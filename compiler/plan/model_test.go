package plan_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/syntax/cue"
	"callpolicy/schema"
)

// repo is a policy repository as the tests of this package make, change and
// mix it: small, and apart from how it is spread over files.
type repo struct {
	edition   string
	org       level
	licenses  map[string]string  // service by name; nil: no licenses section
	profiles  map[string]profile // by name
	templates map[string]template
	groups    map[string]group
	users     map[string]person
}

type level struct {
	toggles  map[string]bool
	behavior map[string]config.Choice
}

type template struct {
	rank int
	level
}

type group struct {
	template string
	where    map[string]string
}

type person struct {
	licenses []string
	groups   map[string]bool // that list the person, or that the person lists
	level
	attributes map[string]string
	previously string
}

func (l level) clone() level {
	return level{maps.Clone(l.toggles), maps.Clone(l.behavior)}
}

func (p person) clone() person {
	p.licenses, p.groups, p.level, p.attributes = slices.Clone(p.licenses), maps.Clone(p.groups), p.level.clone(), maps.Clone(p.attributes)
	return p
}

func (r *repo) clone() *repo {
	c := *r
	c.org, c.licenses, c.profiles = r.org.clone(), maps.Clone(r.licenses), maps.Clone(r.profiles)
	c.templates, c.groups, c.users = map[string]template{}, map[string]group{}, map[string]person{}
	for name, t := range r.templates {
		c.templates[name] = template{t.rank, t.level.clone()}
	}
	for name, g := range r.groups {
		c.groups[name] = group{g.template, maps.Clone(g.where)}
	}
	for name, p := range r.users {
		c.users[name] = p.clone()
	}
	return &c
}

// owned returns the licenses that the repository defines, those included that
// exist where none are written.
func (r *repo) owned() map[string]string {
	if r.licenses == nil {
		return map[string]string{"webexCalling": "webexCalling", "unifiedCM": "unifiedCM"}
	}
	return r.licenses
}

// entry is one entry of a policy file: org, or a named one.
type entry struct {
	section, name string
	value         map[string]any
}

// text writes an entry as YAML and as CUE alike, which both contain JSON.
func (e entry) text(cue bool) string {
	data, err := json.Marshal(e.value)
	if err != nil {
		panic(err)
	}
	if e.name == "" {
		return fmt.Sprintf("%s: %s\n", e.section, data)
	}
	key, err := json.Marshal(e.name)
	if err != nil {
		panic(err)
	}
	if cue {
		return fmt.Sprintf("%s: %s: %s\n", e.section, key, data)
	}
	return fmt.Sprintf("%s:\n  %s: %s\n", e.section, key, data)
}

func (l level) document() map[string]any {
	doc := map[string]any{}
	if len(l.toggles) > 0 {
		doc["inCall"] = l.toggles
	}
	if len(l.behavior) > 0 {
		services := map[string]any{}
		for service, c := range l.behavior {
			choice := map[string]any{}
			if c.App != "" {
				choice["app"] = c.App
			}
			if c.Profile != "" {
				choice["ucManagerProfile"] = c.Profile
			}
			if c.EmailDomain {
				choice["domain"] = "email"
			}
			services[service] = choice
		}
		doc["callingBehavior"] = services
	}
	return doc
}

// entries returns what the repository says. Who is in a group is written on
// the side of the group where membersAt says so.
func (r *repo) entries(membersAt func(user, group string) bool) []entry {
	var out []entry
	if doc := r.org.document(); len(doc) > 0 {
		out = append(out, entry{"org", "", doc})
	}
	for name, service := range r.licenses {
		out = append(out, entry{"licenses", name, map[string]any{"service": service}})
	}
	for name, p := range r.profiles {
		doc := map[string]any{}
		for key, value := range map[string]string{"id": p.id, "voiceServicesDomain": p.domain, "udsServer": p.server} {
			if value != "" {
				doc[key] = value
			}
		}
		out = append(out, entry{"ucManagerProfiles", name, doc})
	}
	for name, t := range r.templates {
		doc := t.document()
		doc["rank"] = t.rank
		out = append(out, entry{"templates", name, doc})
	}
	members := map[string][]string{}
	for _, address := range slices.Sorted(maps.Keys(r.users)) {
		p := r.users[address]
		doc := p.document()
		if len(p.licenses) > 0 {
			doc["licenses"] = p.licenses
		}
		var groups []string
		for _, g := range slices.Sorted(maps.Keys(p.groups)) {
			if membersAt(address, g) && r.groups[g].where == nil {
				members[g] = append(members[g], address)
			} else {
				groups = append(groups, g)
			}
		}
		if groups != nil {
			doc["groups"] = groups
		}
		if len(p.attributes) > 0 {
			doc["attributes"] = p.attributes
		}
		if p.previously != "" {
			doc["previously"] = []string{p.previously}
		}
		out = append(out, entry{"users", address, doc})
	}
	for name, g := range r.groups {
		doc := map[string]any{}
		if g.template != "" {
			doc["template"] = g.template
		}
		if g.where != nil {
			doc["where"] = g.where
		}
		if members[name] != nil {
			doc["members"] = members[name]
		}
		out = append(out, entry{"groups", name, doc})
	}
	slices.SortFunc(out, func(a, b entry) int { return cmp.Or(cmp.Compare(a.section, b.section), cmp.Compare(a.name, b.name)) })
	return out
}

// files writes the repository, spread over files as rng has it: every entry in
// a document of its own, in any order, some of them in CUE.
func (r *repo) files(rng *rand.Rand, cue bool) fstest.MapFS {
	entries := r.entries(func(string, string) bool { return rng.IntN(2) == 0 })
	rng.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	fsys := fstest.MapFS{
		"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: " + r.edition + "\n")},
		"policies/a.yaml": {Data: []byte("# comment " + fmt.Sprint(rng.IntN(100)) + "\n")},
	}
	add := func(file, text string) {
		if fsys[file] == nil {
			fsys[file] = &fstest.MapFile{}
		}
		fsys[file].Data = append(fsys[file].Data, text...)
	}
	for _, e := range entries {
		if cue && rng.IntN(2) == 0 {
			add("policies/"+string(rune('a'+rng.IntN(2)))+".cue", e.text(true))
			continue
		}
		add("policies/"+string(rune('a'+rng.IntN(3)))+".yaml", "---\n"+e.text(false))
	}
	return fsys
}

// load compiles files as the command does, apart from the rules.
func loaded(t testing.TB, fsys fstest.MapFS) (*config.Config, *plan.Side) {
	t.Helper()
	cfg, diags, err := load.Load(context.Background(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess(), Workers: 1})
	if err != nil || cfg == nil {
		t.Fatalf("%v %v", err, diags)
	}
	result := resolve.Users(cfg)
	return cfg, plan.Compiled(plan.State{Digest: cfg.InputDigest}, result, bundle.Render(result))
}

// build makes the configuration of a repository without the way through its
// files; TestBuildIsLoad proves that it is the one that Load gives.
func (r *repo) build(only string) *config.Config {
	s, err := schema.Load(r.edition)
	if err != nil {
		panic(err)
	}
	cfg := &config.Config{Schema: s, Toggles: toggleNames(s), Org: config.Org{}}
	cfg.Project.Edition = r.edition
	cfg.Org.Settings = r.org.settings(cfg)
	for name, service := range r.owned() {
		l := config.License{Name: name, Purchased: -1}
		switch service {
		case "webexCalling":
			l.Service = config.WebexCalling
		case "unifiedCM":
			l.Service = config.UnifiedCM
		}
		cfg.Licenses = append(cfg.Licenses, l)
	}
	slices.SortFunc(cfg.Licenses, func(a, b config.License) int { return cmp.Compare(a.Name, b.Name) })
	for name, p := range r.profiles {
		cfg.Profiles = append(cfg.Profiles, config.Profile{Name: name, ID: p.id, VoiceServicesDomain: p.domain, UDSServer: p.server})
	}
	slices.SortFunc(cfg.Profiles, func(a, b config.Profile) int { return cmp.Compare(a.Name, b.Name) })
	for name, t := range r.templates {
		cfg.Templates = append(cfg.Templates, config.Template{Name: name, Rank: t.rank, Settings: t.settings(cfg)})
	}
	slices.SortFunc(cfg.Templates, func(a, b config.Template) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Name, b.Name))
	})
	for name, g := range r.groups {
		cfg.Groups = append(cfg.Groups, config.Group{Name: name, Template: int32(cfg.Template(g.template))})
	}
	slices.SortFunc(cfg.Groups, func(a, b config.Group) int { return cmp.Compare(a.Name, b.Name) })
	for address, p := range r.users {
		if only != "" && only != address {
			continue
		}
		u := config.User{Address: address, Key: strings.ToLower(address), Block: &config.Block{Licenses: p.licenses, Own: p.settings(cfg)}}
		for i := range cfg.Groups {
			if g := cfg.Groups[i].Name; p.groups[g] || fits(r.groups[g].where, p.attributes) {
				u.Groups = append(u.Groups, int32(i))
			}
		}
		cfg.Users = append(cfg.Users, u)
	}
	slices.SortFunc(cfg.Users, func(a, b config.User) int { return cmp.Compare(a.Key, b.Key) })
	return cfg
}

func toggleNames(s *schema.Schema) []string {
	names := s.Policy.Field("org").Type.Field("inCall").Type.Names()
	slices.Sort(names)
	return names
}

func (l level) settings(cfg *config.Config) config.Settings {
	var s config.Settings
	for name, on := range l.toggles {
		i, _ := cfg.Toggle(name)
		s.InCall = s.InCall.With(i, on)
	}
	for _, service := range config.Services {
		s.Behavior[service-1] = l.behavior[service.String()]
	}
	return s
}

func fits(where, attributes map[string]string) bool {
	for name, value := range where {
		if attributes[name] != value {
			return false
		}
	}
	return where != nil
}

// effective returns every setting of a user in its form in a plan.
func (r *repo) effective(user string) map[string]any {
	cfg := r.build(user)
	e := resolve.Resolve(cfg, resolve.InputsOf(cfg, &cfg.Users[0]))
	out := map[string]any{"licenseClass": e.License.String(), "callingBehavior": calling(&e.Calling)}
	if e.Pending != nil {
		out["pendingCallingBehavior"] = calling(e.Pending)
	}
	for _, t := range e.InCall {
		out["inCall."+t.Name] = t.On
	}
	return out
}

func calling(b *resolve.Behavior) bundle.Choice {
	c := bundle.Choice{Service: b.Service.String(), App: b.App, Profile: b.Profile, EmailDomain: b.HasProfile && b.Profile == ""}
	if b.Service == config.NoPaidCalling {
		c.Service = "none"
	}
	if b.Profile != "" {
		c.Server = bundle.Server{Known: true, VoiceServicesDomain: b.Server.VoiceServicesDomain, UDSServer: b.Server.UDSServer}
	}
	return c
}

// profile is a UC Manager profile.
type profile struct{ id, domain, server string }

// TestBuildIsLoad proves that the tests' way around files leads to the same.
func TestBuildIsLoad(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		r := generate(rng)
		for range rng.IntN(5) {
			change(rng, r)
		}
		cfg, side := loaded(t, r.files(rng, false))
		for i := range cfg.Users {
			user := cfg.Users[i].Address
			b, err := side.Bundle(side.Users[i].Bundle)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := b.Document()
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]any{}
			for _, s := range doc.Settings() {
				if c, ok := s.Value.(bundle.Choice); ok {
					s.Value = c
				}
				got[s.Name] = s.Value
			}
			if want := r.effective(user); !maps.Equal(got, want) {
				t.Fatalf("seed %d: %s has\n%v\nand built without files\n%v", seed, user, got, want)
			}
		}
		if len(cfg.Users) != len(r.users) {
			t.Fatalf("seed %d: %d users of %d", seed, len(cfg.Users), len(r.users))
		}
	}
}
