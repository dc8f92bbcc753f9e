package plan_test

import (
	"context"
	"errors"
	"testing"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/plan"
)

// bundlesOf is a side as a target gives it: the bundles, and nothing else.
func bundlesOf(s *plan.Side) *plan.Side {
	return &plan.Side{Users: s.Users, Bundle: s.Bundle}
}

// TestUnknownCauses compares with a side that is known by its bundles only: the
// changes are as exact, and each has the one cause that nobody knows.
func TestUnknownCauses(t *testing.T) {
	_, base := loaded(t, clinicWith(t))
	_, head := loaded(t, clinicWith(t,
		"videoOnMobile: true, screenS", "videoOnMobile: false, screenS",
		"  n1@c.example: {", "  n2@c.example: { previously: [n1@c.example],",
		"  d1@c.example: {", "  d0@c.example: {", "[d1@c.example]", "[d0@c.example]"))
	known, unknown := compare(t, base, head), compare(t, bundlesOf(base), head)
	if known.Summary != unknown.Summary || len(known.Users) != len(unknown.Users) {
		t.Fatalf("known %+v, unknown %+v", known.Summary, unknown.Summary)
	}
	kinds := map[plan.Kind]int{}
	for _, c := range unknown.Causes {
		kinds[c.Kind] = c.Users
	}
	// One added, one removed, one renamed whose video changes as well.
	if len(kinds) != 2 || kinds[plan.UserRenamed] != 1 || kinds[plan.Unknown] != 3 {
		t.Errorf("causes by kind: %v", kinds)
	}
	for i, u := range unknown.Users {
		k := known.Users[i]
		if u.User != k.User || u.Action != k.Action || u.Was != k.Was || len(u.Changes) != len(k.Changes) {
			t.Errorf("%+v, known %+v", u, k)
		}
		for n, s := range u.Changes {
			if len(s.Causes) != 1 || unknown.Causes[s.Causes[0]].Kind != plan.Unknown || s.Before != k.Changes[n].Before || s.After != k.Changes[n].After {
				t.Errorf("%s: %+v, known %+v", u.User, s, k.Changes[n])
			}
		}
	}
}

// TestNothingToCompareWith adds everybody.
func TestNothingToCompareWith(t *testing.T) {
	_, head := loaded(t, clinicWith(t))
	p := compare(t, plan.Nothing(plan.State{Name: "nothing"}), head)
	if p.Summary.Added != 5 || p.Summary.Users != 5 || len(p.Causes) != 5 {
		t.Errorf("%+v, causes %v", p.Summary, pathsOf(p))
	}
	for _, c := range p.Causes {
		if c.Kind != plan.UserAdded || c.Users != 1 || c.At == nil || c.At.Side != "head" || c.At.File != "policies/users.yaml" {
			t.Errorf("%+v at %+v", c, c.At)
		}
	}
	// The other way round, as where a project was deleted.
	p = compare(t, head, plan.Nothing(plan.State{Name: "nothing"}))
	if p.Summary.Removed != 5 || len(p.Causes) != 5 || p.Causes[0].Kind != plan.UserRemoved || p.Causes[0].At == nil || p.Causes[0].At.Side != "base" {
		t.Errorf("%+v, causes %v", p.Summary, pathsOf(p))
	}
	if p := compare(t, plan.Nothing(plan.State{}), plan.Nothing(plan.State{})); !p.Empty() || p.Causes == nil || p.Users == nil {
		t.Errorf("%+v", p)
	}
}

// TestCompareFails says why a plan could not be made.
func TestCompareFails(t *testing.T) {
	_, base := loaded(t, clinicWith(t))
	_, head := loaded(t, clinicWith(t, "videoOnMobile: true, screenS", "videoOnMobile: false, screenS"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := plan.Compare(ctx, base, head); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	damaged := errors.New("damaged")
	broken := bundlesOf(base)
	broken.Bundle = func(bundle.Digest) (*bundle.Bundle, error) { return nil, damaged }
	if _, err := plan.Compare(context.Background(), broken, head); !errors.Is(err, damaged) {
		t.Errorf("a bundle that cannot be read: %v", err)
	}
}
