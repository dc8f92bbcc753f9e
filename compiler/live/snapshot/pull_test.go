package snapshot_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"callpolicy/compiler/live/simulate"
	"callpolicy/compiler/live/snapshot"
	"callpolicy/compiler/live/webex"
)

const professional = "Webex Calling - Professional"

// organization is a small organization, and its base address.
func organization(t testing.TB, n int) (*simulate.Server, string) {
	t.Helper()
	org := simulate.Organization{
		Name: "Voorbeeld Zorg", Profiles: []string{"utrecht", "amsterdam"},
		Licenses: []simulate.License{
			{Name: professional, Subscription: "Sub1", Total: 100},
			{Name: "Unified Communication Manager (UCM)", Total: 100},
		},
	}
	for i := range n {
		p := simulate.Person{Email: fmt.Sprintf("U%04d@voorbeeld.example", i), Department: "Zorg", Licenses: []string{professional}, Groups: []string{"everybody"}}
		switch i % 5 {
		case 1:
			p.Behavior = simulate.ThirdParty
		case 2:
			p.Behavior, p.Profile, p.Groups = simulate.UnifiedCM, "utrecht", []string{"everybody", "few"}
		}
		org.People = append(org.People, p)
	}
	server := simulate.New(org)
	at := httptest.NewServer(server)
	t.Cleanup(at.Close)
	return server, at.URL + "/v1"
}

// clock is the time of every test.
func clock() time.Time { return time.Date(2027, 3, 1, 5, 30, 0, 0, time.UTC) }

func pull(ctx context.Context, t testing.TB, base, out string, change ...func(*snapshot.Options)) (*snapshot.Result, error) {
	t.Helper()
	client, err := webex.New(webex.Options{BaseURL: base, Token: webex.Static("MARKED-TOKEN"), Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	options := snapshot.Options{Out: out, BaseURL: base, Now: clock}
	for _, c := range change {
		c(&options)
	}
	return snapshot.Pull(ctx, client, options)
}

// contents reads all files of a snapshot but the manifest.
func contents(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	for _, name := range []string{snapshot.PeopleFile, snapshot.LicensesFile, snapshot.GroupsFile, snapshot.ProfilesFile} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "== %s\n%s", name, data)
	}
	return all.String()
}

func TestPull(t *testing.T) {
	server, base := organization(t, 230)
	dir := filepath.Join(t.TempDir(), "live")
	got, err := pull(t.Context(), t, base, dir)
	if err != nil {
		t.Fatal(err)
	}
	if got.Manifest.People != 230 || len(got.Unread) > 0 || got.Whole() != nil || got.Organization != server.OrgID() {
		t.Errorf("%+v", got.Manifest)
	}
	// One request each for whose the token is, licenses, profiles, groups and two groups' members; three pages; everybody.
	if n := len(server.Requests()); n != 6+3+230 || n != got.Requests {
		t.Errorf("%d requests, and the manifest says %d", n, got.Requests)
	}
	i := 0
	for p, err := range got.People() {
		if err != nil {
			t.Fatal(err)
		}
		want, _ := server.Person(p.User)
		own := webex.Behavior{Type: want.Behavior}
		if want.Profile != "" {
			own.ProfileID = simulate.ProfileID(want.Profile)
		}
		if p.User != fmt.Sprintf("u%04d@voorbeeld.example", i) || *p.Calling.Own != own || !slices.Equal(p.Licenses, []string{professional + " [Sub1]"}) {
			t.Errorf("%+v, want %+v", p, want)
		}
		i++
	}
	if len(got.Groups) != 2 || len(got.Groups[0].Members) != 230 || len(got.Groups[1].Members) != 46 {
		t.Errorf("%d groups", len(got.Groups))
	}
	for _, name := range []string{snapshot.ManifestFile, snapshot.PeopleFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, ".pull")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the part is still there: %v", err)
	}
	if all := contents(t, dir); strings.Contains(all, "MARKED-TOKEN") {
		t.Error("the token is in the snapshot")
	}
}

// TestPullResumes cuts a pull off at every request, and goes on.
func TestPullResumes(t *testing.T) {
	_, base := organization(t, 120)
	whole := filepath.Join(t.TempDir(), "whole")
	if _, err := pull(t.Context(), t, base, whole); err != nil {
		t.Fatal(err)
	}
	want := contents(t, whole)
	for n := 1; n <= 6+2+120; n += 1 + n/12 {
		server, base := organization(t, 120)
		dir := filepath.Join(t.TempDir(), "cut")
		ctx, cancel := context.WithCancel(t.Context())
		server.Before(n, cancel)
		_, err := pull(ctx, t, base, dir)
		cancel()
		if err == nil {
			t.Fatalf("a pull that was cut off at request %d came to an end", n)
		}
		first := len(server.Requests())
		got, err := pull(t.Context(), t, base, dir)
		if err != nil {
			t.Fatalf("cut off at request %d: %v", n, err)
		}
		if contents(t, dir) != want || !got.Resumed && n > 1 {
			t.Errorf("cut off at request %d, the snapshot is another (resumed: %t)", n, got.Resumed)
		}
		// Lists that are no pages are read again, and what was under way.
		if again := len(server.Requests()) - first; n > 8 && again > 120+6-(n-8)+2*4 {
			t.Errorf("cut off at request %d, the second run took %d requests", n, again)
		}
	}
}

// TestPullAfterATornWrite: what was cut off in the middle of a line is read anew.
func TestPullAfterATornWrite(t *testing.T) {
	server, base := organization(t, 120)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	server.Before(60, cancel)
	if _, err := pull(ctx, t, base, dir); err == nil {
		t.Fatal("it was not cut off")
	}
	for _, name := range []string{"people.part", "behavior.part"} {
		name = filepath.Join(dir, ".pull", name)
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data[:len(data)-7], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := pull(t.Context(), t, base, dir)
	if err != nil || got.Manifest.People != 120 || len(got.Unread) > 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestUnreadIsUnknown(t *testing.T) {
	at := func(path string) func(*http.Request) bool {
		return func(r *http.Request) bool { return strings.Contains(r.URL.Path, path) }
	}
	behavior := simulate.PersonID("u0003@voorbeeld.example") + "/features"
	tests := map[string]struct {
		path  string
		fault simulate.Fault
		want  string
		whole bool
	}{
		"one person":       {behavior, simulate.Fault{Status: 405}, "callingBehavior: GET callingBehavior: Webex answered 405 Method Not Allowed: It did not work; for a person this can mean that a license is missing (1)", true},
		"one that crashes": {behavior, simulate.Fault{Status: 500}, "callingBehavior: GET callingBehavior: Webex answered 500 Internal Server Error: It did not work (1)", true},
		"garbage":          {behavior, simulate.Fault{Status: 200, Body: "{"}, "callingBehavior: GET callingBehavior: Webex answered 200 OK: the answer is no JSON of the documented form: unexpected end of JSON input (1)", true},
		"nobody":           {"callingBehavior", simulate.Fault{Status: 403, Body: `{"message":"Restricted."}`}, "callingBehavior: GET callingBehavior: Webex answered 403 Forbidden: Restricted; a full administrator has restricted the call settings API in Control Hub (60)", true},
		"profiles":         {"callingProfiles", simulate.Fault{Status: 403, Body: `{"message":"No scope."}`}, "profiles: GET /telephony/config/callingProfiles: Webex answered 403 Forbidden: No scope; the token lacks a scope [tracking id CALLPOLICY] (1)", true},
		"groups":           {"groups", simulate.Fault{Status: 404}, "groups: GET /groups: Webex answered 404 Not Found: It did not work; it was removed, or belongs to another organization [tracking id ROUTER_SIMULATED-404] (1)", true},
		"licenses":         {"licenses", simulate.Fault{Status: 404}, "licenses: GET /licenses: Webex answered 404 Not Found: It did not work; it was removed, or belongs to another organization [tracking id ROUTER_SIMULATED-404] (1)", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server, base := organization(t, 60)
			server.FailWhere(at(test.path), test.fault)
			got, err := pull(t.Context(), t, base, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			var unread []string
			for _, u := range got.Unread {
				reason := u.Reason
				if before, _, cut := strings.Cut(reason, "CALLPOLICY_"); cut {
					reason = before + "CALLPOLICY]"
				}
				unread = append(unread, fmt.Sprintf("%s: %s (%d)", u.What, reason, u.Count))
			}
			if said := strings.Join(unread, "\n"); said != test.want {
				t.Errorf("%s\nwant: %s", said, test.want)
			}
			if (got.Whole() == nil) != test.whole {
				t.Errorf("whole: %v", got.Whole())
			}
			for p, err := range got.People() {
				if err != nil || (p.Calling.Own == nil) != (p.Calling.Unknown != "") {
					t.Errorf("%+v, %v", p.Calling, err)
				}
			}
			if n := len(server.Requests()); n > 6+1+60+3 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestIncomplete: people who are missing are not gone.
func TestIncomplete(t *testing.T) {
	server, base := organization(t, 230)
	dir := t.TempDir()
	if _, err := pull(t.Context(), t, base, dir); err != nil {
		t.Fatal(err)
	}
	server.FailAt(len(server.Requests())+8, simulate.Fault{NoItems: true})
	gone := func(o *snapshot.Options) {
		o.Gone = func(before, fewer int) bool { return fewer*20 > before }
	}
	got, err := pull(t.Context(), t, base, dir, gone)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		professional + " [Sub1] is held by 130 people, and Webex counts 230",
		"there are 130 people, and at the last pull there were 230: more are gone than limits.removedUsers allows",
	}
	if !slices.Equal(got.Incomplete, want) || got.Whole() == nil {
		t.Errorf("%q", got.Incomplete)
	}
}

func TestAnotherOrganization(t *testing.T) {
	_, base := organization(t, 5)
	client, err := webex.New(webex.Options{BaseURL: base, Token: webex.Static("T"), OrgID: "Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi94"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := snapshot.Pull(t.Context(), client, snapshot.Options{Out: t.TempDir(), Now: clock}); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("%v", err)
	}
}

func TestOpenRefusesWhatIsNotAsPulled(t *testing.T) {
	_, base := organization(t, 5)
	dir := t.TempDir()
	if _, err := snapshot.Open(dir); !errors.Is(err, snapshot.ErrNone) {
		t.Errorf("%v", err)
	}
	if _, err := pull(t.Context(), t, base, dir); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, snapshot.PeopleFile)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data[:len(data)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := snapshot.Open(dir); err == nil || !strings.Contains(err.Error(), "it is not as it was pulled") {
		t.Errorf("%v", err)
	}
}
