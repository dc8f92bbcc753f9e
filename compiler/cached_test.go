package compiler_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"callpolicy/compiler"
	"callpolicy/compiler/cache"
)

// TestCached compiles without a cache, with an empty one, with a full one, with
// one that was damaged, and with one of the files as they were before: findings
// and every byte of the output are the same each time, with any number of
// workers.
func TestCached(t *testing.T) {
	broken := fstest.MapFS{"callpolicy.yaml": file("apiVersion: callpolicy/v1\nedition: classic\n")}
	for i := range 30 {
		broken[fmt.Sprintf("policies/%02d.yaml", i)] = file(fmt.Sprintf(
			"users:\n  U%d@company.example: { licences: [], groups: [g%d], inCall: { videoOnDesktop: yes } }\n"+
				"  twice%d@company.example: {}\n---\ngroups:\n  g%d: { template: t%d, members: [u%[1]d@company.example] }\n",
			i, i, i/2, i, i))
	}
	broken["policies/syntax.yaml"] = file("users: [\n")
	tests := []struct {
		name string
		fsys fs.FS
	}{
		{"a hospital group", os.DirFS("../examples/voorbeeld-zorg")},
		{"all in CUE", os.DirFS("../examples/cue-only")},
		{"full of faults", broken},
		{"nothing but YAML, with warnings", warned()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := cache.Folder{Dir: t.TempDir()}
			compile := func(fsys fs.FS, workers int, c *cache.Cache) ([]byte, []compiler.Stage) {
				trace := &compiler.Trace{}
				opts := []compiler.Option{compiler.Workers(workers), compiler.At(day), compiler.Traced(trace)}
				if c != nil {
					opts = append(opts, compiler.Cache(c))
				}
				compiled, diags, err := compiler.Compile(t.Context(), fsys, ".", opts...)
				if err != nil {
					t.Fatal(err)
				}
				all := everything(t, compiled, diags)
				if c != nil {
					if err := c.Close(); err != nil {
						t.Fatal(err)
					}
				}
				return all, trace.Stages()
			}
			want, _ := compile(test.fsys, 1, nil)
			var files int
			same := func(state string, workers, parsed int) {
				t.Helper()
				got, stages := compile(test.fsys, workers, cache.Open(folder, "project"))
				if !bytes.Equal(got, want) {
					t.Errorf("%s, %d workers: something else comes out", state, workers)
				}
				if files = count(t, stages, "files"); count(t, stages, "parsed") != parsed && parsed >= 0 {
					t.Errorf("%s: %d of %d files were parsed, want %d", state, count(t, stages, "parsed"), files, parsed)
				}
			}
			same("empty", 1, -1)
			for _, workers := range []int{1, 2, 8} {
				same("full", workers, 0)
			}
			damage(t, folder)
			same("damaged", 2, files)
			same("full again", 2, 0)

			older := copied(t, test.fsys)
			for name, f := range older {
				if ext := filepath.Ext(name); (ext == ".yaml" || ext == ".yml") && name != "callpolicy.yaml" {
					f.Data = append(slices.Clone(f.Data), "\n# one line more\n"...)
				}
			}
			stale := cache.Folder{Dir: t.TempDir()}
			folder = stale
			compile(older, 2, cache.Open(stale, "project"))
			same("stale", 2, files)
		})
	}
}

// warned is an organization with a warning for each second user, and more than
// one worker's share of them.
func warned() fstest.MapFS {
	fsys := fstest.MapFS{
		"callpolicy.yaml":      file("apiVersion: callpolicy/v1\nedition: classic\n"),
		"policies/groups.yaml": file("org:\n  inCall: { videoOnDesktop: true }\ngroups:\n  g: { members: [U1.0@company.example, u7.3@company.example] }\n  h: { where: { site: north } }\n"),
	}
	for f := range 20 {
		users := "users:\n"
		for i := range 250 {
			users += fmt.Sprintf("  U%d.%d@company.example:\n    groups: [%s]\n    attributes: { site: %s } # %d\n    inCall:\n      videoOnDesktop: %t\n",
				i, f, []string{"", "g"}[i%2], []string{"north", "south"}[i/4%2], i, i%2 == 0)
		}
		fsys[fmt.Sprintf("policies/users/%d.yaml", f)] = file(users)
	}
	return fsys
}

// count returns a count of a stage.
func count(t *testing.T, stages []compiler.Stage, name string) int {
	t.Helper()
	for _, s := range stages {
		for _, c := range s.Counts {
			if c.Name == name {
				return c.N
			}
		}
	}
	t.Fatalf("nobody counted %q", name)
	return 0
}

// damage changes a byte in the middle of each entry's data, as far as a stride
// of bytes finds them all: of every pack every 16th byte behind the slots.
func damage(t *testing.T, f cache.Folder) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(f.Dir, "*", "*.pack"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := len(data) - 1; i > len(data)/2; i -= 16 {
			data[i] ^= 1
		}
		for i := 60; i < len(data)/2; i += 16 {
			data[i] ^= 1
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// copied reads a file system into memory.
func copied(t *testing.T, fsys fs.FS) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		out[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCounts holds how much work a fixed input is. Whoever changes an algorithm
// so that it does more of anything sees it here, without a clock.
func TestCounts(t *testing.T) {
	fsys := fstest.MapFS{
		"callpolicy.yaml": file("apiVersion: callpolicy/v1\nedition: classic\n"),
		"policies/org.yaml": file("org:\n  inCall: { videoOnDesktop: true }\n" +
			"templates:\n  t: { rank: 1, inCall: { videoOnMobile: false } }\ngroups:\n  g: { template: t, where: { site: north } }\n  h: {}\n"),
		"policies/some.cue":    file("users: \"cue@company.example\": licenses: [\"unifiedCM\"]\n"),
		"guardrails/house.cue": file("rules: \"house.screen\": {title: \"Screens\", severity: \"warning\", when: groups: h: _, require: effective: inCall: screenSharing: value: true}\n"),
	}
	for f := range 5 {
		users := "users:\n"
		for i := range 40 { // of eight kinds
			users += fmt.Sprintf("  u%d.%d@company.example: { licenses: [%s], groups: [%s], attributes: { site: %s } }\n", i, f,
				[]string{"webexCalling", "unifiedCM"}[i%2], []string{"", "h"}[i/2%2], []string{"north", "south"}[i/4%2])
		}
		fsys[fmt.Sprintf("policies/users/%d.yaml", f)] = file(users)
	}
	c := cache.InMemory()
	var got bytes.Buffer
	for _, run := range []string{"cold", "warm", "no CUE", "no CUE, warm", "one file changed"} {
		switch run {
		case "no CUE":
			delete(fsys, "policies/some.cue")
		case "one file changed":
			fsys["policies/users/4.yaml"] = file("users:\n  new@company.example: {}\n")
		}
		trace := &compiler.Trace{}
		compiled, _, err := compiler.Compile(t.Context(), fsys, ".",
			compiler.At(day), compiler.Cache(c), compiler.Traced(trace))
		if err != nil {
			t.Fatal(err)
		}
		compiled.Bundles()
		for _, s := range trace.Stages() {
			for _, one := range s.Counts {
				fmt.Fprintf(&got, "%s: %s: %s: %d\n", run, s.Name, one.Name, one.N)
			}
		}
	}
	const golden = "testdata/counts.txt"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("got\n%s\nwant\n%s", got.Bytes(), want)
	}
}
