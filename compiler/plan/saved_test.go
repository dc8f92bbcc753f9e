package plan_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

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
		var got []string
		for _, l := range plan.Exceeded(p, cfg, c.of) {
			got = append(got, l.Name)
			if l.Of != c.of || !strings.HasPrefix(l.Flag, "--allow-") || l.At.Start.Line != 3 {
				t.Errorf("%+v", l)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%d changed and %d removed of %d: %v, want %v", c.changed, c.removed, c.of, got, c.want)
		}
	}
	if got := plan.Exceeded(&plan.Plan{Summary: plan.Summary{Changed: 90}}, &config.Config{}, 100); got != nil {
		t.Errorf("without limits: %v", got)
	}
}
