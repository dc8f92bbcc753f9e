package runbook_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/runbook"
	"callpolicy/compiler/syntax/cue"
)

type object = map[string]any

// The generator keeps to few names, so that changes meet in the same people.
type generator struct {
	*rand.Rand
	edition string
}

func (g generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g generator) toggles(percent int) object {
	names := []string{"screenSharing", "videoOnMobile", "requestRemoteControl"}
	if g.edition == "current" {
		names = append(names, "giveControl")
	}
	out := object{}
	for _, name := range names {
		if g.chance(percent) {
			out[name] = g.chance(50)
		}
	}
	return out
}

func (g generator) unifiedCM() object {
	choices := []object{{"app": "jabber"}, {"app": "webex", "ucManagerProfile": "pa"}, {"app": "webex", "ucManagerProfile": "pb"}, {"app": "webex", "domain": "email"}}
	if g.edition == "current" {
		choices = append(choices, object{"app": "webex"}, object{"ucManagerProfile": "pa"}, object{"domain": "email"})
	}
	return choices[g.IntN(len(choices))]
}

func (g generator) webexCalling() object {
	return []object{{"app": "webex"}, {"app": "webexCallingApp"}, {"app": "thirdParty"}}[g.IntN(3)]
}

// user is what the files say about somebody.
func (g generator) user(groups []string) object {
	licenses := [][]string{{}, {"webexCalling"}, {"unifiedCM"}, {"unifiedCM"}, {"webexCalling", "unifiedCM"}}[g.IntN(5)]
	behavior := object{}
	if g.edition == "classic" && slices.Contains(licenses, "webexCalling") && g.chance(30) {
		behavior["webexCalling"] = g.webexCalling()
	}
	if slices.Contains(licenses, "unifiedCM") && g.chance(30) {
		behavior["unifiedCM"] = g.unifiedCM()
	}
	u := object{"licenses": licenses, "inCall": g.toggles(15), "callingBehavior": behavior}
	if len(licenses) == 2 {
		u["migration"] = object{}
	}
	in := []string{}
	for _, name := range groups {
		if g.chance(40) {
			in = append(in, name)
		}
	}
	u["groups"] = in
	return u
}

// state is one state of a policy repository, by kind of entry and name.
type state struct {
	org                      object
	templates, groups, users map[string]object
}

func (g generator) org() object {
	behavior := object{}
	if g.chance(60) {
		behavior["unifiedCM"] = g.unifiedCM()
	}
	if g.edition == "classic" && g.chance(50) {
		behavior["webexCalling"] = g.webexCalling()
	}
	if g.chance(40) {
		behavior["noPaidCalling"] = object{"app": []string{"webex", "thirdParty"}[g.IntN(2)]}
	}
	return object{"inCall": g.toggles(60), "callingBehavior": behavior}
}

func (g generator) template() object {
	t := object{"inCall": g.toggles(70)}
	if g.edition == "current" && g.chance(50) {
		t["callingBehavior"] = object{"unifiedCM": g.unifiedCM()}
	}
	return t
}

// next makes a state out of another, of which it keeps a share of the entries.
func (g generator) next(was state, keep int) state {
	is := state{was.org, map[string]object{}, map[string]object{}, map[string]object{}}
	if !g.chance(keep) {
		is.org = g.org()
	}
	ranks := g.Perm(20)
	for i, name := range []string{"ta", "tb", "tc", "td"} {
		old, there := was.templates[name]
		switch {
		case there && g.chance(keep):
			is.templates[name] = maps.Clone(old)
		case g.chance(70):
			is.templates[name] = g.template()
		default:
			continue
		}
		if rank, ok := old["rank"]; ok && keep > 90 {
			is.templates[name]["rank"] = rank
		} else {
			is.templates[name]["rank"] = 1 + ranks[i]
		}
	}
	ranked := map[any]bool{}
	for _, name := range slices.Sorted(maps.Keys(is.templates)) {
		for ranked[is.templates[name]["rank"]] {
			is.templates[name]["rank"] = 21 + g.IntN(1000)
		}
		ranked[is.templates[name]["rank"]] = true
	}
	templates := slices.Sorted(maps.Keys(is.templates))
	for _, name := range []string{"ga", "gb", "gc"} {
		old, there := was.groups[name]
		if there && g.chance(keep) {
			if t, ok := old["template"].(string); !ok || is.templates[t] != nil {
				is.groups[name] = old
				continue
			}
		}
		if g.chance(80) {
			is.groups[name] = object{}
			if len(templates) > 0 && g.chance(80) {
				is.groups[name]["template"] = templates[g.IntN(len(templates))]
			}
		}
	}
	groups := slices.Sorted(maps.Keys(is.groups))
	for i := range 6 {
		name := fmt.Sprintf("U%d@t.example", i)
		old, there := was.users[name]
		switch {
		case there && g.chance(keep):
			u := maps.Clone(old)
			in, _ := old["groups"].([]string)
			u["groups"] = slices.DeleteFunc(slices.Clone(in), func(n string) bool { return is.groups[n] == nil })
			is.users[name] = u
		case g.chance(80):
			is.users[name] = g.user(groups)
		}
	}
	return is
}

func (s state) load(t *testing.T, edition string) *resolve.Result {
	t.Helper()
	doc, err := json.Marshal(object{
		"org": s.org, "templates": s.templates, "groups": s.groups, "users": s.users,
		"ucManagerProfiles": object{"pa": object{"voiceServicesDomain": "a.t.example", "id": "id-a"}, "pb": object{"voiceServicesDomain": "b.t.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return loaded(t, fstest.MapFS{
		"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: " + edition + "\n")},
		"policies/p.yaml": {Data: doc},
	})
}

func loaded(t *testing.T, files fstest.MapFS) *resolve.Result {
	t.Helper()
	cfg, diags, err := load.Load(t.Context(), load.Request{FS: files, Dir: ".", CUE: cue.InProcess()})
	if err != nil {
		t.Fatal(err)
	}
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return resolve.Users(cfg)
}

// start makes a Control Hub of the base, with everybody of the head in it.
func start(t *testing.T, base, head *resolve.Result) *controlHub {
	t.Helper()
	h := newControlHub(t, base)
	h.profiles["id-a"] = "pa"
	h.services = map[string]string{"webexCalling": "webexCalling", "unifiedCM": "unifiedCM"}
	for _, u := range head.Config.Users {
		if h.users[u.Address] == nil {
			h.users[u.Address] = &hubUser{map[string]bool{}, map[string]string{}}
		}
	}
	return h
}

const pairs = 1200

// apiNull is the e-mail domain as the API gives it: no profile is named.
const apiNull = "Calling in Webex, with the domain or profile as inherited"

// Carrying out the steps on a model of Control Hub ends in exactly what the
// bundles of the new state say; on the way nobody has a value that is neither
// the old one nor the new, unless the runbook says so.
func TestCarriedOut(t *testing.T) {
	declared, kinds := 0, map[runbook.Kind]int{}
	for seed := range uint64(pairs / fewer) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			g := generator{rand.New(rand.NewPCG(seed, 7)), []string{"classic", "current"}[seed%2]}
			first := g.next(state{org: g.org()}, 0)
			second := g.next(first, []int{0, 60, 90, 96}[g.IntN(4)])
			base, head := first.load(t, g.edition), second.load(t, g.edition)
			h := start(t, base, head)
			var pins []runbook.Pin
			unknown := map[string]bool{}
			for _, p := range h.pin(g, base, head) {
				if g.chance(50) {
					pins = append(pins, p)
				} else {
					unknown[p.User] = true
				}
			}
			before, after := map[string]map[string]string{}, map[string]map[string]string{}
			set := bundle.Render(head)
			for i, u := range head.Config.Users {
				after[u.Address] = wanted(t, set.Of(i))
			}
			for _, u := range base.Config.Users {
				before[u.Address] = h.effective(u.Address)
			}
			book := runbook.Build(runbook.Input{Base: base, Head: head, Pins: pins})
			seen := map[string]bool{}
			for n, s := range book.Steps {
				kinds[s.Kind]++
				if seen[s.ID] {
					t.Errorf("two steps have the id %s: %s", s.ID, s.Title)
				}
				seen[s.ID] = true
				h.carryOut(s)
				wrong := 0
				for user, want := range after {
					now := h.effective(user)
					if h.users[user].own["callingBehavior.unifiedCM"] == apiNull {
						delete(now, "callingBehavior") // it follows the profiles above, on the way, too
					}
					if before[user] != nil && !unknown[user] && isWrong(now, before[user], want) {
						wrong++
					}
				}
				if wrong > s.Transient {
					t.Errorf("after step %d (%s) %d people have a wrong value, and it says %d", n+1, s.Title, wrong, s.Transient)
				}
				if s.Transient > 0 {
					declared++
				}
			}
			for user, want := range after {
				if diff := different(h.effective(user), want); diff != "" && !unknown[user] {
					t.Errorf("%s: %s", user, diff)
				}
			}
			if t.Failed() {
				say(t, book)
			}
			if again := runbook.Build(runbook.Input{Base: head, Head: head}); len(again.Steps) > 0 {
				t.Errorf("nothing changes, and there is %q to do", again.Steps[0].Title)
			}
		})
	}
	for _, kind := range declaredKinds(t) {
		if kinds[kind] == 0 && kind != runbook.ProfileCreate && kind != runbook.ProfileChange && kind != runbook.LicenseChange {
			t.Errorf("no pair has a step of kind %s", kind)
		}
	}
	t.Logf("%d steps with a declared wrong moment; %v", declared, kinds)
}

// pin sets values by hand that the files know nothing of.
func (h *controlHub) pin(g generator, base, head *resolve.Result) []runbook.Pin {
	var out []runbook.Pin
	for _, u := range base.Config.Users {
		if !g.chance(10) {
			continue
		}
		if _, ok := head.Config.User(u.Key); !ok || !u.Own.IsZero() {
			continue
		}
		h.users[u.Address].own["inCall.videoOnMobile"] = []string{"on", "off"}[g.IntN(2)]
		out = append(out, runbook.Pin{User: u.Address, Setting: "inCall.videoOnMobile"})
	}
	return out
}

// isWrong reports whether somebody has a value that is neither the old one nor
// the new. Somebody who changes service has, for a moment, what comes with the
// license, whatever the order.
func isWrong(now, before, after map[string]string) bool {
	for name, value := range now {
		if name == "pending" || (name == "callingBehavior" || name == "service") && (before["service"] != after["service"] || before["service"] != now["service"]) {
			continue
		}
		if value != before[name] && value != after[name] {
			return true
		}
	}
	return false
}

// Where nothing but ranks changes, the template that wins is at every moment the
// one that won before or the one that wins after, and no step needs a caution.
func TestRanksAlone(t *testing.T) {
	moved := 0
	for seed := range uint64(600 / fewer) {
		g := generator{rand.New(rand.NewPCG(seed, 11)), "classic"}
		first := g.next(state{org: g.org()}, 0)
		second := first
		second.templates = map[string]object{}
		names := slices.Sorted(maps.Keys(first.templates))
		ranks := g.Perm(len(names))
		for i, name := range names {
			second.templates[name] = maps.Clone(first.templates[name])
			second.templates[name]["rank"] = 100 + ranks[i]
		}
		base, head := first.load(t, "classic"), second.load(t, "classic")
		h, end := start(t, base, head), newControlHub(t, head)
		before := map[string]string{}
		for _, u := range base.Config.Users {
			before[u.Address] = h.winnerName(u.Address)
		}
		book := runbook.Build(runbook.Input{Base: base, Head: head})
		for _, s := range book.Steps {
			if s.Kind == runbook.JabberService {
				continue
			}
			if s.Kind != runbook.TemplateRank || s.Transient != 0 {
				t.Fatalf("seed %d: %s, with %d in between", seed, s.Title, s.Transient)
			}
			moved++
			h.carryOut(s)
			for _, u := range base.Config.Users {
				if now := h.winnerName(u.Address); now != before[u.Address] && now != end.winnerName(u.Address) {
					t.Errorf("seed %d: after %q %s wins for %s, not %s or %s", seed, s.Title, now, u.Address, before[u.Address], end.winnerName(u.Address))
				}
			}
		}
	}
	if moved < 300/fewer {
		t.Errorf("only %d moves", moved)
	}
}

func (h *controlHub) winnerName(address string) string {
	if t := h.winner(address); t != nil {
		return t.name
	}
	return ""
}

func say(t *testing.T, book *runbook.Runbook) {
	t.Helper()
	for i, s := range book.Steps {
		t.Logf("%d %s %s %v %v %v transient %d", i+1, s.Kind, s.Title, s.Changes, s.Groups, s.People, s.Transient)
	}
}
