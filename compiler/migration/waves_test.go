package migration_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"callpolicy/compiler/config/load"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/migration"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/syntax/cue"
)

// resolved loads policies that are in order, and resolves them.
func resolved(t *testing.T, edition, policy string) *resolve.Result {
	t.Helper()
	fsys := fstest.MapFS{
		"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: " + edition + "\n")},
		"policies/a.yaml": {Data: []byte("licenses: { wx: { service: webexCalling }, ucm: { service: unifiedCM } }\n" + policy)},
	}
	cfg, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	return resolve.Users(cfg)
}

func on(t *testing.T, date string) time.Time {
	t.Helper()
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	return day
}

// TestStates: how far a user's migration is follows from the licenses, the
// migration block and the day alone.
func TestStates(t *testing.T) {
	const by = "completeBy: 2027-03-01"
	for _, c := range []struct{ licenses, migration, at, want string }{
		{"ucm", "", "2027-03-01", "notStarted"},
		{"ucm", by, "2027-02-28", "notStarted"},
		{"ucm", by, "2027-03-01", "notStarted"}, // the day itself is in time
		{"ucm", by, "2027-03-02", "overdue"},
		{"wx, ucm", "", "2099-01-01", "migrating"}, // without a day nothing is late
		{"wx, ucm", by, "2027-03-01", "migrating"},
		{"wx, ucm", by, "2027-03-02", "overdue"},
		{"wx, ucm", "webexCallingReady: false", "2027-03-01", "migrating"},
		{"wx, ucm", "webexCallingReady: true", "2027-03-01", "ready"},
		{"wx, ucm", by + ", webexCallingReady: true", "2027-03-01", "ready"},
		{"wx, ucm", by + ", webexCallingReady: true", "2027-03-02", "overdue"},
		{"wx", "", "2027-03-01", "complete"},
		{"wx", by, "2027-03-02", "complete"}, // whoever is done is never late
		{"", by, "2027-03-02", "unlicensed"},
	} {
		policy := fmt.Sprintf("users: { a@voorbeeld.example: { licenses: [%s], migration: { %s } } }\n", c.licenses, c.migration)
		r := migration.Waves(resolved(t, "classic", policy), on(t, c.at))
		if len(r.Waves) != 1 || len(r.Waves[0].People) != 1 {
			t.Fatalf("%+v", r)
		}
		if got := string(r.Waves[0].People[0].State); got != c.want || r.At != c.at {
			t.Errorf("[%s] { %s } on %s: %s, want %s", c.licenses, c.migration, c.at, got, c.want)
		}
		if got := counted(r.States); got != "1 "+c.want || got != counted(r.Waves[0].States) {
			t.Errorf("[%s] { %s } on %s is counted as %s", c.licenses, c.migration, c.at, got)
		}
	}
}

func counted(c migration.Counts) string {
	var out []string
	for _, n := range []struct {
		n    int
		name string
	}{
		{c.NotStarted, "notStarted"},
		{c.Migrating, "migrating"},
		{c.Ready, "ready"},
		{c.Overdue, "overdue"},
		{c.Complete, "complete"},
		{c.Unlicensed, "unlicensed"},
	} {
		if n.n > 0 {
			out = append(out, fmt.Sprint(n.n, " ", n.name))
		}
	}
	return strings.Join(out, ", ")
}

// TestWhoseMigration: a user's own migration beats a group's, and of two groups
// the one that is to be complete first.
func TestWhoseMigration(t *testing.T) {
	r := migration.Waves(resolved(t, "classic", `groups:
  late: { migration: { completeBy: 2027-09-01 } }
  early: { migration: { completeBy: 2027-03-01, webexCallingReady: true } }
  open: { migration: {} }
  staff: {}
users:
  own@voorbeeld.example: { licenses: [wx, ucm], groups: [early], migration: { completeBy: 2027-06-01 } }
  one@voorbeeld.example: { licenses: [wx, ucm], groups: [early, staff] }
  both@voorbeeld.example: { licenses: [wx, ucm], groups: [late, early, open] }
  two@voorbeeld.example: { licenses: [ucm], groups: [late] }
  stays@voorbeeld.example: { licenses: [ucm], groups: [staff] }
`), on(t, "2027-04-01"))
	var got []string
	for _, w := range r.Waves {
		got = append(got, fmt.Sprintf("%s %s: %d, elsewhere %d, %s", w.Group, w.CompleteBy, w.Users, w.Elsewhere, counted(w.States)))
	}
	want := []string{
		"early 2027-03-01: 2, elsewhere 1, 2 overdue", "late 2027-09-01: 1, elsewhere 1, 1 notStarted",
		"open : 0, elsewhere 1, ", " : 1, elsewhere 0, 1 migrating",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r.Users != 4 || counted(r.States) != "1 notStarted, 1 migrating, 2 overdue" {
		t.Errorf("%d users, %s", r.Users, counted(r.States))
	}
}

// TestBlocks goes through what is to be settled before a migration is complete.
func TestBlocks(t *testing.T) {
	const chosen = "org: { callingBehavior: { webexCalling: { app: webex } } }\n"
	for _, c := range []struct{ name, edition, org, user, want string }{
		{"nothing", "classic", chosen, "licenses: [wx, ucm]", ""},
		{"no choice for Webex Calling", "classic", "", "licenses: [wx, ucm]", "noWebexCallingChoice"},
		{"a choice of the user's own", "classic", "", "licenses: [wx, ucm], callingBehavior: { webexCalling: { app: webexCallingApp } }", ""},
		{"in the current edition there is none to make", "current", "", "licenses: [wx, ucm]", ""},
		{"not started", "classic", chosen, "licenses: [ucm]", "noWebexCallingLicense"},
		{"Jabber of one's own", "classic", chosen, "licenses: [wx, ucm], callingBehavior: { unifiedCM: { app: jabber } }", "jabberLost"},
		{"everybody's Jabber", "classic", "org: { callingBehavior: { webexCalling: { app: webex }, unifiedCM: { app: jabber } } }\n", "licenses: [wx, ucm]", "jabberLost"},
		{"a profile of one's own", "classic", chosen, "licenses: [wx, ucm], callingBehavior: { unifiedCM: { app: webex, ucManagerProfile: ams } }", "profileNoLongerMatters ams"},
		{"everybody's profile", "classic", "org: { callingBehavior: { webexCalling: { app: webex }, unifiedCM: { app: webex, ucManagerProfile: ams } } }\n", "licenses: [wx, ucm]", ""},
		{"several", "classic", "", "licenses: [ucm], callingBehavior: { unifiedCM: { app: jabber } }", "jabberLost, noWebexCallingChoice, noWebexCallingLicense"},
		{"complete", "classic", "", "licenses: [wx]", ""},
		{"without a license", "classic", "", "licenses: []", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := migration.Waves(resolved(t, c.edition, c.org+"ucManagerProfiles: { ams: {} }\nusers: { a@voorbeeld.example: { "+c.user+", migration: {} } }\n"), on(t, "2027-03-01"))
			w := r.Waves[0]
			var got []string
			for _, b := range w.Blocks {
				got = append(got, strings.TrimSpace(fmt.Sprint(b.Kind, " ", b.Name)))
				if b.Users != 1 || fmt.Sprint(b.Examples) != "[a@voorbeeld.example]" {
					t.Errorf("%s concerns %d, such as %v", b.Kind, b.Users, b.Examples)
				}
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("got %s, want %s", strings.Join(got, ", "), c.want)
			}
			left := 1
			if c.user == "licenses: [wx]" || c.user == "licenses: []" {
				left = 0
			}
			if len(w.Left()) != left {
				t.Errorf("%d are left", len(w.Left()))
			}
		})
	}
}

// TestCompletes: users who change alike are counted together, what completing
// means by itself is not said, and only rules that are not broken yet are.
func TestCompletes(t *testing.T) {
	p := &plan.Plan{}
	for i := range 5 {
		u := &plan.UserChange{User: fmt.Sprintf("u%d@voorbeeld.example", i), Changes: []plan.SettingChange{
			{Setting: "licenseClass", Before: "migrating", After: "webexCalling"},
			{Setting: "pendingCallingBehavior", Before: "webex", After: nil},
			{Setting: "callingBehavior", Before: "jabber", After: []string{"webex", "webexCallingApp"}[i/4]},
		}}
		p.Users = append(p.Users, u)
	}
	at := func(line int) diag.Range { return diag.Range{File: "a.yaml", Start: diag.Pos{Line: line, Column: 1}} }
	held := diag.New(diag.LintTelLoop, at(1), "held").At("org")
	again := diag.New(diag.LintTelLoop, at(2), "again").At("users.a")
	wrong := diag.New(diag.LicenseBehaviorNeedsLicense, at(3), "wrong").At("users.b")
	told := diag.New(diag.MigrationReadyToComplete, at(4), "told").At("users.c")
	w := &migration.Wave{}
	w.Completes(p, diag.List{held}, diag.List{held, again, wrong, told})
	var got []string
	for _, c := range w.Completion {
		got = append(got, fmt.Sprintf("%s %v → %v: %d, %d named", c.Setting, c.Before, c.After, c.Users, len(c.Examples)))
	}
	for _, b := range w.Breaks {
		got = append(got, fmt.Sprintf("%s %s %d at %d", b.Level, b.ID, b.Places, b.At.Start.Line))
	}
	want := []string{
		"callingBehavior jabber → webex: 4, 3 named", "callingBehavior jabber → webexCallingApp: 1, 1 named",
		"error license.behavior-needs-license 1 at 3", "warning lint.tel-loop 1 at 2",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
