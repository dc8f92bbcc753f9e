package plan_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"callpolicy/compiler/config"
	"callpolicy/compiler/plan"
)

// cases calls do with random pairs of a repository before and after some edits.
func cases(t *testing.T, n uint64, do func(t *testing.T, rng *rand.Rand, base, head *repo)) {
	t.Helper()
	n /= fewer
	if testing.Short() {
		n /= 10
	}
	for seed := range n {
		rng := rand.New(rand.NewPCG(seed, 7))
		base := generate(rng)
		head := base.clone()
		for name, p := range head.users { // renamed once is enough
			p.previously = ""
			head.users[name] = p
		}
		for range 1 + rng.IntN(6) {
			change(rng, head)
		}
		do(t, rng, base, head)
		if t.Failed() {
			t.Fatalf("seed %d\nbase:\n%s\nhead:\n%s", seed, base, head)
		}
	}
}

// String writes a repository for a failing test.
func (r *repo) String() string {
	var b strings.Builder
	fmt.Fprintln(&b, "edition:", r.edition)
	for _, e := range r.entries(func(string, string) bool { return false }) {
		b.WriteString(e.text(false))
	}
	return b.String()
}

func compare(t *testing.T, base, head *plan.Side) *plan.Plan {
	t.Helper()
	p, err := plan.Compare(context.Background(), base, head)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestCausesAreExact holds every change of thousands of random plans to the
// definition: the causes are the union of the minimal sets of edits whose
// undoing restores the value before.
func TestCausesAreExact(t *testing.T) {
	changes := 0
	cases(t, 3000, func(t *testing.T, rng *rand.Rand, base, head *repo) {
		_, b := loaded(t, base.files(rng, false))
		_, h := loaded(t, head.files(rng, false))
		p := compare(t, b, h)
		for _, u := range p.Users {
			if u.Action != plan.Modify {
				if path := (config.Path{"users", written(base, head, u.User)}).String(); !slices.Equal(causePaths(p, u.Causes), []string{path}) {
					t.Errorf("%s %s because of %v", u.Action, u.User, causePaths(p, u.Causes))
				}
				continue
			}
			user, was := written(head, base, u.User), written(base, head, u.User)
			if u.Was != "" {
				was = written(base, head, u.Was)
			}
			want, err := causes(base, head, user, was)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string][]string{}
			for _, c := range u.Changes {
				got[c.Setting] = causePaths(p, c.Causes)
				changes++
			}
			if !maps.EqualFunc(got, want, slices.Equal) {
				t.Errorf("%s:\n got %v\nwant %v", user, got, want)
			}
		}
	})
	if changes < 300 {
		t.Errorf("only %d changes were looked at", changes)
	}
}

// written returns an address as the files have it.
func written(first, second *repo, key string) string {
	for _, r := range []*repo{first, second} {
		for address := range r.users {
			if strings.EqualFold(address, key) {
				return address
			}
		}
	}
	return key
}

func causePaths(p *plan.Plan, ids []int) []string {
	out := []string{}
	for _, id := range ids {
		out = append(out, p.Causes[id].Path)
	}
	slices.Sort(out)
	return out
}

// TestPlansAreConsistent holds what a plan says against what a slow look at
// both repositories says: the counts, the edits listed, who is not reached.
func TestPlansAreConsistent(t *testing.T) {
	seen := map[string]int{}
	cases(t, 1200, func(t *testing.T, rng *rand.Rand, base, head *repo) {
		_, b := loaded(t, base.files(rng, false))
		_, h := loaded(t, head.files(rng, false))
		p := compare(t, b, h)
		both := everyoneOnBoth(base, head)
		n := p.Summary
		if n.Users != len(base.users)+len(head.users)-len(both) || n.Users != n.Added+n.Changed+n.Removed+n.Unchanged+n.Rewritten ||
			len(p.Users) != n.Added+n.Changed+n.Removed {
			t.Errorf("the counts do not add up: %+v of %d and %d users, %d listed", n, len(base.users), len(head.users), len(p.Users))
		}
		byPath := map[string]*plan.Cause{}
		for i, c := range p.Causes {
			byPath[c.Path] = c
			if c.ID != i || (c.Users == 0) != (c.Note != "") {
				t.Errorf("cause %d: id %d, %d users, note %q", i, c.ID, c.Users, c.Note)
			}
			if c.At == nil && c.Path != "edition" && !strings.HasPrefix(c.Path, "licenses.") {
				t.Errorf("%s is nowhere", c.Path)
			}
		}
		held := map[string]int{} // by path of an edit, who would change without it
		for user, was := range both {
			before, after := base.users[was], head.users[user]
			for _, a := range atoms(base, head, &before, &after, user) {
				if byPath[a.path] == nil {
					t.Errorf("%s is not listed", a.path)
				}
				mixed := together(base, head)
				q := mixed.users[user]
				a.undo(mixed, &q)
				mixed.users[user] = q
				if !maps.Equal(mixed.effective(user), head.effective(user)) {
					held[a.path]++
				}
			}
		}
		for path, c := range byPath {
			if c.Users == 0 {
				want := held[path]
				if c.User != "" {
					want = min(want, 1)
				}
				if c.Held != want || (want > 0) != strings.HasPrefix(c.Note, "without it") {
					t.Errorf("%s holds %d users; the plan says %d: %s", path, want, c.Held, c.Note)
				}
			}
			seen[c.Note]++
			checkShields(t, p, c, head, both)
		}
	})
	if len(seen) < 15 && !testing.Short() {
		t.Errorf("only %d different notes came up", len(seen))
	}
}

// everyoneOnBoth returns the users of the head who are in the base, and the
// address that they had there.
func everyoneOnBoth(base, head *repo) map[string]string {
	both := map[string]string{}
	for user, p := range head.users {
		_, there := base.users[user]
		_, stays := head.users[p.previously]
		_, was := base.users[p.previously]
		switch {
		case there:
			both[user] = user
		case was && !stays:
			both[user] = p.previously
		}
	}
	return both
}

// checkShields counts slowly who is not reached by an edit of a toggle.
func checkShields(t *testing.T, p *plan.Plan, c *plan.Cause, head *repo, both map[string]string) {
	t.Helper()
	if c.Kind != plan.OrgSetting && c.Kind != plan.TemplateSetting || strings.Contains(c.Path, "locks") || c.Note != "" && len(c.Shielded) == 0 {
		return
	}
	parts := strings.Split(c.Path, ".")
	template, name := "", parts[len(parts)-1]
	if c.Kind == plan.TemplateSetting {
		template = parts[1]
	}
	want := map[plan.Shield]int{}
	reached := 0
	for user := range both {
		if i := slices.IndexFunc(p.Users, func(u *plan.UserChange) bool { return strings.EqualFold(u.User, user) }); i >= 0 &&
			slices.ContainsFunc(p.Users[i].Changes, func(s plan.SettingChange) bool { return slices.Contains(s.Causes, c.ID) }) {
			reached++
			continue
		}
		winner, has := head.winner(user, template)
		_, own := head.users[user].toggles[name]
		_, above := head.templates[winner].toggles[name]
		switch known := head.edition == "current" || name != "giveControl"; {
		case template != "" && !has:
			continue
		case template != "" && winner != template:
			want[plan.Shield{By: "template", Name: winner}]++
		case !known:
			want[plan.Shield{By: "equal"}]++
		case own:
			want[plan.Shield{By: "user"}]++
		case above && template == "":
			want[plan.Shield{By: "template", Name: winner}]++
		default:
			want[plan.Shield{By: "equal"}]++
		}
	}
	got, sum, all := map[plan.Shield]int{}, 0, 0
	for _, s := range c.Shielded {
		sum += s.Users
		got[plan.Shield{By: s.By, Name: s.Name}] = s.Users
	}
	for _, n := range want {
		all += n
	}
	if c.Users != reached || sum != all {
		t.Errorf("%s reaches %d and leaves %d; the plan says %d and %d", c.Path, reached, all, c.Users, sum)
	}
	if strings.Contains(c.Path, "inCall") && !maps.Equal(got, want) {
		t.Errorf("%s leaves %v; the plan says %v", c.Path, want, got)
	}
}

// winner returns the template that wins for a user, and whether some group of
// theirs leads to another one.
func (r *repo) winner(user, template string) (winner string, has bool) {
	p := r.users[user]
	for name, g := range r.groups {
		if g.template == "" || !p.groups[name] && !fits(g.where, p.attributes) {
			continue
		}
		has = has || g.template == template
		if winner == "" || r.templates[g.template].rank < r.templates[winner].rank {
			winner = g.template
		}
	}
	return winner, has
}

// TestRefactoringsAreEmpty moves entries between files and from YAML to CUE,
// in another order: nobody changes, and no edit is listed.
func TestRefactoringsAreEmpty(t *testing.T) {
	cases(t, 300, func(t *testing.T, rng *rand.Rand, base, _ *repo) {
		_, before := loaded(t, base.files(rng, false))
		_, after := loaded(t, base.files(rng, rng.IntN(4) == 0))
		p := compare(t, before, after)
		if !p.Empty() || len(p.Causes) > 0 || len(p.Users) > 0 || p.Summary.Unchanged != len(base.users) {
			t.Errorf("%+v, %d causes, %d users", p.Summary, len(p.Causes), len(p.Users))
		}
	})
}

// TestPlansDoNotDependOnFiles makes the same plan from differently written files.
func TestPlansDoNotDependOnFiles(t *testing.T) {
	cases(t, 300, func(t *testing.T, rng *rand.Rand, base, head *repo) {
		var texts [2]string
		for i := range texts {
			_, b := loaded(t, base.files(rng, false))
			_, h := loaded(t, head.files(rng, false))
			b.State.Digest, h.State.Digest = "", ""
			p := compare(t, b, h)
			for _, c := range p.Causes {
				c.At = nil
			}
			for i := range p.Seats {
				p.Seats[i].At = nil
				for k := range p.Seats[i].Added {
					p.Seats[i].Added[k].At = nil
				}
			}
			data, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			texts[i] = string(data)
		}
		if texts[0] != texts[1] {
			t.Errorf("two plans of the same states:\n%s\n%s", texts[0], texts[1])
		}
	})
}

// TestSwappedSides turns a plan around.
func TestSwappedSides(t *testing.T) {
	cases(t, 400, func(t *testing.T, rng *rand.Rand, base, head *repo) {
		for name, p := range head.users { // a rename is known from its head only
			p.previously = ""
			head.users[name] = p
		}
		_, b := loaded(t, base.files(rng, false))
		_, h := loaded(t, head.files(rng, false))
		there, back := compare(t, b, h), compare(t, h, b)
		if x, y := there.Summary, back.Summary; x.Added != y.Removed || x.Removed != y.Added || x.Changed != y.Changed || x.Rewritten != y.Rewritten || x.Unchanged != y.Unchanged {
			t.Errorf("there %+v, back %+v", x, y)
		}
		turned := map[plan.Action]plan.Action{plan.Add: plan.Remove, plan.Remove: plan.Add, plan.Modify: plan.Modify}
		for i, u := range there.Users {
			v := back.Users[i]
			same := slices.EqualFunc(sorted(u.Changes), sorted(v.Changes), func(x, y plan.SettingChange) bool {
				return x.Setting == y.Setting && x.Before == y.After && x.After == y.Before
			})
			if u.User != v.User || turned[u.Action] != v.Action || !same {
				t.Errorf("there %+v, back %+v", u, v)
			}
		}
	})
}

func sorted(changes []plan.SettingChange) []plan.SettingChange {
	return slices.SortedFunc(slices.Values(changes), func(a, b plan.SettingChange) int { return strings.Compare(a.Setting, b.Setting) })
}
