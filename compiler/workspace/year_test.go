package workspace_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"callpolicy/compiler/workspace"
)

// person is somebody in a directory that goes its own way.
type person struct {
	address string
	license int // 0: Webex Calling, 1: Unified CM, 2: neither
	site    string
}

// directory is what is exported of it, one row a person.
func directory(people []person, more int) string {
	var b strings.Builder
	b.WriteString("User ID/Email (Required),Location,Webex Calling - Professional [Sub100],Unified Communication Manager (UCM) [Sub100]")
	for i := range more { // what Cisco adds from time to time
		fmt.Fprintf(&b, ",Webex Meetings %d [Sub2]", i)
	}
	b.WriteString("\n")
	for _, p := range people {
		cells := []string{p.address, p.site, "FALSE", "FALSE"}
		if p.license < 2 {
			cells[2+p.license] = "TRUE"
		}
		b.WriteString(strings.Join(cells, ",") + strings.Repeat(",FALSE", more) + "\n")
	}
	return b.String()
}

// A year of a directory's life over policies that nobody touches stays green:
// people join, leave, move, get and give back licenses, in the summer many at a
// time, and every week all of it is applied within the limits that hold without
// being written.
func TestYearOfADirectory(t *testing.T) {
	const size, weeks = 400, 52
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	rng := rand.New(rand.NewPCG(14, 52))
	sites := []string{"Utrecht", "Leiden", "Zwolle"}
	joined := 0
	join := func() person {
		joined++
		return person{fmt.Sprintf("p%04d@company.example", joined), rng.IntN(3), sites[rng.IntN(len(sites))]}
	}
	var people []person
	for range size {
		people = append(people, join())
	}
	write("callpolicy.yaml", "apiVersion: callpolicy/v1\nedition: classic\nroster: [roster]\ntargets: { local: { dir: build } }\n")
	write("policies/org.yaml", "org: { inCall: { videoOnMobile: true } }\nlicenses:\n"+
		"  professional: { service: webexCalling, controlHubName: Webex Calling - Professional }\n"+
		"  ucm: { service: unifiedCM, controlHubName: Unified Communication Manager (UCM) }\n")
	var own strings.Builder // of people who may leave
	for i := 0; i < size; i += 10 {
		fmt.Fprintf(&own, "  %s: { inCall: { screenSharing: false } }\n", people[i].address)
	}
	write("policies/users.yaml", "users:\n"+own.String())

	for week := range weeks {
		leavers, movers := rng.IntN(3), rng.IntN(4)
		if week >= 26 && week < 34 { // a busy summer
			leavers, movers = 4+rng.IntN(10), 10+rng.IntN(20)
		}
		for range leavers {
			i := rng.IntN(len(people))
			people = slices.Delete(people, i, i+1)
		}
		for range rng.IntN(8) {
			people = append(people, join())
		}
		for range movers {
			people[rng.IntN(len(people))].site = sites[rng.IntN(len(sites))]
		}
		for range rng.IntN(3) { // a license moves, or goes to somebody else
			people[rng.IntN(len(people))].license = rng.IntN(3)
		}
		if week%20 == 19 { // somebody sorts the export by something else
			rng.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
		}
		write("roster/people.csv", directory(people, week/13))

		p, err := workspace.OpenProject(t.Context(), workspace.Request{Dir: dir}, workspace.Options{Tool: "test"})
		if err != nil {
			t.Fatal(err)
		}
		c, found, err := p.Compile(t.Context())
		if err != nil || found.HasErrors() {
			t.Fatalf("week %d: %v, %v", week, err, found)
		}
		local, err := workspace.Target(c, "local")
		if err != nil {
			t.Fatal(err)
		}
		apply, err := p.Prepare(t.Context(), c, local, workspace.Basis{})
		if err != nil {
			t.Fatalf("week %d: %v", week, err)
		}
		if _, err := apply.Write(t.Context()); err != nil {
			t.Fatalf("week %d: %v", week, err)
		}
		if apply.Counts.Users != len(people) {
			t.Errorf("week %d: %d users, and there are %d people", week, apply.Counts.Users, len(people))
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
