package cli

import (
	"bytes"
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"callpolicy/schema"
)

// FuzzProgram puts what it is given in the place of a file of a small repository,
// or behind its text, and runs the commands that read one: none panics, each ends
// with a documented status, and the answer is the same cold and warm, and with
// any number of workers.
func FuzzProgram(f *testing.F) {
	rules, err := schema.Load(schema.EditionNames()[0])
	if err != nil {
		f.Fatal(err)
	}
	files, err := starter(rules)
	if err != nil {
		f.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(files))
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, ".") })
	for i, name := range names {
		f.Add(uint8(i), false, files[name])
		f.Add(uint8(i), true, []byte("\nx: &a [*a]\n"))
		f.Add(uint8(i), false, []byte{})
	}
	f.Add(uint8(0), true, []byte("\ntargets: { local: { dir: ../../.git } }\n"))
	f.Fuzz(func(t *testing.T, which uint8, behind bool, text []byte) {
		base := t.TempDir()
		project := filepath.Join(base, "project")
		changed := names[int(which)%len(names)]
		for _, name := range names {
			data := files[name]
			if name == changed && behind {
				data = slices.Concat(data, text)
			} else if name == changed {
				data = text
			}
			full := filepath.Join(project, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(full, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		environment := map[string]string{"CALLPOLICY_CACHE": filepath.Join(base, "cache")}
		run := func(args ...string) string {
			t.Helper()
			var out, errs bytes.Buffer
			all := append([]string{"-C", project, "--at", "2027-01-01"}, args...)
			status := Run(context.Background(), all, strings.NewReader(""), &out, &errs, func(name string) string { return environment[name] })
			if !slices.Contains([]int{0, 1, 2, 3, 4, 64}, status) {
				t.Fatalf("%q ended with status %d\n%s", args, status, errs.String())
			}
			return out.String() + errs.String()
		}
		cold := run("validate")
		for what, again := range map[string]string{"warm": run("validate"), "without a cache": run("--cache", "off", "validate")} {
			if again != cold {
				t.Fatalf("validate %s:\n%s\ncold:\n%s", what, again, cold)
			}
		}
		for _, args := range [][]string{
			{"plan"},
			{"plan", "--full", "--format", "json"},
			{"compile", "--dir", filepath.Join(base, "out")},
			{"explain", "seller@company.example"},
			{"runbook"},
			{"users"},
			{"test"},
		} {
			run(args...)
		}
		// Nothing is written but where it was said.
		entries, err := os.ReadDir(base)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !slices.Contains([]string{"project", "cache", "out"}, e.Name()) {
				t.Fatalf("%s was written", e.Name())
			}
		}
		_ = filepath.WalkDir(project, func(name string, e fs.DirEntry, err error) error {
			if rel, _ := filepath.Rel(project, name); err == nil && !e.IsDir() && !slices.Contains(names, filepath.ToSlash(rel)) {
				t.Fatalf("%s was written", rel)
			}
			return nil
		})
	})
}
