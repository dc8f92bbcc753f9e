package resolve_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
	"callpolicy/schema"
)

// organization draws an organization: an edition, what its levels say, and
// people. Like linked files it has its templates sorted by rank.
func organization(t *rapid.T) *config.Config {
	s, err := schema.Load(rapid.SampledFrom(schema.EditionNames()).Draw(t, "edition"))
	if err != nil {
		t.Fatal(err)
	}
	cfg := &config.Config{Schema: s, Toggles: s.Policy.Field("org").Type.Field("inCall").Type.Names()}
	slices.Sort(cfg.Toggles)
	cfg.Licenses = []config.License{{Name: "free"}, {Name: "ucm", Service: config.UnifiedCM}, {Name: "wx", Service: config.WebexCalling}}
	cfg.Org.Settings = settings(t, cfg, "org")
	for rank := range rapid.IntRange(0, 4).Draw(t, "templates") {
		name := fmt.Sprint("t", rank)
		cfg.Templates = append(cfg.Templates, config.Template{Name: name, Rank: rank + 1, Settings: settings(t, cfg, name)})
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "groups") {
		name := fmt.Sprint("g", i)
		template := rapid.Int32Range(-1, int32(len(cfg.Templates))-1).Draw(t, name)
		cfg.Groups = append(cfg.Groups, config.Group{Name: name, Template: template})
	}
	for i := range rapid.IntRange(1, 6).Draw(t, "users") {
		cfg.Users = append(cfg.Users, user(t, cfg, fmt.Sprint("u", i)))
	}
	return cfg
}

func user(t *rapid.T, cfg *config.Config, name string) config.User {
	u := config.User{Address: name, Key: name, Block: &config.Block{Own: settings(t, cfg, name)}}
	for _, l := range cfg.Licenses {
		if rapid.Bool().Draw(t, name+" "+l.Name) {
			u.Licenses = append(u.Licenses, l.Name)
		}
	}
	for g := range cfg.Groups {
		if rapid.Bool().Draw(t, name+" in a group") {
			u.Groups = append(u.Groups, int32(g))
		}
	}
	return u
}

// settings draws what a level says, also what its edition does not let it say.
func settings(t *rapid.T, cfg *config.Config, level string) config.Settings {
	var s config.Settings
	s.InCall.Set = rapid.Uint64Range(0, 1<<len(cfg.Toggles)-1).Draw(t, level+" decides")
	s.InCall.On = s.InCall.Set & rapid.Uint64().Draw(t, level+" on")
	for i, choices := range [][]config.Choice{
		{{}, {App: "webex"}, {App: "webexCallingApp"}, {App: "thirdParty"}},
		{{}, {App: "jabber"}, {App: "webex", Profile: "ams"}, {App: "webex", EmailDomain: true}, {App: "webex"}, {Profile: "utr"}, {EmailDomain: true}},
		{{}, {App: "webex"}, {App: "thirdParty"}},
	} {
		if cfg.Schema.Edition.Name == "classic" && config.Service(i+1) == config.UnifiedCM {
			choices = choices[:4] // the others are no whole choices
		}
		s.Behavior[i] = rapid.SampledFrom(choices).Draw(t, level+" calling")
	}
	return s
}

// said returns what each level says to a user, the strongest first.
func said(cfg *config.Config, u *config.User) []resolve.Layer {
	layers := []resolve.Layer{{Source: resolve.Source{Level: resolve.User}, Settings: u.Own}}
	first := -1
	for _, g := range u.Groups {
		if t := int(cfg.Groups[g].Template); t >= 0 && (first < 0 || cfg.Templates[t].Rank < cfg.Templates[first].Rank) {
			first = t
		}
	}
	if first >= 0 {
		t := &cfg.Templates[first]
		layers = append(layers, resolve.Layer{Source: resolve.Source{Level: resolve.Template, Template: t.Name}, Settings: t.Settings})
	}
	return append(layers, resolve.Layer{Source: resolve.Source{Level: resolve.Org}, Settings: cfg.Org.Settings})
}

// effective is what applies to a user.
func effective(cfg *config.Config, u *config.User) resolve.Effective {
	return resolve.Resolve(cfg, resolve.InputsOf(cfg, u))
}

// TestOneSource holds every value to its source: it is what that level says, no
// stronger level says anything, and where none does it is the edition's default.
func TestOneSource(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := organization(t)
		for i := range cfg.Users {
			u := &cfg.Users[i]
			e, layers := effective(cfg, u), said(cfg, u)
			var names []string
			for _, toggle := range e.InCall {
				names = append(names, toggle.Name)
				bit, _ := cfg.Toggle(toggle.Name)
				on, from := cfg.Schema.Edition.Default.InCall, resolve.Source{Level: resolve.Default}
				for _, l := range slices.Backward(layers) {
					if says, decides := l.InCall.Get(bit); decides {
						on, from = says, l.Source
					}
				}
				if toggle.On != on || toggle.From != from {
					t.Errorf("%s: %s is %t by %v, not %t by %v", u.Key, toggle.Name, toggle.On, toggle.From, on, from)
				}
			}
			if !slices.Equal(names, cfg.Schema.Edition.Toggles) {
				t.Errorf("%s: the toggles %v", u.Key, names)
			}
			oneSource(t, cfg, layers, e.Calling)
			if (e.Pending != nil) != (e.License == resolve.Migrating) || e.Calling.Service != e.License.Service() {
				t.Errorf("%s: %v, calling %v, pending %v", u.Key, e.License, e.Calling, e.Pending)
			}
			if e.Pending != nil {
				if e.Pending.Service != config.WebexCalling {
					t.Errorf("%s: pending %v", u.Key, e.Pending)
				}
				oneSource(t, cfg, layers, *e.Pending)
			}
		}
	})
}

func oneSource(t *rapid.T, cfg *config.Config, layers []resolve.Layer, b resolve.Behavior) {
	app, appFrom := cfg.Schema.Edition.Default.App, resolve.Source{Level: resolve.Default}
	profile, profileFrom := "", resolve.Source{Level: resolve.Default}
	for _, l := range slices.Backward(layers) {
		c := l.For(b.Service)
		if c.IsZero() || !slices.Contains(cfg.Schema.Edition.CallingBehavior[b.Service.String()], l.Level.String()) {
			continue
		}
		app, appFrom = c.App, l.Source
		if app == "" {
			app = "webex" // a profile or the e-mail domain says so
		}
		profile, profileFrom = c.Profile, l.Source
	}
	if b.App != app || b.AppFrom != appFrom {
		t.Errorf("%s by %v, not %s by %v", b.App, b.AppFrom, app, appFrom)
	}
	if wants := b.Service == config.UnifiedCM && app == "webex"; b.HasProfile != wants {
		t.Errorf("%v %s: a profile matters: %t", b.Service, b.App, b.HasProfile)
	} else if wants && (b.Profile != profile || b.ProfileFrom != profileFrom) {
		t.Errorf("the profile %q by %v, not %q by %v", b.Profile, b.ProfileFrom, profile, profileFrom)
	}
}

// TestStrongerLevelWins lets one level decide one toggle: that is the value then,
// from there, unless a stronger level decides it too. Nothing else changes.
func TestStrongerLevelWins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := organization(t)
		u := &cfg.Users[0]
		before := effective(cfg, u)
		at := rapid.IntRange(0, len(before.InCall)-1).Draw(t, "toggle")
		on := rapid.Bool().Draw(t, "on")
		bit, _ := cfg.Toggle(before.InCall[at].Name)

		levels := map[resolve.Level]*config.Toggles{resolve.User: &u.Own.InCall, resolve.Org: &cfg.Org.InCall}
		winner := resolve.TemplateOf(cfg, u.Groups)
		choices := []resolve.Level{resolve.User, resolve.Org}
		if winner >= 0 {
			levels[resolve.Template] = &cfg.Templates[winner].InCall
			choices = append(choices, resolve.Template)
		}
		level := rapid.SampledFrom(choices).Draw(t, "level")
		*levels[level] = levels[level].With(bit, on)

		after := effective(cfg, u)
		want := slices.Clone(before.InCall)
		if before.InCall[at].From.Level <= level {
			want[at].On, want[at].From = on, resolve.Source{Level: level}
			if level == resolve.Template {
				want[at].From.Template = cfg.Templates[winner].Name
			}
		}
		if !slices.Equal(after.InCall, want) {
			t.Errorf("%v says %t:\ngot  %v\nwant %v", level, on, after.InCall, want)
		}
		after.InCall = before.InCall
		if !reflect.DeepEqual(after, before) {
			t.Errorf("a toggle changed more than itself: %v, %v", before, after)
		}
	})
}

// TestOrderOfGroups permutes the groups of a user, and names some twice.
func TestOrderOfGroups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := organization(t)
		u := cfg.Users[0]
		want := effective(cfg, &u)
		u.Groups = rapid.Permutation(slices.Concat(u.Groups, u.Groups)).Draw(t, "order")
		if got := effective(cfg, &u); !reflect.DeepEqual(got, want) {
			t.Errorf("in the order %v:\ngot  %+v\nwant %+v", u.Groups, got, want)
		}
	})
}

// TestLosersDoNotMatter empties every template but the winning one.
func TestLosersDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := organization(t)
		u := &cfg.Users[0]
		want := effective(cfg, u)
		for i := range cfg.Templates {
			if int32(i) != resolve.TemplateOf(cfg, u.Groups) {
				cfg.Templates[i].Settings = config.Settings{}
			}
		}
		if got := effective(cfg, u); !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
}

// TestUsersAreResolvedOneByOne holds the classes to each user by itself: sharing
// the work changes nothing, no two classes are equal, and all are counted.
func TestUsersAreResolvedOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := organization(t)
		// Some are alike in memory, as those are about whom the same is written.
		for range rapid.IntRange(0, 4).Draw(t, "alike") {
			twin := cfg.Users[rapid.IntRange(0, len(cfg.Users)-1).Draw(t, "twin")]
			twin.Key = fmt.Sprint("u", len(cfg.Users))
			twin.Groups = twin.Groups[:rapid.IntRange(0, len(twin.Groups)).Draw(t, "first groups")]
			cfg.Users = append(cfg.Users, twin)
		}
		r := resolve.Users(cfg)
		counts := make([]int, len(r.Classes))
		for i := range cfg.Users {
			counts[r.Of[i]]++
			if got, want := r.Class(i).Effective, effective(cfg, &cfg.Users[i]); !reflect.DeepEqual(got, want) {
				t.Errorf("user %d:\ngot  %+v\nwant %+v", i, got, want)
			}
		}
		seen := map[resolve.Inputs]bool{}
		for i := range r.Classes {
			if c := &r.Classes[i]; c.Users != counts[i] || seen[c.Inputs] {
				t.Errorf("class %d has %d of %d users, seen before: %t", i, counts[i], c.Users, seen[c.Inputs])
			}
			seen[r.Classes[i].Inputs] = true
		}
		seats := r.Seats()
		for l, license := range cfg.Licenses {
			var want resolve.Seats
			for i := range cfg.Users {
				if slices.Contains(cfg.Users[i].Licenses, license.Name) {
					want.Assigned++
					if effective(cfg, &cfg.Users[i]).License == resolve.Migrating {
						want.Migrating++
					}
				}
			}
			if seats[l] != want {
				t.Errorf("%s: %+v, not %+v", license.Name, seats[l], want)
			}
		}
	})
}

// TestDefaultChoice holds it to what applies where nobody says anything.
func TestDefaultChoice(t *testing.T) {
	for _, name := range schema.EditionNames() {
		s, err := schema.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for service, want := range map[config.Service]config.Choice{
			config.WebexCalling: {App: "webex"}, config.UnifiedCM: {App: "webex", EmailDomain: true}, config.NoPaidCalling: {App: "webex"},
		} {
			if got := resolve.DefaultChoice(&s.Edition, service); got != want {
				t.Errorf("%s, %v: %+v, not %+v", name, service, got, want)
			}
		}
	}
}
