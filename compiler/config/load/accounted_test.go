package load_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config/load"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax/cue"
)

// found loads a project with these files and lists what is said of an id: the
// severity and the file.
func found(t *testing.T, id diag.ID, files map[string]string) string {
	t.Helper()
	fsys := fstest.MapFS{"callpolicy.yaml": {Data: []byte(projectFile)}, "policies/org.yaml": {Data: []byte("org: {}\n")}}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(data)}
	}
	_, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, d := range diags {
		if d.ID == id {
			said = append(said, d.Severity.String()+" "+d.Subject.File)
		}
	}
	return strings.Join(said, ", ")
}

// TestNotRead holds which files are reported that nobody reads.
func TestNotRead(t *testing.T) {
	const policy = "org: { inCall: { videoOnMobile: false } }\n"
	const roster = "user,licenses\na@company.example,webexCalling\n"
	for _, c := range []struct{ name, file, text, want string }{
		{"JSON among policies", "policies/org.json", "{}", "error policies/org.json"},
		{"saved as text", "policies/org.txt", policy, "error policies/org.txt"},
		{"saved as text behind", "policies/a/org.yaml.txt", policy, "error policies/a/org.yaml.txt"},
		{"a copy put by", "policies/org.yaml.bak", policy, "error policies/org.yaml.bak"},
		{"what a merge left", "policies/org.yml.orig", policy, "error policies/org.yml.orig"},
		{"a roster among policies", "policies/people.csv", roster, "error policies/people.csv"},
		{"a note for people", "policies/README.md", "# Policies\n", ""},
		{"a dot file", "policies/.org.yaml.txt", policy, ""},
		{"rules in YAML", "guardrails/rules.yaml", "rules: {}\n", "error guardrails/rules.yaml"},
		{"a persona", "tests/a.yaml", "personas: {}\n", ""},
		{"personas in JSON", "tests/a.json", "{}", "error tests/a.json"},
		{"below a roster", "roster/sub/more.csv", roster, "error roster/sub/more.csv"},
		{"a workbook as roster", "roster/people.xlsx", "PK", "error roster/people.xlsx"},
		{"nearly the project file", "callpolicy.yml", projectFile, "error callpolicy.yml"},
		{"the project file as text", "callpolicy.yaml.txt", projectFile, "error callpolicy.yaml.txt"},
		{"a slip in its name", "calpolicy.yaml", projectFile, "error calpolicy.yaml"},
		{"policy beside the folder", "org.yaml", policy, "warning org.yaml"},
		{"policy in another folder", "templates/desk.yaml", "templates: { desk: { rank: 1 } }\n", "warning templates/desk.yaml"},
		{"people elsewhere", "people.json", `{"users": {"a@company.example": {}}}`, "warning people.json"},
		{"rules elsewhere", "guardrail/r.cue", "package g\nrules: \"a.b\": {\n\trequire: licenseClass: \"none\"\n}\n", "warning guardrail/r.cue"},
		{"a chart", "charts/values.yaml", "org: acme\nusers: [a@company.example]\n", ""},
		{"alerts", "prometheus/rules.yaml", "groups:\n  - name: a\n    rules: [{ alert: b, expr: up == 0 }]\n", ""},
		{"compose", "compose.yaml", "services: { web: { image: nginx } }\n", ""},
		{"a users file of another program", "ansible/users.yaml", "users:\n  - name: ann\n    groups: [wheel]\n", ""},
		{"another project", "other/policies/org.yaml", policy, ""},
		{"live", "live/snapshot/people.json", `{"users": {"a@company.example": {}}}`, ""},
		{"ignored", "docs/org.yaml", policy, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{
				c.file: c.text, "callpolicy.yaml": projectFile + "roster: [roster]\nignore: [docs/**]\n",
				"roster/r.csv": roster,
			}
			if strings.HasPrefix(c.file, "other/") {
				files["other/callpolicy.yaml"] = projectFile
			}
			if got := found(t, diag.LoadNotRead, files); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestPointer reports what git stores in place of a file.
func TestPointer(t *testing.T) {
	const lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:4665a5ea423c2713d436b5ee50593a9640e0018c1550b5a0002f74190d6caea8\nsize 12\n"
	for name, text := range map[string]string{
		"policies/a.yaml": lfs, "policies/a.cue": lfs, "roster/r.csv": lfs, "guardrails/r.cue": lfs, "policies/b.yaml": "\x00GITCRYPT\x00\x01\x02", "callpolicy.yaml": lfs,
	} {
		files := map[string]string{"callpolicy.yaml": projectFile + "roster: [roster]\n", "roster/s.csv": "user\na@company.example\n"}
		files[name] = text
		if got, want := found(t, diag.LoadPointer, files), "error "+name; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestSubmodule reports load.submodule where a folder that is read is one that
// nobody fetched.
func TestSubmodule(t *testing.T) {
	const modules = "[submodule \"people\"]\n\tpath = policies/people\n\turl = ../people\n"
	fsys := fstest.MapFS{
		"callpolicy.yaml": {Data: []byte(projectFile)}, "policies/org.yaml": {Data: []byte("org: {}\n")},
		".gitmodules": {Data: []byte(modules)}, "policies/people": {Mode: 0o755 | 1<<31},
	}
	_, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
	if err != nil || len(diags) != 1 || diags[0].ID != diag.LoadSubmodule || diags[0].Subject.File != "policies/people" {
		t.Errorf("got %v, %v", diags, err)
	}
	delete(fsys, "policies/people")
	fsys["policies/people/u.yaml"] = &fstest.MapFile{Data: []byte("users: {}\n")}
	if _, diags, err = load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()}); err != nil || diags.HasErrors() {
		t.Errorf("where it is fetched: got %v, %v", diags, err)
	}
}

// TestEmptyProjectFile is at fault in its first line.
func TestEmptyProjectFile(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n"} {
		if got, want := found(t, diag.ProjectUnreadable, map[string]string{"callpolicy.yaml": text}), "error callpolicy.yaml"; got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
