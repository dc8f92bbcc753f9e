package main

import (
	"bytes"
	"encoding/json"
	"errors"
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

// TestPublishedSchemas checks what we ship for CI systems against the schemas
// that are published for them, and that a slip would be found.
func TestPublishedSchemas(t *testing.T) {
	t.Parallel()
	github := needsNode(t, "action-validator")
	gitlab := needsNode(t, "gitlab-ci-local")
	for _, c := range []struct {
		file, before, after string
		check               func(t *testing.T, file string) (string, error)
	}{
		{"action.yml", "using: composite", "usng: composite", func(t *testing.T, file string) (string, error) {
			t.Helper()
			return inNode(t, filepath.Dir(file), github, file)
		}},
		{"examples/ci/github-pull-request.yml", "runs-on:", "run-on:", func(t *testing.T, file string) (string, error) {
			t.Helper()
			return inNode(t, filepath.Dir(file), github, file)
		}},
		{"examples/ci/live-drift.yml", "runs-on:", "run-on:", func(t *testing.T, file string) (string, error) {
			t.Helper()
			return inNode(t, filepath.Dir(file), github, file)
		}},
		{"examples/ci/github-reusable.yml", "workflow_call:", "workflow_cal:", func(t *testing.T, file string) (string, error) {
			t.Helper()
			return inNode(t, filepath.Dir(file), github, file)
		}},
		{"examples/scale/github-matrix.yml", "matrix:", "matrixes:", func(t *testing.T, file string) (string, error) {
			t.Helper()
			return inNode(t, filepath.Dir(file), github, file)
		}},
		{"examples/scale/gitlab-matrix.yml", "script:", "scrip:", func(t *testing.T, file string) (string, error) {
			t.Helper()
			return gitlabList(t, gitlab, file)
		}},
		{"examples/ci/gitlab-ci.yml", "codequality:", "codequalty:", func(t *testing.T, file string) (string, error) {
			t.Helper()
			return gitlabList(t, gitlab, file)
		}},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(filepath.Join("../..", filepath.FromSlash(c.file)))
			if err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{"as it is": string(data), "with a slip": strings.ReplaceAll(string(data), c.before, c.after)} {
				file := filepath.Join(t.TempDir(), filepath.Base(c.file))
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				out, err := c.check(t, file)
				if _, ran := errors.AsType[*exec.ExitError](err); err != nil && !ran {
					t.Fatal(err)
				}
				if good := text == string(data); good != (err == nil) {
					t.Errorf("%s: %v\n%s", name, err, out)
				}
			}
		})
	}
}

// gitlabList has the jobs of a definition listed, which checks it.
func gitlabList(t *testing.T, gitlab, file string) (string, error) {
	t.Helper()
	s := terminal{t: t, dir: filepath.Dir(file), env: gitIdentity(t)}
	s.ok("git", "init", "--quiet", "--initial-branch", "main")
	s.ok("git", "remote", "add", "origin", "git@gitlab.example:voorbeeld/policies.git")
	s.ok("git", "commit", "--quiet", "--allow-empty", "--message", "Nothing")
	return s.run("node", gitlab, "--file", filepath.Base(file), "--list")
}

func inNode(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	return terminal{t: t, dir: dir, env: gitIdentity(t)}.run("node", args...)
}

// needsNode returns a program of .ci/node.
func needsNode(t *testing.T, program string) string {
	t.Helper()
	needs(t, "node")
	path, err := filepath.Abs(filepath.Join("../../.ci/node/node_modules/.bin", program))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is needed to test what callpolicy ships: .ci/install installs it", program)
	}
	return path
}

// TestGitLab runs the script of the GitLab job in the environment that GitLab
// documents, against as much of its API as notes need.
func TestGitLab(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../examples/ci/gitlab-ci.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Callpolicy struct {
			Variables map[string]string
			Script    []string
			Artifacts struct {
				Reports map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	// The note to find is on the second page, and the first looks like it and is somebody else's.
	api := &gitlabAPI{t: t, notes: []note{{ID: 1, Body: "<!-- callpolicy note: . -->\nAll is well", Author: author{3}}}}
	for i := range 130 {
		api.notes = append(api.notes, note{ID: 1000 + i, Body: "Words", Author: author{3}})
	}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)

	s := terminal{t: t, dir: t.TempDir(), env: gitIdentity(t)}
	s.env[0] = "PATH=" + buildTool(t) + string(os.PathListSeparator) + os.Getenv("PATH")
	s.ok("git", "init", "--quiet", "--initial-branch", "main")
	if err := os.CopyFS(s.dir, os.DirFS("../../examples/starter")); err != nil {
		t.Fatal(err)
	}
	s.ok("git", "add", ".")
	s.ok("git", "commit", "--quiet", "--message", "Policies")
	base := strings.TrimSpace(s.ok("git", "rev-parse", "HEAD"))

	variables := maps.Clone(file.Callpolicy.Variables)
	maps.Copy(variables, map[string]string{
		"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_DIR": s.dir, "CI_API_V4_URL": server.URL + "/api/v4", "CI_PROJECT_ID": "12",
		"CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CALLPOLICY_TOKEN": "token-of-this-test",
	})
	run := func() (string, error) {
		job := s
		job.env = slices.Clone(s.env)
		for name, value := range variables {
			job.env = append(job.env, name+"="+value)
		}
		// GitLab runs all of it as one script, which ends where a command fails.
		return job.run("bash", "-c", "set -eo pipefail\n"+strings.Join(file.Callpolicy.Script, "\n"))
	}
	passes := func() string {
		t.Helper()
		out, err := run()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return out
	}
	change := func(file, before, after string) {
		t.Helper()
		s.write(file, strings.ReplaceAll(s.read(file), before, after))
		s.ok("git", "commit", "--quiet", "--all", "--message", "A change")
	}

	t.Log("a note, changed in place")
	change("policies/org.yaml", "videoOnMobile: true", "videoOnMobile: false")
	s.says("The plan is in note 132", passes())
	s.says(`inCall\.videoOnMobile`, api.written()[131].Body)
	change("policies/org.yaml", "screenSharing: true", "screenSharing: false")
	s.says("The plan is in note 132", passes())
	s.says(`inCall\.screenSharing`, api.written()[131].Body)
	if got := len(api.written()); got != 132 {
		t.Errorf("%d notes", got)
	}
	for kind, name := range file.Callpolicy.Artifacts.Reports {
		if s.read(name) == "" {
			t.Errorf("the report %s is empty", kind)
		}
	}

	t.Log("a fault fails the job, and is in the reports")
	change("policies/groups.yaml", "template: front-desk", "template: front-dsk")
	if out, err := run(); err == nil {
		t.Errorf("the job passed\n%s", out)
	}
	s.says("ref.unknown-template", s.read(file.Callpolicy.Artifacts.Reports["codequality"]))
	s.says("ref.unknown-template", s.read(file.Callpolicy.Artifacts.Reports["junit"]))
	change("policies/groups.yaml", "template: front-dsk", "template: front-desk")

	t.Log("people who are kept outside the repository")
	people := filepath.Join(t.TempDir(), "CALLPOLICY_ROSTER") // as GitLab names the file of a variable
	if err := os.WriteFile(people, []byte("user,licenses\nextra@company.example,webexCalling\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	variables["CALLPOLICY_ROSTER"] = people
	passes()
	s.says("of 6 users", api.written()[131].Body)

	t.Log("without a token, and without a merge request")
	variables["CALLPOLICY_TOKEN"] = ""
	s.says("so there is no note", passes())
	variables["CI_MERGE_REQUEST_IID"] = ""
	s.says("No merge request", passes())
}

// TestOtherSystems runs what the definitions for Jenkins and Azure DevOps run, in
// a clone as those systems make it, with the variables that they document.
func TestOtherSystems(t *testing.T) {
	t.Parallel()
	origin := inStarter(t)
	origin.ok("git", "init", "--quiet", "--initial-branch", "main")
	if err := os.CopyFS(filepath.Join(origin.dir, "ci"), os.DirFS("../../examples/ci")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(origin.dir, "ci/check.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	origin.ok("git", "add", ".")
	origin.ok("git", "commit", "--quiet", "--message", "Policies")
	origin.ok("git", "switch", "--quiet", "--create", "change")
	origin.write("policies/org.yaml", strings.ReplaceAll(origin.read("policies/org.yaml"), "screenSharing: true", "screenSharing: false"))
	origin.ok("git", "commit", "--quiet", "--all", "--message", "No screen sharing")

	for system, c := range map[string]struct {
		commands []string
		env      []string
	}{
		"Jenkins":      {jenkinsCommands(t), []string{"CHANGE_TARGET=main", "CHANGE_ID=7"}},
		"Azure DevOps": {azureCommands(t), []string{"SYSTEM_PULLREQUEST_TARGETBRANCH=refs/heads/main"}},
	} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			agent := terminal{t: t, dir: filepath.Join(t.TempDir(), "agent"), env: append(slices.Clone(origin.env), c.env...)}
			origin.ok("git", "clone", "--quiet", "--branch", "change", "file://"+filepath.ToSlash(origin.dir), agent.dir)
			for _, command := range c.commands {
				agent.ok("sh", "-e", "-c", command)
			}
			agent.says(`inCall\.screenSharing`, agent.read("reports/plan.md"))
			agent.says(`<testsuites`, agent.read("reports/policies.xml"))

			agent.write("policies/groups.yaml", strings.ReplaceAll(agent.read("policies/groups.yaml"), "template: front-desk", "template: front-dsk"))
			agent.fails("sh", "-e", "-c", c.commands[len(c.commands)-1])
			agent.says("ref.unknown-template", agent.read("reports/policies.xml"))
		})
	}
}

// jenkinsCommands returns the shell steps of the Jenkinsfile.
func jenkinsCommands(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("../../examples/ci/Jenkinsfile")
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	for _, m := range regexp.MustCompile(`(?m)^\s*sh '([^']*)'$`).FindAllSubmatch(data, -1) {
		commands = append(commands, string(m[1]))
	}
	if len(commands) != 2 || bytes.Count(data, []byte("{")) != bytes.Count(data, []byte("}")) {
		t.Fatalf("the commands of the Jenkinsfile are %q", commands)
	}
	return commands
}

// azureCommands returns the scripts of the pipeline, which may hold no keys but
// those that Azure documents.
func azureCommands(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("../../examples/ci/azure-pipelines.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Trigger string
		Pool    struct {
			VMImage string `yaml:"vmImage"`
		}
		Steps []struct {
			Checkout    string
			FetchDepth  *int `yaml:"fetchDepth"`
			Script      string
			DisplayName string `yaml:"displayName"`
			Task        string
			Condition   string
			Inputs      map[string]string
			Publish     string
			Artifact    string
		}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		t.Fatal(err)
	}
	if depth := file.Steps[0].FetchDepth; depth == nil || *depth != 0 {
		t.Error("the clone has no history")
	}
	var commands []string
	for _, step := range file.Steps {
		if step.Script != "" {
			commands = append(commands, step.Script)
		}
	}
	return commands
}

// TestWorkflows holds what the workflows say to the action to what it knows.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	var known struct{ Inputs, Outputs map[string]any }
	data, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &known); err != nil {
		t.Fatal(err)
	}
	outputs := regexp.MustCompile(`steps\.callpolicy\.outputs\.([a-z-]+)`)
	for _, name := range []string{"github-pull-request.yml", "github-reusable.yml"} {
		data, err := os.ReadFile("../../examples/ci/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Jobs map[string]struct {
				Steps []struct {
					Uses string
					With map[string]any
				}
			}
		}
		if err := yaml.Unmarshal(data, &file); err != nil {
			t.Fatal(err)
		}
		used := false
		for _, step := range file.Jobs["policies"].Steps {
			if !strings.HasPrefix(step.Uses, "OWNER/callpolicy@") {
				continue
			}
			used = true
			for input := range step.With {
				if _, ok := known.Inputs[input]; !ok {
					t.Errorf("%s: the action has no input %s", name, input)
				}
			}
		}
		if !used {
			t.Errorf("%s does not use the action", name)
		}
		for _, m := range outputs.FindAllSubmatch(data, -1) {
			if _, ok := known.Outputs[string(m[1])]; !ok {
				t.Errorf("%s: the action has no output %s", name, m[1])
			}
		}
	}
}

// TestPinned keeps the actions of others from being named by what can be moved.
func TestPinned(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../examples/*/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	uses := regexp.MustCompile(`(?m)^[ -]*uses: (.*)$`)
	pinned := regexp.MustCompile(`^[a-z/-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+$`)
	found := 0
	for _, file := range append(files, "../../action.yml") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range uses.FindAllSubmatch(data, -1) {
			found++
			if action := string(m[1]); !pinned.MatchString(action) && action != "OWNER/callpolicy@v1" {
				t.Errorf("%s uses %s, which is not pinned to a commit", file, action)
			}
		}
	}
	if found < 10 {
		t.Errorf("%d actions were found", found)
	}
}

// gitlabAPI is as much of GitLab's REST API as notes on a merge request need.
type gitlabAPI struct {
	t     *testing.T
	mu    sync.Mutex
	notes []note
}

// written gives the notes as they are now.
func (a *gitlabAPI) written() []note {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.notes)
}

type note struct {
	ID     int    `json:"id"`
	Body   string `json:"body"`
	Author author `json:"author"`
}

type author struct {
	ID int `json:"id"`
}

func (a *gitlabAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	const notes = "/api/v4/projects/12/merge_requests/7/notes"
	if got := r.Header.Get("PRIVATE-TOKEN"); got != "token-of-this-test" {
		a.t.Errorf("%s %s: not authorized: %q", r.Method, r.URL, got)
	}
	var answer any
	id, _ := strings.CutPrefix(r.URL.Path, notes+"/")
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/api/v4/user":
		answer = author{8}
	case r.Method == http.MethodGet && r.URL.Path == notes:
		page, err := strconv.Atoi(r.URL.Query().Get("page"))
		if err != nil {
			a.t.Error(err)
		}
		from := min(100*(page-1), len(a.notes))
		answer = append([]note{}, a.notes[from:min(from+100, len(a.notes))]...)
	case r.Method == http.MethodPost && r.URL.Path == notes:
		n := note{ID: len(a.notes) + 1, Body: a.body(r), Author: author{8}}
		a.notes = append(a.notes, n)
		answer = n
	case r.Method == http.MethodPut:
		i := slices.IndexFunc(a.notes, func(n note) bool { return strconv.Itoa(n.ID) == id })
		a.notes[i].Body = a.body(r)
		answer = a.notes[i]
	default:
		a.t.Errorf("GitLab knows no %s %s", r.Method, r.URL)
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(answer); err != nil {
		a.t.Error(err)
	}
	fmt.Fprint(w, b.String())
}

func (a *gitlabAPI) body(r *http.Request) string {
	var in struct{ Body string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		a.t.Error(err)
	}
	return in.Body
}
