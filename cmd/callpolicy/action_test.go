package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestAction runs the steps of action.yml as GitHub does, in the environment
// that it documents, on a pull request that changes over a few pushes.
func TestAction(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	j.policies("policies/org.yaml", "videoOnMobile: true", "videoOnMobile: false", "No video on mobile phones")
	j.pullRequest()

	t.Log("the plan becomes a comment and a summary, and numbers for later steps")
	log := j.passes(nil)
	if len(j.api.comments) != 1 || j.api.comments[0].Number != 7 {
		t.Fatalf("the comments are %+v\n%s", j.api.comments, log)
	}
	first := j.api.comments[0]
	j.says(`inCall\.videoOnMobile`, first.Body)
	j.says(`3 of 5 users change`, first.Body)
	j.says(`https://github\.example/.*#comment-1`, log)
	j.says(`No video on mobile|inCall\.videoOnMobile`, j.summary())
	for name, want := range map[string]string{
		"result": "success", "errors": "0", "users": "5", "changed": "3", "added": "0", "removed": "0",
	} {
		if got := j.outputs[name]; got != want {
			t.Errorf("output %s is %q, not %q", name, got, want)
		}
	}
	for _, name := range []string{"report.sarif", "report.json", "plan.json", "plan.md"} {
		if _, err := os.Stat(filepath.Join(j.outputs["reports"], name)); err != nil {
			t.Errorf("there is no %s: %v", name, err)
		}
	}
	if strings.Contains(log, j.api.token) {
		t.Error("the token is in the log")
	}

	t.Log("the same again changes nothing")
	j.says("The comment says it already", j.passes(nil))
	if got := j.api.writes; got != 1 {
		t.Errorf("%d writes", got)
	}

	t.Log("another push changes the comment in place, also behind a hundred others, and whoever else writes the like")
	fake := comment{ID: 900, Number: 7, Body: strings.SplitAfter(first.Body, "\n")[0] + "All is well", User: user{"mallory", "User"}}
	talk := []comment{fake}
	for i := range 120 {
		talk = append(talk, comment{ID: 1000 + i, Number: 7, Body: "Words", User: user{"colleague", "User"}})
	}
	j.api.comments = append(talk, j.api.comments...)
	j.policies("policies/org.yaml", "screenSharing: true", "screenSharing: false", "No screen sharing")
	j.pullRequest()
	j.passes(nil)
	if len(j.api.comments) != 122 || j.api.comments[0].Body != fake.Body {
		t.Fatalf("%d comments", len(j.api.comments))
	}
	second := j.api.comments[121]
	if second.ID != first.ID {
		t.Errorf("the comment was not changed in place: %+v", second)
	}
	j.says(`inCall\.screenSharing`, second.Body)

	t.Log("a fault is shown at its line, and fails the job")
	j.policies("policies/groups.yaml", "template: front-desk", "template: front-dsk", "A slip")
	j.pullRequest()
	log = j.fails(nil)
	j.says(`(?m)^::error file=policies/groups\.yaml,line=\d+,endLine=\d+,col=\d+,endColumn=\d+,title=ref\.unknown-template::`, log)
	j.says(`(?m)^    error: there is no calling template called front-dsk`, j.summary())
	j.says("have an error", j.api.comments[121].Body)
	if j.outputs["result"] != "errors" || j.outputs["errors"] != "1" || j.outputs["users"] != "" {
		t.Errorf("the outputs are %v", j.outputs)
	}
	j.passes(map[string]string{"fail-on": "never"})
	j.fails(map[string]string{"fail-on": "sometimes"})

	t.Log("warnings fail where somebody wants it")
	j.policies("policies/groups.yaml", "template: front-dsk", "template: front-desk", "Mended")
	j.policies("policies/users.yaml", "videoOnMobile: true", "videoOnMobile: false", "An exception that is none")
	j.pullRequest()
	j.passes(nil)
	if j.outputs["result"] != "warnings" {
		t.Errorf("the outputs are %v", j.outputs)
	}
	j.fails(map[string]string{"fail-on": "warning"})

	t.Log("a pull request from a fork may not write, and passes all the same")
	there := j.api.comments
	j.api.comments, j.api.forbidden = nil, true
	j.says("::notice title=callpolicy::The plan is in the summary of the job only", j.passes(nil))
	j.api.comments, j.api.forbidden = there, false

	t.Log("a token that stands for a person changes that person's comment")
	j.api.login = "policy-robot"
	count := len(j.api.comments)
	j.passes(nil)
	j.passes(nil)
	if got := len(j.api.comments) - count; got != 1 {
		t.Errorf("%d new comments", got)
	}
	j.api.login = ""

	t.Log("a push is compared with what was there before, and has no comment")
	j.push()
	writes := j.api.writes
	log = j.passes(map[string]string{"formats": "junit gitlab json"})
	j.says("No pull request, so no comment", log)
	if j.outputs["changed"] != "4" || j.api.writes != writes {
		t.Errorf("%v, %d writes", j.outputs, j.api.writes-writes)
	}

	t.Log("after a force push what was there before is gone: a branch is compared with where it left the default branch")
	j.forcePush("change")
	j.passes(nil)
	if j.outputs["changed"] != "4" {
		t.Errorf("the outputs are %v", j.outputs)
	}

	t.Log("and the default branch with nothing, which is said beside all that went well")
	j.forcePush("main")
	j.passes(nil)
	if j.outputs["result"] != "success" || j.outputs["errors"] != "0" || j.outputs["users"] != "" {
		t.Errorf("the outputs are %v", j.outputs)
	}
	j.says("There is no plan\\s+After a force push", j.summary())

	t.Log("people who are kept outside the repository")
	j.pullRequest()
	j.write("the people.csv", "user,licenses\nextra@company.example,webexCalling\n")
	j.passes(map[string]string{"roster": "the people.csv\n"})
	if j.outputs["users"] != "6" || j.outputs["added"] != "0" {
		t.Errorf("the outputs are %v", j.outputs)
	}
	j.fails(map[string]string{"roster": "nobody.csv"})

	t.Log("a clone without history says what to do")
	j.pullRequest()
	j.shallow()
	j.says("fetch-depth|--unshallow|fetch", j.fails(nil))
	j.says("no problems found|warnings", j.summary())
	j.says("There is no plan\\s+callpolicy: ", j.summary())
	if j.outputs["errors"] != "0" || j.outputs["users"] != "" {
		t.Errorf("the outputs are %v", j.outputs)
	}
}

// job is a job of a workflow that uses the action.
type job struct {
	terminal
	api     *githubAPI
	origin  terminal // the repository on GitHub
	action  action
	path    string // of the action
	event   map[string]any
	github  map[string]string // the documented variables
	outputs map[string]string
}

// action is what we need of action.yml.
type action struct {
	Inputs map[string]struct {
		Default string `yaml:"default"`
	} `yaml:"inputs"`
	Runs struct {
		Steps []struct {
			Name, ID, If, Uses, Shell, Run string
			Env                            map[string]string
		} `yaml:"steps"`
	} `yaml:"runs"`
}

func newJob(t *testing.T) *job {
	t.Helper()
	for _, program := range []string{"bash", "git", "jq", "curl"} {
		needs(t, program)
	}
	path, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	j := &job{path: path, api: newGitHubAPI(t), github: map[string]string{}}
	data, err := os.ReadFile(filepath.Join(path, "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &j.action); err != nil {
		t.Fatal(err)
	}
	j.origin = terminal{t: t, dir: t.TempDir(), env: gitIdentity(t)}
	j.origin.ok("git", "init", "--quiet", "--initial-branch", "main")
	if err := os.CopyFS(j.origin.dir, os.DirFS(filepath.Join(path, "examples", "starter"))); err != nil {
		t.Fatal(err)
	}
	j.origin.ok("git", "add", ".")
	j.origin.ok("git", "commit", "--quiet", "--message", "Policies")
	j.origin.ok("git", "switch", "--quiet", "--create", "change")
	j.terminal = j.origin
	j.dir = filepath.Join(t.TempDir(), "workspace")
	// What was built for these tests already need not be once more.
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOFLAGS", "GOPROXY", "GOSUMDB"} {
		value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		j.env = append(j.env, name+"="+strings.TrimSpace(string(value)))
	}
	j.github["RUNNER_TEMP"] = t.TempDir()
	return j
}

// policies edits a file on the branch of the pull request.
func (j *job) policies(file, before, after, message string) {
	j.t.Helper()
	text := j.origin.read(file)
	if !strings.Contains(text, before) {
		j.t.Fatalf("%s does not hold %q", file, before)
	}
	j.origin.write(file, strings.ReplaceAll(text, before, after))
	j.origin.ok("git", "commit", "--quiet", "--all", "--message", message)
}

// pullRequest checks out what GitHub does for a pull request: its merge with
// the base branch, with all history.
func (j *job) pullRequest() {
	j.t.Helper()
	const number = 7
	j.origin.ok("git", "switch", "--quiet", "--detach", "main")
	j.origin.ok("git", "merge", "--quiet", "--no-ff", "--message", "Merge", "change")
	j.origin.ok("git", "update-ref", fmt.Sprintf("refs/pull/%d/merge", number), "HEAD")
	j.origin.ok("git", "switch", "--quiet", "change")
	ref := fmt.Sprintf("refs/pull/%d/merge", number)
	j.checkout("+" + ref + ":refs/remotes/pull/merge")
	j.event = map[string]any{"action": "synchronize", "number": number, "pull_request": map[string]any{"number": number}}
	j.set("pull_request", ref, "main", "change")
}

// push checks out what GitHub does for a push to a branch.
func (j *job) push() {
	j.t.Helper()
	j.checkout("+refs/heads/change:refs/remotes/pull/merge")
	before := strings.TrimSpace(j.origin.ok("git", "rev-parse", "main"))
	j.event = map[string]any{"before": before, "ref": "refs/heads/change"}
	j.set("push", "refs/heads/change", "", "")
}

// forcePush checks out what GitHub does for a push of a branch whose history was
// written anew.
func (j *job) forcePush(branch string) {
	j.t.Helper()
	j.checkout("+refs/heads/" + branch + ":refs/remotes/pull/merge")
	ref := "refs/heads/" + branch
	j.event = map[string]any{
		"before": "1234567890123456789012345678901234567890", "ref": ref, "forced": true,
		"repository": map[string]any{"default_branch": "main"},
	}
	j.set("push", ref, "", "")
}

func (j *job) checkout(ref string) {
	j.t.Helper()
	if err := os.RemoveAll(j.dir); err != nil {
		j.t.Fatal(err)
	}
	j.origin.ok("git", "init", "--quiet", j.dir)
	j.ok("git", "remote", "add", "origin", "file://"+filepath.ToSlash(j.origin.dir))
	j.ok("git", "fetch", "--quiet", "--prune", "origin", "+refs/heads/*:refs/remotes/origin/*", ref)
	j.ok("git", "checkout", "--quiet", "--detach", "refs/remotes/pull/merge")
}

// shallow is the checkout that actions/checkout makes unless it is told otherwise.
func (j *job) shallow() {
	j.t.Helper()
	if err := os.RemoveAll(j.dir); err != nil {
		j.t.Fatal(err)
	}
	j.origin.ok("git", "init", "--quiet", j.dir)
	j.ok("git", "remote", "add", "origin", "file://"+filepath.ToSlash(j.origin.dir))
	j.ok("git", "fetch", "--quiet", "--depth=1", "origin", "+refs/pull/7/merge:refs/remotes/pull/7/merge")
	j.ok("git", "checkout", "--quiet", "--detach", "refs/remotes/pull/7/merge")
}

func (j *job) set(event, ref, base, head string) {
	maps.Copy(j.github, map[string]string{
		"CI": "true", "GITHUB_ACTIONS": "true", "RUNNER_OS": "Linux",
		"GITHUB_ACTION_PATH": j.path, "GITHUB_WORKSPACE": j.dir, "GITHUB_REPOSITORY": "voorbeeld-zorg/policies",
		"GITHUB_API_URL": j.api.url, "GITHUB_EVENT_NAME": event, "GITHUB_REF": ref,
		"GITHUB_BASE_REF": base, "GITHUB_HEAD_REF": head,
	})
}

// passes runs the action, which must succeed, and returns the log.
func (j *job) passes(with map[string]string) string {
	j.t.Helper()
	log, err := j.use(with)
	if err != nil {
		j.t.Fatalf("%v\n%s", err, log)
	}
	return log
}

// fails runs the action, which must not succeed, and returns the log.
func (j *job) fails(with map[string]string) string {
	j.t.Helper()
	log, err := j.use(with)
	if err == nil {
		j.t.Fatalf("the job passed\n%s", log)
	}
	return log
}

func (j *job) summary() string {
	j.t.Helper()
	data, err := os.ReadFile(j.github["GITHUB_STEP_SUMMARY"])
	if err != nil {
		j.t.Fatal(err)
	}
	return string(data)
}

// use runs the steps of the action with inputs.
func (j *job) use(with map[string]string) (string, error) {
	j.t.Helper()
	inputs := map[string]string{}
	for name, input := range j.action.Inputs {
		inputs[name] = input.Default
	}
	inputs["token"] = j.api.token
	for name, value := range with {
		if _, ok := inputs[name]; !ok {
			j.t.Fatalf("there is no input %s", name)
		}
		inputs[name] = value
	}
	files := j.t.TempDir()
	for name, text := range map[string]string{"EVENT_PATH": j.eventFile(), "OUTPUT": "", "STEP_SUMMARY": ""} {
		file := filepath.Join(files, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			j.t.Fatal(err)
		}
		j.github["GITHUB_"+name] = file
	}
	j.outputs = map[string]string{}
	steps := map[string]map[string]string{}
	var log strings.Builder
	for _, step := range j.action.Runs.Steps {
		switch {
		case !j.holds(step.If, inputs):
			continue
		case step.Uses != "": // Go is here already
			continue
		case step.Shell != "bash":
			j.t.Fatalf("step %q: a composite action names its shell", step.Name)
		}
		cmd := exec.CommandContext(j.t.Context(), "bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step.Run)
		cmd.Dir, cmd.Env = j.dir, slices.Clone(j.env)
		for name, value := range j.github {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		for name, value := range step.Env {
			cmd.Env = append(cmd.Env, name+"="+j.evaluate(value, inputs, steps))
		}
		out, err := cmd.CombinedOutput()
		log.Write(out)
		if step.ID != "" {
			j.outputs = j.written(j.github["GITHUB_OUTPUT"])
			steps[step.ID] = j.outputs
		}
		if err != nil {
			return log.String(), fmt.Errorf("step %q: %w", step.Name, err)
		}
	}
	return log.String(), nil
}

func (j *job) eventFile() string {
	j.t.Helper()
	data, err := json.Marshal(j.event)
	if err != nil {
		j.t.Fatal(err)
	}
	return string(data)
}

// written reads the file with a step's outputs.
func (j *job) written(file string) map[string]string {
	j.t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		j.t.Fatal(err)
	}
	outputs := map[string]string{}
	for line := range strings.Lines(string(data)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok {
			j.t.Fatalf("not an output: %q", line)
		}
		outputs[name] = value
	}
	return outputs
}

var expression = regexp.MustCompile(`\$\{\{ (inputs|steps)\.([a-z-]+)(?:\.outputs\.([a-z-]+))? \}\}`)

// evaluate replaces the expressions of GitHub that the action uses.
func (j *job) evaluate(text string, inputs map[string]string, steps map[string]map[string]string) string {
	j.t.Helper()
	out := expression.ReplaceAllStringFunc(text, func(found string) string {
		m := expression.FindStringSubmatch(found)
		if m[1] == "inputs" {
			return inputs[m[2]]
		}
		return steps[m[2]][m[3]]
	})
	if strings.Contains(out, "${{") {
		j.t.Fatalf("this test does not know the expression %s", text)
	}
	return out
}

var condition = regexp.MustCompile(`^inputs\.([a-z-]+) == '([^']*)'$`)

func (j *job) holds(text string, inputs map[string]string) bool {
	j.t.Helper()
	if text == "" {
		return true
	}
	m := condition.FindStringSubmatch(text)
	if m == nil {
		j.t.Fatalf("this test does not know the condition %s", text)
	}
	return inputs[m[1]] == m[2]
}

// githubAPI is as much of GitHub's REST API as comments need.
type githubAPI struct {
	t     *testing.T
	url   string
	token string

	mu        sync.Mutex
	comments  []comment
	writes    int
	forbidden bool
	login     string // whom the token stands for; empty: a job
}

type comment struct {
	ID     int    `json:"id"`
	Body   string `json:"body"`
	URL    string `json:"html_url"`
	User   user   `json:"user"`
	Number int    `json:"-"`
}

type user struct {
	Login string `json:"login"`
	Type  string `json:"type"`
}

func newGitHubAPI(t *testing.T) *githubAPI {
	t.Helper()
	api := &githubAPI{t: t, token: "token-of-this-test"}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /user", api.user)
	mux.HandleFunc("GET /repos/voorbeeld-zorg/policies/issues/{number}/comments", api.list)
	mux.HandleFunc("POST /repos/voorbeeld-zorg/policies/issues/{number}/comments", api.create)
	mux.HandleFunc("PATCH /repos/voorbeeld-zorg/policies/issues/comments/{id}", api.update)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		api.mu.Lock()
		defer api.mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer "+api.token {
			t.Errorf("%s %s: not authorized: %q", r.Method, r.URL, r.Header.Get("Authorization"))
		}
		mux.ServeHTTP(w, r)
	}))
	// The server outlives the context of the test, which ends before it closes.
	context.AfterFunc(t.Context(), server.CloseClientConnections)
	t.Cleanup(server.Close)
	api.url = server.URL
	return api
}

func (a *githubAPI) answer(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		a.t.Error(err)
	}
}

func (a *githubAPI) user(w http.ResponseWriter, _ *http.Request) {
	if a.login == "" {
		a.answer(w, http.StatusForbidden, map[string]string{"message": "Resource not accessible by integration"})
		return
	}
	a.answer(w, http.StatusOK, user{a.login, "User"})
}

func (a *githubAPI) list(w http.ResponseWriter, r *http.Request) {
	page, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil {
		a.t.Errorf("no page: %s", r.URL)
	}
	var of []comment
	for _, c := range a.comments {
		if strconv.Itoa(c.Number) == r.PathValue("number") {
			of = append(of, c)
		}
	}
	from := min(100*(page-1), len(of))
	shown := of[from:min(from+100, len(of))]
	a.answer(w, http.StatusOK, append([]comment{}, shown...))
}

func (a *githubAPI) create(w http.ResponseWriter, r *http.Request) {
	if a.forbidden {
		a.answer(w, http.StatusForbidden, map[string]string{"message": "Resource not accessible by integration"})
		return
	}
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil {
		a.t.Error(err)
	}
	c := comment{ID: len(a.comments) + 1, Number: number, User: user{"github-actions[bot]", "Bot"}}
	if a.login != "" {
		c.User = user{a.login, "User"}
	}
	c.URL = fmt.Sprintf("https://github.example/voorbeeld-zorg/policies/pull/%d#comment-%d", number, c.ID)
	c.Body = a.body(r)
	a.comments = append(a.comments, c)
	a.answer(w, http.StatusCreated, c)
}

func (a *githubAPI) update(w http.ResponseWriter, r *http.Request) {
	if a.forbidden {
		a.answer(w, http.StatusForbidden, map[string]string{"message": "Resource not accessible by integration"})
		return
	}
	for i := range a.comments {
		if c := &a.comments[i]; strconv.Itoa(c.ID) == r.PathValue("id") {
			c.Body = a.body(r)
			a.answer(w, http.StatusOK, c)
			return
		}
	}
	a.answer(w, http.StatusNotFound, map[string]string{"message": "Not Found"})
}

func (a *githubAPI) body(r *http.Request) string {
	var in struct{ Body string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		a.t.Error(err)
	}
	if len(in.Body) > 65_536 {
		a.t.Errorf("GitHub takes no comment of %d characters", len(in.Body))
	}
	a.writes++
	return in.Body
}
