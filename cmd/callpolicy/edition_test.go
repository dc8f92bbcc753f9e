package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestMadeUpEdition makes a program that knows one edition more, with toggles
// that no Control Hub has: its CUE files stand in the story, which then uses it.
// Nothing else is needed for an edition.
func TestMadeUpEdition(t *testing.T) {
	if testing.Short() {
		t.Skip("builds another program: make test runs it")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	story, err := txtar.ParseFile(root + "/testdata/edition/made-up.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := map[string]string{} // what stands instead of the files of the sources
	add := func(name string, data []byte) {
		files[filepath.Join(root, name)] = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	build := func(pkg, program string) {
		overlay, err := json.Marshal(map[string]any{"Replace": files})
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, "overlay.json")
		if err := os.WriteFile(name, overlay, 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-overlay", name, "-o", filepath.Join(dir, program), pkg)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}

	names, err := os.ReadFile(root + "/schema/editions.cue")
	if err != nil {
		t.Fatal(err)
	}
	const before = `#EditionName: "classic" | "current"`
	if !strings.Contains(string(names), before) {
		t.Fatalf("schema/editions.cue does not say %s", before)
	}
	add("schema/editions.cue", []byte(strings.Replace(string(names), before, before+` | "lunar"`, 1)))
	for _, f := range story.Files {
		if strings.HasPrefix(f.Name, "schema/") {
			add(f.Name, f.Data)
		}
	}
	build("./schema/gen", "gen/program")
	if err := os.MkdirAll(filepath.Join(dir, "schema/index"), 0o755); err != nil {
		t.Fatal(err)
	}
	generate := exec.CommandContext(t.Context(), filepath.Join(dir, "gen/program"))
	generate.Dir = filepath.Join(dir, "schema")
	if out, err := generate.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	made, err := filepath.Glob(filepath.Join(dir, "schema/index/*.json"))
	if err != nil || len(made) != 4 {
		t.Fatalf("%d files were generated: %v", len(made), err)
	}
	for _, name := range made {
		files[filepath.Join(root, "schema/index", filepath.Base(name))] = name
	}
	build("./cmd/callpolicy", "bin/callpolicy")
	runStories(t, "../../testdata/edition", filepath.Join(dir, "bin"))
}
