package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"callpolicy/compiler/live/simulate"
	"callpolicy/compiler/live/webex"
	"callpolicy/compiler/workspace"
)

// markedToken would be seen wherever it went.
const markedToken = "MARKED-TOKEN-0123456789"

// tenant is a policy repository, the simulated organization that it began with,
// and the program to work with both.
type tenant struct {
	t      *testing.T
	dir    string
	base   string // address of the organization
	server *simulate.Server
	said   strings.Builder // all that any command ever printed
}

// newTenant copies the large example, which manages calling behavior.
func newTenant(t *testing.T) *tenant {
	t.Helper()
	x := &tenant{t: t, dir: filepath.Join(t.TempDir(), "policies")}
	if err := os.CopyFS(x.dir, os.DirFS("../../examples/voorbeeld-zorg")); err != nil {
		t.Fatal(err)
	}
	project := filepath.Join(x.dir, "callpolicy.yaml")
	data, err := os.ReadFile(project)
	if err != nil {
		t.Fatal(err)
	}
	x.file("callpolicy.yaml", string(data)+"\nwebex: { manage: [callingBehavior] }\n")
	x.file(".gitignore", "live/\n*.jsonl\n*.json\n")
	x.git("init", "-q", "-b", "main")
	x.commit()
	p, err := workspace.OpenProject(t.Context(), workspace.Request{Dir: x.dir}, workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server, diags, err := p.Simulate(t.Context())
	if err != nil || server == nil {
		t.Fatal(err, diags)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	x.serve(server)
	return x
}

func (x *tenant) serve(server *simulate.Server) {
	at := httptest.NewServer(server)
	x.t.Cleanup(at.Close)
	x.server, x.base = server, at.URL+"/v1"
}

func (x *tenant) file(name, text string) {
	x.t.Helper()
	if err := os.WriteFile(filepath.Join(x.dir, name), []byte(text), 0o644); err != nil {
		x.t.Fatal(err)
	}
}

func (x *tenant) git(args ...string) {
	x.t.Helper()
	cmd := exec.CommandContext(x.t.Context(), "git", args...)
	cmd.Dir = x.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_AUTHOR_NAME=Test", "GIT_AUTHOR_EMAIL=t@voorbeeld.example", "GIT_COMMITTER_NAME=Test", "GIT_COMMITTER_EMAIL=t@voorbeeld.example")
	if out, err := cmd.CombinedOutput(); err != nil {
		x.t.Fatalf("git %s: %v\n%s", args, err, out)
	}
}

func (x *tenant) commit() {
	x.t.Helper()
	x.git("add", ".")
	x.git("commit", "-q", "-m", "Policies")
}

// command is callpolicy with arguments, in the repository.
func (x *tenant) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(x.t.Context(), "callpolicy", args...)
	cmd.Dir = x.dir
	cmd.Env = append(os.Environ(), "WEBEX_ACCESS_TOKEN="+markedToken, "HOME="+filepath.Dir(x.dir), "XDG_CACHE_HOME=", "TZ=UTC", "GIT_CONFIG_GLOBAL="+os.DevNull)
	return cmd
}

// run runs callpolicy, which must work, and returns what it printed.
func (x *tenant) run(args ...string) string {
	x.t.Helper()
	cmd := x.command(args...)
	out, err := cmd.CombinedOutput()
	x.said.Write(out)
	if err != nil {
		x.t.Fatalf("callpolicy %s: %v\n%s", args, err, out)
	}
	return string(out)
}

// live adds where the organization is.
func (x *tenant) live(args ...string) []string {
	return slices.Concat([]string{"live"}, args, []string{"--base-url", x.base})
}

// drifted is what drift says of one person.
type drifted struct{ User, State, Moved string }

// drift pulls anew, and returns who is not known to be the same.
func (x *tenant) drift(args ...string) (found []drifted, unknown int) {
	x.t.Helper()
	x.run(x.live("pull")...)
	var d struct {
		Summary struct{ Unknown int }
		Users   []drifted
	}
	out := x.run(slices.Concat([]string{"live", "drift", "--format", "json"}, args)...)
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		x.t.Fatal(err)
	}
	for _, u := range d.Users {
		if u.State != "unknown" {
			found = append(found, u)
		}
	}
	return found, d.Summary.Unknown
}

// behaviors is what everybody has.
func (x *tenant) behaviors() map[string]string {
	all := map[string]string{}
	for _, p := range x.server.People() {
		all[strings.ToLower(p.Email)] = p.Behavior + " " + p.Profile
	}
	return all
}

// TestLiveOrganization is the whole story with the example's 2,041 people: drift of
// 40 stray clicks is found exactly, what we changed is pushed and theirs is not,
// the program is killed ten times on the way and resumes, theirs is taken back by
// name, a fresh pull shows no drift, and all of it is undone.
func TestLiveOrganization(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	const people, clicks, ours, kills = 2041, 40, 30, 10

	found, unknown := x.drift()
	if len(found) > 0 || unknown != 2 {
		t.Fatalf("at first: %v, and %d unknown", found, unknown)
	}
	if n := len(x.server.Requests()); n > people+people/100+60 {
		t.Errorf("%d requests for a pull", n)
	}

	clicked := x.server.Stray(clicks, 19)
	slices.Sort(clicked)
	found, _ = x.drift("--base", "HEAD", "--base-exact")
	var they []string
	for _, u := range found {
		if u.State != "differs" || u.Moved != "they" {
			t.Errorf("%+v", u)
		}
		they = append(they, u.User)
	}
	if !slices.Equal(they, clicked) {
		t.Fatalf("the clicks were\n%q, and drift finds\n%q", clicked, they)
	}

	// We give thirty people a value of their own who had none and were not clicked on.
	mine := x.choose(ours, clicked)
	var policy strings.Builder
	policy.WriteString("users:\n")
	for _, user := range mine {
		fmt.Fprintf(&policy, "  %s: { callingBehavior: { webexCalling: { app: thirdParty } } }\n", user)
	}
	x.file("policies/users/third-party.yaml", policy.String())
	x.commit()
	began := x.behaviors()
	x.run("plan", "--live", "live", "--base", "HEAD~1", "--base-exact", "--save", "push.json")

	start := len(x.server.Requests())
	x.killed(kills, "push", "push.json", "--journal", "push.journal.jsonl")
	x.run(x.live("push", "--journal", "push.journal.jsonl")...)
	x.once(start, ours)
	for user, now := range x.behaviors() {
		switch want := began[user]; {
		case slices.Contains(mine, user):
			if now != simulate.ThirdParty+" " {
				t.Errorf("%s has %q", user, now)
			}
		case now != want:
			t.Errorf("%s has %q, and had %q", user, now, want)
		}
	}
	found, _ = x.drift("--journal", "push.journal.jsonl")
	if len(found) != clicks || slices.ContainsFunc(found, func(d drifted) bool { return d.Moved != "they" }) {
		t.Errorf("after our push: %+v", found)
	}

	// Theirs gives way by name.
	takeBack := []string{"plan", "--live", "live", "--base", "HEAD", "--base-exact", "--save", "back.json"}
	for _, user := range clicked {
		takeBack = append(takeBack, "--take-back", user)
	}
	x.run(takeBack...)
	pushed := x.behaviors()
	x.run(x.live("push", "back.json", "--journal", "back.journal.jsonl")...)
	if found, unknown = x.drift(); len(found) > 0 || unknown != 2 {
		t.Errorf("in the end: %+v, and %d unknown", found, unknown)
	}

	// And all of it is undone.
	x.run(x.live("undo", "back.journal.jsonl", "--yes", "--journal", "undo-back.journal.jsonl")...)
	x.same("after the first undo", pushed)
	start = len(x.server.Requests())
	x.killed(3, "undo", "push.journal.jsonl", "--yes", "--journal", "undo.journal.jsonl")
	x.run(x.live("undo", "push.journal.jsonl", "--yes", "--journal", "undo.journal.jsonl")...)
	x.once(start, ours)
	x.same("after both", began)
	found, _ = x.drift("--base", "HEAD", "--base-exact")
	if len(found) != clicks+ours {
		t.Errorf("after both, %d differ", len(found))
	}
	x.tokenIsNowhere()
}

// choose returns people with Webex Calling who have no value of their own.
func (x *tenant) choose(n int, but []string) (chosen []string) {
	x.t.Helper()
	data, err := os.ReadFile(filepath.Join(x.dir, "policies", "departments", "call-center.cue"))
	if err != nil {
		x.t.Fatal(err)
	}
	written := string(data)
	files, err := filepath.Glob(filepath.Join(x.dir, "policies", "users", "*"))
	if err != nil {
		x.t.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			x.t.Fatal(err)
		}
		written += string(data)
	}
	for _, p := range x.server.People() {
		if p.Behavior == "" && len(p.Licenses) == 1 && p.Licenses[0] == "Webex Calling - Professional" && !slices.Contains(but, p.Email) && !strings.Contains(written, p.Email) {
			if chosen = append(chosen, p.Email); len(chosen) == n {
				return chosen
			}
		}
	}
	x.t.Fatalf("there are only %d people to choose from", len(chosen))
	return nil
}

// killed runs a command of live again and again, and kills it, as kill -9 does, at
// a request of each run: before it is answered, and after it was carried out.
func (x *tenant) killed(times int, args ...string) {
	x.t.Helper()
	for n := range times {
		if n > 0 && args[0] == "push" {
			args = []string{"push", "--journal", "push.journal.jsonl"} // a push goes on with its journal
		}
		cmd := x.command(x.live(args...)...)
		var out strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &out
		var kill sync.Once
		started := make(chan *os.Process, 1)
		at := len(x.server.Requests()) + 1 + (n*7)%11
		x.server.Before(at, func() { kill.Do(func() { _ = (<-started).Kill() }) })
		if n%2 == 1 {
			x.server.FailAt(at, simulate.Fault{Cut: true, Done: true}) // nobody is there to get the answer
		}
		if err := cmd.Start(); err != nil {
			x.t.Fatal(err)
		}
		started <- cmd.Process
		if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() >= 0 {
			x.t.Fatalf("run %d was not killed: %v\n%s", n, err, out.String())
		}
		x.said.WriteString(out.String())
		x.server.Heal()
	}
}

// once makes sure that since a request everybody was written to once.
func (x *tenant) once(start, people int) {
	x.t.Helper()
	writes := map[string]int{}
	for _, r := range x.server.Requests()[start:] {
		if r.Method == http.MethodPut {
			writes[r.Path]++
		}
	}
	for path, n := range writes {
		if n != 1 {
			x.t.Errorf("%s was written %d times", path, n)
		}
	}
	if len(writes) != people {
		x.t.Errorf("%d people were written to, not %d", len(writes), people)
	}
}

func (x *tenant) same(when string, want map[string]string) {
	x.t.Helper()
	for user, now := range x.behaviors() {
		if now != want[user] {
			x.t.Errorf("%s, %s has %q, and should have %q", when, user, now, want[user])
		}
	}
}

// tokenIsNowhere looks for the token in everything that was printed or written.
func (x *tenant) tokenIsNowhere() {
	x.t.Helper()
	if strings.Contains(x.said.String(), markedToken) {
		x.t.Error("the token was printed")
	}
	err := filepath.WalkDir(filepath.Dir(x.dir), func(name string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(name)
		if strings.Contains(string(data), markedToken) {
			x.t.Errorf("the token is in %s", name)
		}
		return err
	})
	if err != nil {
		x.t.Error(err)
	}
	for _, r := range x.server.Requests() {
		if r.Token != markedToken {
			x.t.Fatalf("%s %s came with another token", r.Method, r.Path)
		}
	}
}

// TestNothingIsSent: what only compares asks nobody, whatever token there is. All
// requests to Webex would go through a proxy that notes them.
func TestNothingIsSent(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	x.run(x.live("pull")...)
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	touched := make(chan string, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				close(touched)
				return
			}
			_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			head := make([]byte, 200)
			n, _ := io.ReadAtLeast(conn, head, 1)
			touched <- string(head[:n])
			_ = conn.Close()
		}
	}()
	run := func(status int, args ...string) {
		t.Helper()
		cmd := x.command(args...)
		proxy := "http://" + listener.Addr().String()
		cmd.Env = append(cmd.Env, "HTTPS_PROXY="+proxy, "HTTP_PROXY="+proxy, "ALL_PROXY="+proxy, "NO_PROXY=")
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != status {
			t.Errorf("callpolicy %s ended with status %d, not %d\n%s", args, got, status, out)
		}
		if strings.Contains(string(out), markedToken) {
			t.Errorf("callpolicy %s prints the token", args)
		}
	}
	run(0, "validate")
	run(0, "plan")
	run(0, "plan", "--live", "live", "--save", "push.json")
	run(0, "live", "drift")
	run(0, "live", "push", "--dry-run")
	run(0, "apply", "--yes")
	select {
	case head := <-touched:
		t.Errorf("somebody was asked: %s", head)
	default:
	}
	run(3, "live", "pull") // this one asks, so the test can fail
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	heads := 0
	for head := range touched {
		heads++
		if !strings.HasPrefix(head, "CONNECT webexapis.com:443 ") || strings.Contains(head, markedToken) {
			t.Errorf("the proxy was asked for %s", head)
		}
	}
	if heads == 0 {
		t.Error("live pull does not use the proxy")
	}
}

// TestTenants: with --all, one organization that cannot be reached stops no other.
func TestTenants(t *testing.T) {
	t.Parallel()
	x := &tenant{t: t, dir: t.TempDir()}
	org := func(name string) *simulate.Server {
		return simulate.New(simulate.Organization{Name: name, People: []simulate.Person{{Email: name + "@voorbeeld.example"}}})
	}
	one, two := org("one"), org("two")
	one.Accept("TOKEN-ONE")
	two.Accept("TOKEN-TWO")
	both := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.RawQuery, one.OrgID()) {
			one.ServeHTTP(w, r)
		} else {
			two.ServeHTTP(w, r)
		}
	})
	at := httptest.NewServer(both)
	t.Cleanup(at.Close)
	x.base = at.URL + "/v1"
	for name, server := range map[string]*simulate.Server{"one": one, "two": two} {
		if err := os.MkdirAll(filepath.Join(x.dir, name, "policies"), 0o755); err != nil {
			t.Fatal(err)
		}
		x.file(name+"/callpolicy.yaml", "apiVersion: callpolicy/v1\nedition: classic\nwebex: { organizationId: "+server.OrgID()+" }\n")
		x.file(name+"/policies/users.yaml", "users: { "+name+"@voorbeeld.example: {} }\n")
	}
	x.git("init", "-q", "-b", "main")
	x.commit()
	variable := func(server *simulate.Server) string {
		return "WEBEX_ACCESS_TOKEN_" + strings.ToUpper(strings.ReplaceAll(webex.UUID(server.OrgID()), "-", "_"))
	}
	for name, test := range map[string]struct {
		tokens []string
		status int
		there  []string
	}{
		"both":     {[]string{variable(one) + "=TOKEN-ONE", variable(two) + "=TOKEN-TWO"}, 0, []string{"one", "two"}},
		"only two": {[]string{variable(one) + "=TOKEN-OLD", variable(two) + "=TOKEN-TWO"}, 3, []string{"two"}},
	} {
		for _, dir := range []string{"one", "two"} {
			if err := os.RemoveAll(filepath.Join(x.dir, dir, "live")); err != nil {
				t.Fatal(err)
			}
		}
		cmd := x.command(x.live("pull", "--all")...)
		cmd.Env = append(cmd.Env, test.tokens...)
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != test.status {
			t.Errorf("%s: status %d\n%s", name, got, out)
		}
		for _, dir := range []string{"one", "two"} {
			_, err := os.Stat(filepath.Join(x.dir, dir, "live", "manifest.json"))
			if (err == nil) != slices.Contains(test.there, dir) {
				t.Errorf("%s: the snapshot of %s: %v", name, dir, err)
			}
		}
		if strings.Contains(string(out), "TOKEN-") {
			t.Errorf("%s: a token was printed\n%s", name, out)
		}
	}
}

// TestDriftWorkflow runs the last step of the nightly workflow, with a gh that
// notes what it is told: one issue is made, kept up to date, and closed.
func TestDriftWorkflow(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	data, err := os.ReadFile("../../examples/ci/live-drift.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Jobs map[string]struct{ Steps []struct{ Name, Run string } }
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	steps := file.Jobs["drift"].Steps
	bin, temp := t.TempDir(), t.TempDir()
	gh := "#!/bin/sh\nif [ \"$2\" = list ]; then cat \"$GH_ISSUE\"; else echo \"$@\" >>\"$GH_LOG\"; fi\n"
	if err := os.WriteFile(filepath.Join(bin, "gh"), []byte(gh), 0o755); err != nil {
		t.Fatal(err)
	}
	issue, log := filepath.Join(temp, "issue"), filepath.Join(temp, "log")
	night := func(open string) string {
		t.Helper()
		if err := errors.Join(os.WriteFile(issue, []byte(open), 0o644), os.WriteFile(log, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
		x.run(x.live("pull", "--out", filepath.Join(temp, "live"))...)
		cmd := exec.CommandContext(t.Context(), "bash", "-e", "-c", steps[len(steps)-1].Run)
		cmd.Dir = x.dir
		cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "RUNNER_TEMP="+temp, "GH_ISSUE="+issue, "GH_LOG="+log)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		told, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return string(told)
	}
	if told := night(""); told != "" {
		t.Errorf("nothing differs, and gh is told %q", told)
	}
	x.server.Stray(3, 1)
	told := night("")
	if !strings.HasPrefix(told, "issue create --label callpolicy-drift") || !strings.Contains(told, "2,041 people · 2,036 the same · 3 differ · 2 not known.") || strings.Contains(told, "@") {
		t.Errorf("gh is told %q", told)
	}
	if told := night("7"); !strings.HasPrefix(told, "issue edit 7 --body Control Hub holds") {
		t.Errorf("gh is told %q", told)
	}
	x.run(x.live("pull")...)
	x.run("plan", "--live", "live", "--take-back", "all", "--save", "back.json")
	x.run(x.live("push", "back.json", "--journal", "back.journal.jsonl")...)
	if told := night("7"); !strings.HasPrefix(told, "issue close 7 --comment Nothing differs any more") {
		t.Errorf("gh is told %q", told)
	}
}
