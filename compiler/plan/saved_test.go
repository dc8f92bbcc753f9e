package plan_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"callpolicy/compiler/config"
	"callpolicy/compiler/plan"
)

func TestSaveAndOpen(t *testing.T) {
	in := plan.Inputs{Source: "sha256:1", Tool: "1.2.3", Schema: "sha256:2", Target: "sha256:3"}
	data, err := plan.Save(planOf(t, "videoOnMobile: true, screenS", "videoOnMobile: false, screenS"), "local", in)
	if err != nil {
		t.Fatal(err)
	}
	s, err := plan.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	if s.Inputs != in || s.TargetName != "local" {
		t.Errorf("got %+v", s)
	}
	for _, c := range []struct{ name, from, to string }{
		{"not JSON", "{", ""},
		{"another kind", `"SavedPlan"`, `"Manifest"`},
		{"another format", `"formatVersion": "1.0"`, `"formatVersion": "9.0"`},
	} {
		if _, err := plan.Open([]byte(strings.Replace(string(data), c.from, c.to, 1))); !errors.Is(err, plan.ErrNotPlan) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestMoved(t *testing.T) {
	was := plan.Inputs{Source: "a", Tool: "b", Schema: "c", Target: "d"}
	if got := was.Moved(was); got != nil {
		t.Errorf("equal inputs moved: %v", got)
	}
	now := plan.Inputs{Source: "x", Tool: "b", Schema: "c", Target: ""}
	if got, want := was.Moved(now), []string{"the policy files", "the target"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestExceeded(t *testing.T) {
	limits := "limits: { changedUsers: 30%, removedUsers: 5%, ignoreBelow: 10 }\n"
	cfg, _ := loaded(t, clinicWith(t, "edition: classic\n", "edition: classic\n"+limits))
	for _, c := range []struct {
		changed, removed, of int
		want                 []string
	}{
		{30, 5, 100, nil}, // exactly the limit is allowed
		{31, 0, 100, []string{"changedUsers"}},
		{31, 11, 100, []string{"changedUsers", "removedUsers"}},
		{0, 9, 20, nil},  // fewer than ignoreBelow never trip a limit
		{50, 50, 0, nil}, // nobody was there
		{301, 0, 1000, []string{"changedUsers"}},
	} {
		p := &plan.Plan{Summary: plan.Summary{Changed: c.changed, Removed: c.removed}}
		p.Hold(plan.Bounds{Head: cfg, Before: c.of})
		var got []string
		for _, l := range p.Limits {
			got = append(got, l.Name)
			if l.Of != c.of || !strings.HasPrefix(l.Flag, "--allow-") || l.At.Start.Line != 3 {
				t.Errorf("%+v", l)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%d changed and %d removed of %d: %v, want %v", c.changed, c.removed, c.of, got, c.want)
		}
	}
	// Without any limits written, those of the schema hold.
	cfg, _ = loaded(t, clinicWith(t, "edition: classic\n", "edition: classic\n"))
	p := &plan.Plan{Summary: plan.Summary{Changed: 301, Removed: 51, LostLicense: 11, NewlyQuarantined: 21}}
	p.Hold(plan.Bounds{Head: cfg, Before: 1000})
	var got []string
	for _, l := range p.Limits {
		got = append(got, fmt.Sprintf("%s %d", l.Name, l.Most))
		if !l.At.IsZero() {
			t.Errorf("%+v", l)
		}
	}
	if want := []string{"changedUsers 300", "removedUsers 50", "lostLicense 10", "quarantinedUsers 20"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	// Of many, a count is the smaller.
	p = &plan.Plan{Summary: plan.Summary{Removed: 250, LostLicense: 51, NewlyQuarantined: 50}}
	p.Hold(plan.Bounds{Head: cfg, Before: 100_000})
	if len(p.Limits) != 1 || p.Limits[0].Most != 50 || p.Limits[0].Name != "lostLicense" {
		t.Errorf("%+v", p.Limits)
	}
	cfg, _ = loaded(t, clinicWith(t, "edition: classic\n", "edition: classic\nlimits: { changedUsers: off, removedUsers: 7, ignoreBelow: 0 }\n"))
	p = &plan.Plan{Summary: plan.Summary{Changed: 90, Removed: 8}}
	p.Hold(plan.Bounds{Head: cfg, Before: 100})
	if len(p.Limits) != 1 || p.Limits[0].Most != 7 {
		t.Errorf("%+v", p.Limits)
	}
}

// TestAllowance: an exception that was reviewed lets a plan pass until its last day.
func TestAllowance(t *testing.T) {
	plain, _ := loaded(t, clinicWith(t, "edition: classic\n", "edition: classic\n"))
	wider, _ := loaded(t, clinicWith(t, "edition: classic\n", "edition: classic\nlimits: { allow: [{ removedUsers: 150, until: 2027-09-05, owner: voice team, reason: summer }] }\n"))
	day := func(text string) time.Time {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		removed  int
		at       string
		reviewed *config.Config
		want     bool
	}{
		{150, "2027-09-05", nil, false},
		{151, "2027-09-05", nil, true},
		{150, "2027-09-06", nil, true},    // the day after the last
		{150, "2027-09-01", plain, true},  // nobody has reviewed it
		{150, "2027-09-01", wider, false}, // somebody has
	} {
		p := &plan.Plan{Summary: plan.Summary{Removed: c.removed}}
		p.Hold(plan.Bounds{Head: wider, Reviewed: c.reviewed, Before: 1000, At: day(c.at)})
		if got := len(p.Limits) > 0; got != c.want {
			t.Errorf("%d on %s: refused %t", c.removed, c.at, got)
		}
		if got := len(p.Loosened) > 0; got != (c.reviewed == plain) {
			t.Errorf("%+v", p.Loosened)
		}
	}
}
