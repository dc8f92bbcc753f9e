package live_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"callpolicy/compiler/live"
	"callpolicy/compiler/live/simulate"
	"callpolicy/compiler/live/snapshot"
	"callpolicy/compiler/live/webex"
)

// tenant is an organization, the policies about it, and a clock.
type tenant struct {
	t      *testing.T
	server *simulate.Server
	base   string
	dir    string
	now    time.Time
	head   map[string]webex.Behavior // what the policies say
	before map[string]webex.Behavior // and said at the base; nil: there is none
}

func address(i int) string { return fmt.Sprintf("u%04d@voorbeeld.example", i) }

// own returns a behavior of the simulated organization.
func own(kind, profile string) webex.Behavior {
	b := webex.Behavior{Type: kind}
	if profile != "" {
		b.ProfileID = simulate.ProfileID(profile)
	}
	return b
}

// newTenant has n people. Every third has Jabber, in the policies and in Webex.
func newTenant(t *testing.T, n int) *tenant {
	t.Helper()
	x := &tenant{t: t, dir: t.TempDir(), now: time.Date(2027, 3, 1, 2, 0, 0, 0, time.UTC), head: map[string]webex.Behavior{}, before: map[string]webex.Behavior{}}
	org := simulate.Organization{Name: "Voorbeeld", Profiles: []string{"amsterdam"}}
	for i := range n {
		p := simulate.Person{Email: address(i)}
		if i%3 == 0 {
			p.Behavior = simulate.Jabber
			x.head[address(i)], x.before[address(i)] = own(simulate.Jabber, ""), own(simulate.Jabber, "")
		}
		org.People = append(org.People, p)
	}
	x.server = simulate.New(org)
	at := httptest.NewServer(x.server)
	t.Cleanup(at.Close)
	x.base = at.URL + "/v1"
	return x
}

func (x *tenant) client() *webex.Client {
	x.t.Helper()
	client, err := webex.New(webex.Options{BaseURL: x.base, Token: webex.Static("MARKED"), OrgID: x.server.OrgID(), Timeout: time.Second})
	if err != nil {
		x.t.Fatal(err)
	}
	return client
}

func policy(people map[string]webex.Behavior, n int) *live.Policy {
	p := &live.Policy{}
	for i := range n {
		p.People = append(p.People, live.Wish{User: address(i), Own: people[address(i)], Unit: fmt.Sprintf("site %d", i%2), At: live.At{File: "policies/users.yaml", Line: i + 1}})
	}
	return p
}

func (x *tenant) pull() *snapshot.Snapshot {
	x.t.Helper()
	got, err := snapshot.Pull(x.t.Context(), x.client(), snapshot.Options{Out: filepath.Join(x.dir, "live"), BaseURL: x.base, Now: func() time.Time { return x.now }})
	if err != nil {
		x.t.Fatal(err)
	}
	return got.Snapshot
}

// drift pulls and compares.
func (x *tenant) drift(n int, journals ...*live.Journal) *live.Drift {
	x.t.Helper()
	c := live.Comparison{Head: policy(x.head, n), Snapshot: x.pull(), Journals: journals, Now: x.now}
	if x.before != nil {
		c.Base, c.BaseName = policy(x.before, n), "main"
	}
	d, err := live.Compare(c)
	if err != nil {
		x.t.Fatal(err)
	}
	return d
}

// click changes somebody as a person in Control Hub would.
func (x *tenant) click(i int, kind string) {
	x.server.Change(address(i), func(p *simulate.Person) { p.Behavior, p.Profile = kind, "" })
}

func (x *tenant) plan(d *live.Drift, takeBack ...string) *live.Plan {
	x.t.Helper()
	p, err := live.MakePlan(d, live.Inputs{Organization: d.Organization, Snapshot: d.Snapshot.Digest}, "", live.Choice{TakeBack: takeBack, Manage: []string{live.Behaviors}})
	if err != nil {
		x.t.Fatal(err)
	}
	return p
}

func (x *tenant) journal(p *live.Plan) *live.Journal {
	x.t.Helper()
	digest, err := p.Digest()
	if err != nil {
		x.t.Fatal(err)
	}
	name := filepath.Join(x.dir, fmt.Sprintf("push-%d.jsonl", len(files(x.t, x.dir))))
	j, err := live.NewJournal(name, live.Header{Journal: live.PushJournal, Organization: x.server.OrgID(), Began: x.now, Plan: digest}, p.Changes, p.Skipped)
	if err != nil {
		x.t.Fatal(err)
	}
	return j
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func (x *tenant) push(ctx context.Context, j *live.Journal, change ...func(*live.PushOptions)) error {
	x.t.Helper()
	o := live.PushOptions{Now: func() time.Time { return x.now }}
	for _, c := range change {
		c(&o)
	}
	return errors.Join(live.Push(ctx, x.client(), j, o), j.Close())
}

func reopen(t *testing.T, j *live.Journal) *live.Journal {
	t.Helper()
	again, err := live.ContinueJournal(j.Name)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// words are the people of a drift, with state and mover.
func words(d *live.Drift) (out []string) {
	for _, u := range d.Users {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", u.User[:5], u.State, u.Moved)))
	}
	return out
}

// TestWhoMoved: of the policies, Webex and the base, who changed.
func TestWhoMoved(t *testing.T) {
	x := newTenant(t, 20)
	x.head[address(1)] = own(simulate.ThirdParty, "")         // we gave a value
	delete(x.head, address(3))                                // we took one away
	x.head[address(6)] = own(simulate.UnifiedCM, "amsterdam") // we changed one
	x.click(2, simulate.ThirdParty)                           // they gave a value that git never had
	x.click(9, "")                                            // they reset one
	x.click(12, simulate.Native)                              // they changed one
	x.head[address(15)] = own(simulate.ThirdParty, "")        // both
	x.click(15, simulate.Native)
	x.head[address(18)] = own(simulate.ThirdParty, "") // both, to the same: nothing differs
	x.click(18, simulate.ThirdParty)
	x.server.Remove(address(19))
	x.server.Add(simulate.Person{Email: "z@voorbeeld.example", Behavior: simulate.Native}) // the policies do not know them

	want := []string{
		"u0001 differs we", "u0002 differs they", "u0003 differs we", "u0006 differs we", "u0009 differs they",
		"u0012 differs they", "u0015 differs both", "u0019 absent", "z@voo differs they",
	}
	d := x.drift(20)
	if got := words(d); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if s := d.Summary; s.People != 21 || s.Same != 12 || s.Differs != 8 || s.Absent != 1 || !d.Any() {
		t.Errorf("%+v", s)
	}
	p := x.plan(d)
	var got []string
	for _, c := range p.Changes {
		got = append(got, c.User[:5]+" "+string(c.Why))
	}
	// By site, and within it by address. A value that is gone from the files is reset only where we are known to have set it.
	if want := []string{"u0006 we changed it", "u0001 they have no value of their own", "u0009 they have no value of their own"}; !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if len(p.Skipped) != 6 {
		t.Errorf("%+v", p.Skipped)
	}

	x.before = nil
	for _, u := range x.drift(20).Users {
		if u.State == live.Differs && u.Moved != live.NotKnown {
			t.Errorf("without a base, %s was changed by %s", u.User, u.Moved)
		}
	}
}

// TestTakeBack: what they changed gives way only by name.
func TestTakeBack(t *testing.T) {
	x := newTenant(t, 9)
	x.click(3, simulate.Native)
	x.click(4, simulate.ThirdParty)
	x.click(6, simulate.Native)
	d := x.drift(9)
	if p := x.plan(d); len(p.Changes) != 0 || len(p.Skipped) != 3 {
		t.Errorf("without a name: %+v", p.Changes)
	}
	if p := x.plan(d, address(4)); len(p.Changes) != 1 || !p.Changes[0].After.IsZero() || p.Changes[0].Why != live.TakenBack {
		t.Errorf("by name: %+v", p.Changes)
	}
	if p := x.plan(d, live.TakeAll); len(p.Changes) != 3 {
		t.Errorf("all: %+v", p.Changes)
	}
	if _, err := live.MakePlan(d, live.Inputs{}, "", live.Choice{TakeBack: []string{address(5)}}); err == nil {
		t.Error("somebody of whom nothing differs is taken back")
	}
}

// TestPush writes what we changed, journals it, and is nothing to do afterwards.
func TestPush(t *testing.T) {
	x := newTenant(t, 30)
	x.head[address(1)] = own(simulate.ThirdParty, "")
	x.head[address(3)] = own(simulate.UnifiedCM, "amsterdam")
	x.click(6, simulate.Native)
	j := x.journal(x.plan(x.drift(30)))
	asked := len(x.server.Requests())
	if err := x.push(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if n := len(x.server.Requests()) - asked; n != 2*3 {
		t.Errorf("%d requests for two people", n)
	}
	if got := reopen(t, j).Count(); got[live.Done] != 2 || len(got) != 1 {
		t.Errorf("%v", got)
	}
	read, err := live.ReadJournal(j.Name)
	if err != nil {
		t.Fatal(err)
	}
	x.now = x.now.Add(time.Minute)
	if got, want := words(x.drift(30, read)), []string{"u0006 differs they"}; !slices.Equal(got, want) {
		t.Errorf("after the push: %q", got)
	}

	// The change does not show yet in another data center: it is pending for 8 hours.
	x.click(1, "")
	if got, want := words(x.drift(30, read)), []string{"u0001 pending", "u0006 differs they"}; !slices.Equal(got, want) {
		t.Errorf("a minute later: %q", got)
	}
	// A third value was set by somebody, however fresh ours is.
	x.click(1, simulate.Native)
	if got, want := words(x.drift(30, read)), []string{"u0001 differs they", "u0006 differs they"}; !slices.Equal(got, want) {
		t.Errorf("after a click: %q", got)
	}
	x.click(1, "")
	x.now = x.now.Add(9 * time.Hour)
	d := x.drift(30, read)
	if got, want := words(d), []string{"u0001 differs they", "u0006 differs they"}; !slices.Equal(got, want) {
		t.Errorf("nine hours later: %q", got)
	}
	if p := x.plan(d); len(p.Changes) != 0 {
		t.Errorf("what they reset after our push is set again: %+v", p.Changes)
	}

	// What we set, and then took out of the files, is reset.
	delete(x.head, address(3))
	x.before = nil
	p := x.plan(x.drift(30, read))
	if len(p.Changes) != 1 || p.Changes[0].User != address(3) || p.Changes[0].Why != live.WeChanged {
		t.Errorf("%+v", p.Changes)
	}
	info, err := os.Stat(j.Name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestEqualIsNotWritten: to write what is equal would pin it.
func TestEqualIsNotWritten(t *testing.T) {
	x := newTenant(t, 9)
	x.head[address(1)] = own(simulate.ThirdParty, "")
	x.head[address(2)] = own(simulate.ThirdParty, "")
	j := x.journal(x.plan(x.drift(9)))
	x.click(1, simulate.ThirdParty) // somebody did it by hand meanwhile
	x.click(2, simulate.Native)     // and something else there
	asked := len(x.server.Requests())
	if err := x.push(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	for _, r := range x.server.Requests()[asked:] {
		if r.Method != "GET" {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
	if got := j.Count(); got[live.Equal] != 1 || got[live.Moved] != 1 {
		t.Errorf("%v", got)
	}
}

// TestKilledAtEveryRequest stops the program dead before and after each request
// of a push, and goes on: nothing is done twice, and nobody is left out.
func TestKilledAtEveryRequest(t *testing.T) {
	const people, changes = 24, 8
	for n := 1; n <= 3*changes; n++ {
		for _, done := range []bool{false, true} {
			t.Run(fmt.Sprintf("request %d, done %t", n, done), func(t *testing.T) {
				t.Parallel()
				x := newTenant(t, people)
				for i := range people {
					if i%3 == 0 {
						x.head[address(i)] = own(simulate.ThirdParty, "")
					}
				}
				j := x.journal(x.plan(x.drift(people)))
				start := len(x.server.Requests())
				x.server.FailAt(start+n, simulate.Fault{Cut: true, Done: done})
				if !x.kill(t, j, start+n) {
					t.Fatal("the push came to its end")
				}
				x.server.Heal()
				again := reopen(t, j)
				if err := x.push(t.Context(), again); err != nil {
					t.Fatal(err)
				}
				puts := map[string]int{}
				for _, r := range x.server.Requests()[start:] {
					if r.Method == "PUT" && r.Status != 0 {
						puts[r.Path]++
					}
				}
				for path, n := range puts {
					if n > 1 {
						t.Errorf("%s was written %d times", path, n)
					}
				}
				if got := again.Count(); got[live.Done] != changes {
					t.Errorf("%v", got)
				}
				if d := x.drift(people); d.Any() {
					t.Errorf("%q", words(d))
				}
			})
		}
	}
}

// kill runs a push that dies at a request as by kill -9: nothing of it runs any more.
func (x *tenant) kill(t *testing.T, j *live.Journal, at int) bool {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	x.server.Before(at, cancel)
	// What a dying program would still write is taken away again.
	err := live.Push(ctx, x.client(), j, live.PushOptions{Now: func() time.Time { return x.now }})
	if err == nil {
		return false
	}
	data, readErr := os.ReadFile(j.Name)
	if readErr != nil {
		t.Fatal(readErr)
	}
	kept := data[:strings.LastIndex(string(data), `{"end"`)]
	if err := errors.Join(os.WriteFile(j.Name, append(kept, `{"outco`...), 0o600), j.Close()); err != nil {
		t.Fatal(err)
	}
	return true
}

// TestUnsureWrites: what became of a write that got no answer is looked up.
func TestUnsureWrites(t *testing.T) {
	tests := map[string]struct {
		fault  simulate.Fault
		result live.Result
	}{
		"503, done":       {simulate.Fault{Status: 503, Done: true}, live.Done},
		"503, not done":   {simulate.Fault{Status: 503}, live.Failed},
		"cut, done":       {simulate.Fault{Cut: true, Done: true}, live.Done},
		"cut, not done":   {simulate.Fault{Cut: true}, live.Failed},
		"lost in silence": {simulate.Fault{Ignored: true}, live.Unconfirmed},
		"400":             {simulate.Fault{Status: 400}, live.Failed},
		"405":             {simulate.Fault{Status: 405}, live.Failed},
		"429, then done":  {simulate.Fault{Status: 429}, live.Done},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			x := newTenant(t, 3)
			x.head[address(1)] = own(simulate.ThirdParty, "")
			j := x.journal(x.plan(x.drift(3)))
			x.server.FailAt(len(x.server.Requests())+2, test.fault)
			if err := x.push(t.Context(), j); err != nil {
				t.Fatal(err)
			}
			if got := j.Changes[0].Outcome; got.Result != test.result || (got.Message == "") != (test.result == live.Done) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestStops: a push that goes wrong does not go on.
func TestStops(t *testing.T) {
	prepare := func(t *testing.T) (*tenant, *live.Journal, int) {
		t.Helper()
		x := newTenant(t, 40)
		for i := range 40 {
			x.head[address(i)] = own(simulate.ThirdParty, "")
		}
		j := x.journal(x.plan(x.drift(40), live.TakeAll))
		return x, j, len(x.server.Requests())
	}
	t.Run("first push", func(t *testing.T) {
		x, j, start := prepare(t)
		x.server.FailAt(start+3*4+2, simulate.Fault{Ignored: true})
		err := x.push(t.Context(), j, func(o *live.PushOptions) { o.First = true })
		if err == nil || !strings.Contains(err.Error(), "it is the first push to this organization") || j.Count()[live.Done] != 4 {
			t.Errorf("%v, %v", err, j.Count())
		}
	})
	t.Run("forbidden", func(t *testing.T) {
		x, j, start := prepare(t)
		x.server.FailAt(start+2, simulate.Fault{Status: 403})
		err := x.push(t.Context(), j)
		if !webex.IsStatus(err, 403) || j.Left() != 40 {
			t.Errorf("%v, %d left", err, j.Left())
		}
		x.server.Heal()
		if again := reopen(t, j); x.push(t.Context(), again) != nil || again.Count()[live.Done] != 40 {
			t.Errorf("%v", again.Count())
		}
	})
	t.Run("five in a row", func(t *testing.T) {
		x, j, start := prepare(t)
		for n := range 5 {
			x.server.FailAt(start+3+1+n*2+1, simulate.Fault{Status: 405})
		}
		err := x.push(t.Context(), j)
		if err == nil || !strings.Contains(err.Error(), "5 changes failed one after the other") || j.Left() != 34 {
			t.Errorf("%v, %d left", err, j.Left())
		}
	})
	t.Run("canary, then only a site, then the time", func(t *testing.T) {
		x, j, _ := prepare(t)
		if err := x.push(t.Context(), j, func(o *live.PushOptions) { o.Canary = 3 }); err != nil || j.Count()[live.Done] != 3 {
			t.Errorf("%v, %v", err, j.Count())
		}
		j = reopen(t, j)
		if err := x.push(t.Context(), j, func(o *live.PushOptions) {
			o.Only = func(c *live.Change) bool { return c.Unit == "site 1" }
		}); err != nil || j.Count()[live.Done] != 23 {
			t.Errorf("%v, %v", err, j.Count())
		}
		j = reopen(t, j)
		began := x.now
		if err := x.push(t.Context(), j, func(o *live.PushOptions) {
			o.Until = began.Add(10 * time.Minute)
			o.Now = func() time.Time { x.now = x.now.Add(time.Minute); return x.now }
		}); err != nil || j.Left() == 0 || j.Left() == 17 {
			t.Errorf("%v, %d left", err, j.Left())
		}
		if last := j.Ends[len(j.Ends)-1]; last.Reason != "the time given with --until has come" {
			t.Errorf("%+v", j.Ends)
		}
	})
}

// TestUndo gives back what there was, but not to whom somebody changed since.
func TestUndo(t *testing.T) {
	x := newTenant(t, 9)
	for i := range 6 {
		x.head[address(i)] = own(simulate.ThirdParty, "")
	}
	before := x.server.People()
	j := x.journal(x.plan(x.drift(9)))
	if err := x.push(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	x.click(4, simulate.Native)
	read, err := live.ReadJournal(j.Name)
	if err != nil {
		t.Fatal(err)
	}
	changes, skipped := read.Undo()
	if len(changes) != 6 || len(skipped) != 0 {
		t.Fatalf("%+v", changes)
	}
	undo, err := live.NewJournal(filepath.Join(x.dir, "undo.jsonl"), live.Header{Journal: live.UndoJournal, Organization: x.server.OrgID(), Began: x.now}, changes, skipped)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.push(t.Context(), undo); err != nil {
		t.Fatal(err)
	}
	if got := undo.Count(); got[live.Done] != 5 || got[live.Moved] != 1 {
		t.Errorf("%v", got)
	}
	for i, p := range x.server.People() {
		if want := before[i].Behavior; p.Behavior != want && p.Email != address(4) {
			t.Errorf("%s has %s, and had %s", p.Email, p.Behavior, want)
		}
	}
}

// TestLicenses are added with what they need; a part is found out.
func TestLicenses(t *testing.T) {
	for name, test := range map[string]struct {
		fault  simulate.Fault
		result live.Result
	}{
		"all":        {simulate.Fault{}, live.Done},
		"a part":     {simulate.Fault{Partly: true}, live.Unconfirmed},
		"lost":       {simulate.Fault{Cut: true, Done: true}, live.Done},
		"not at all": {simulate.Fault{Status: 400, Body: `{"message":"No.","errors":[{"errorCode":400413}]}`}, live.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			server := simulate.New(simulate.Organization{
				Name: "Voorbeeld", People: []simulate.Person{{Email: address(0)}},
				Licenses: []simulate.License{{Name: "Webex Calling - Professional"}},
			})
			at := httptest.NewServer(server)
			t.Cleanup(at.Close)
			x := &tenant{t: t, server: server, base: at.URL + "/v1", dir: t.TempDir(), now: time.Now()}
			licenses, err := x.client().Licenses(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			p := &live.Plan{Changes: []live.Change{{
				User: address(0), ID: simulate.PersonID(address(0)), Why: live.Assigned,
				Add: []live.License{{Name: "Webex Calling - Professional", ID: licenses[0].ID, Number: "+31201234567"}},
			}}}
			j := x.journal(p)
			server.FailAt(len(server.Requests())+2, test.fault)
			if err := x.push(t.Context(), j); err != nil || j.Changes[0].Outcome.Result != test.result {
				t.Errorf("%+v, %v", j.Changes[0].Outcome, err)
			}
		})
	}
}

// TestJournalIsRead only as what it is.
func TestJournalIsRead(t *testing.T) {
	x := newTenant(t, 3)
	x.head[address(1)] = own(simulate.ThirdParty, "")
	j := x.journal(x.plan(x.drift(3)))
	if err := x.push(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(j.Name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "MARKED") {
		t.Error("the token is in the journal")
	}
	for cut := range data {
		name := filepath.Join(t.TempDir(), "cut.jsonl")
		if err := os.WriteFile(name, data[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		read, err := live.ReadJournal(name)
		begun := strings.Contains(string(data[:cut]), "\"ready\":1}\n")
		if begun != (err == nil) || !begun && !errors.Is(err, live.ErrEmpty) {
			t.Fatalf("cut off after %d bytes: %v", cut, err)
		}
		if begun && len(read.Changes) != 1 {
			t.Fatalf("cut off after %d bytes: %+v", cut, read)
		}
	}
	name := filepath.Join(t.TempDir(), "other.jsonl")
	if err := os.WriteFile(name, []byte("{\"user\":\"x\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := live.ReadJournal(name); err == nil || !strings.Contains(err.Error(), "line 1 is none of its lines") {
		t.Errorf("%v", err)
	}
}

func TestLock(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	unlock, err := live.Lock("org")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := live.Lock("org"); !errors.Is(err, live.ErrBusy) {
		t.Errorf("a second lock: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	unlock, err = live.Lock("org")
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}
