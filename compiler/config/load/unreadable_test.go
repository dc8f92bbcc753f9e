package load_test

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config/load"
	"callpolicy/compiler/source"
	"callpolicy/compiler/syntax/cue"
)

// TestNoFiles reads a work tree full of names that lead to no file. Each is one
// diagnostic that says why, whoever comes across it, and nothing else follows.
func TestNoFiles(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"callpolicy.yaml":    projectFile + "roster: [roster]\n",
		"cue.mod/module.cue": "module: \"company.example\"\nlanguage: version: \"v0.10.0\"\n",
		// A package, so that CUE itself lists the folder with all that is wrong in it.
		"policies/org.cue":      "package company\n\norg: inCall: screenSharing: 1 == 1\n",
		"policies/deep/org.cue": "package company\n",
		"policies/users.yaml":   "users: { a@company.example: { groups: [desk] } }\n",
		"roster/people.csv":     "user\na@company.example\n",
	}
	links := map[string]string{
		"policies/groups.yaml": "gone.yaml", // would define the group desk
		"policies/loop1.yaml":  "loop2.yaml",
		"policies/loop2.yaml":  "loop1.yaml",
		"policies/to-gone.cue": "gone.cue",
		"policies/gone.cue":    "nothing",
		"policies/passwd.yaml": "/etc/passwd",
		"policies/up":          "../..",
		"guardrails/rules.cue": "gone",
		"roster/more.csv":      "gone",
		"tests/t.yaml":         "gone",
	}
	pipes := []string{"policies/pipe.yaml", "policies/pipe.cue", "policies/notes", "guardrails/pipe.cue", "roster/pipe.csv", "tests/pipe.yaml"}
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	for name, target := range links {
		if err := errors.Join(os.MkdirAll(filepath.Join(dir, path.Dir(name)), 0o755), os.Symlink(target, filepath.Join(dir, name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range pipes {
		switch err := makePipe(filepath.Join(dir, name)); {
		case errors.Is(err, errors.ErrUnsupported):
			t.Skip("NO PIPES: this system has none, so nobody saw that they are not read")
		case err != nil:
			t.Fatal(err)
		}
	}
	repo, err := source.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	snap, err := repo.WorkTree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cfg, diags, err := load.Load(t.Context(), load.Request{FS: snap, Dir: ".", CUE: cue.InProcess()})
	if err != nil {
		t.Fatal(err)
	}
	_, tests, err := load.Personas(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range append(diags, tests...) {
		got = append(got, fmt.Sprintf("%s:%d %s %s", d.Subject.File, d.Subject.Start.Line, d.ID, strings.TrimPrefix(d.Summary, d.Subject.File)))
		if d.Detail == "" || d.Hint == "" || strings.Contains(d.Summary+d.Detail, "stat ") || strings.Contains(d.Summary+d.Detail, "open ") {
			t.Errorf("%s\n%s\n%s", d.Summary, d.Detail, d.Hint)
		}
	}
	const (
		nothing = " load.symlink  is a symbolic link to nothing"
		noFile  = " load.syntax  is a pipe, a socket or a device, and not a file"
	)
	want := []string{
		"guardrails/pipe.cue:1" + noFile,
		"guardrails/rules.cue:1" + nothing,
		"policies/gone.cue:1" + nothing,
		"policies/groups.yaml:1" + nothing,
		"policies/loop1.yaml:1 load.symlink  is a symbolic link that leads back to itself",
		"policies/passwd.yaml:1 load.symlink  is a symbolic link to an absolute path",
		"policies/pipe.cue:1" + noFile,
		"policies/pipe.yaml:1" + noFile,
		"policies/up:1 load.symlink  is a symbolic link that leads out of the repository",
		"roster/more.csv:1" + nothing,
		"roster/pipe.csv:1" + noFile,
		"tests/pipe.yaml:1" + noFile,
		"tests/t.yaml:1" + nothing,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// TestCUEHidesNothing plants faults that CUE finds beside faults of the schema.
// Each is reported once, and nothing follows from what has no value.
func TestCUEHidesNothing(t *testing.T) {
	lines := []string{
		`import "strngs"`,                                                      // load.cue-error
		`org: inCall: screenSharing: bool`,                                     // load.cue-error
		`org: inCall: videoOnMobil: true`,                                      // schema.unknown-field
		`org: inCall: videoOnDesktop: 'yes'`,                                   // load.cue-error
		`org: callingBehavior: unifiedCM: {app: "webex" & "jabber"}`,           // load.cue-error
		`org: callingBehavior: webexCalling: app: strngs.ToLower("WEBEX")`,     //
		`org: callingBehavior: noPaidCalling: app: "webx"`,                     // schema.bad-value
		`templates: a: {rank: nobody}`,                                         // load.cue-error
		`templates: b: {rank: nobody + 1, rnk: 1}`,                             // load.cue-error, schema.unknown-field
		`templates: c: {}`,                                                     // schema.missing-field
		`templates: d: {if nobody {rank: 1}}`,                                  // load.cue-error
		`groups: g: members: ["a@company.example", 1 & 2, "nope", 'bytes', 5]`, // load.cue-error twice, schema.bad-value, schema.wrong-type
		`groups: h: template: 7 & 8`,                                           // load.cue-error
	}
	fsys := fstest.MapFS{
		"callpolicy.yaml": {Data: []byte(projectFile)},
		"policies/a.cue":  {Data: []byte(strings.Join(lines, "\n") + "\n")},
	}
	_, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range diags {
		got = append(got, fmt.Sprintf("%d:%d %s", d.Subject.Start.Line, d.Subject.Start.Column, d.ID))
	}
	want := []string{
		"1:8 load.cue-error",
		"2:29 load.cue-error",
		"3:14 schema.unknown-field",
		"4:30 load.cue-error",
		"5:50 load.cue-error",
		"7:43 schema.bad-value",
		"8:22 load.cue-error",
		"9:22 load.cue-error",
		"9:34 schema.unknown-field",
		"10:12 schema.missing-field",
		"11:19 load.cue-error",
		"12:47 load.cue-error",
		"12:50 schema.bad-value",
		"12:58 load.cue-error",
		"12:67 schema.wrong-type",
		"13:26 load.cue-error",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
