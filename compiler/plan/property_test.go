package plan_test

import (
	"context"
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
	cases(t, 4000, func(t *testing.T, rng *rand.Rand, base, head *repo) {
		_, b := load(t, base.files(rng, false))
		_, h := load(t, head.files(rng, false))
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
