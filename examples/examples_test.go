package examples_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"callpolicy/compiler"
	"callpolicy/examples"
	"callpolicy/schema"
)

// TestExamples compiles every example and compares the bundles in its folder
// expected with what comes out.
func TestExamples(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, e := range entries {
		if !e.IsDir() || e.Name() == "ci" || e.Name() == "scale" { // which hold no policies
			continue
		}
		found++
		t.Run(e.Name(), func(t *testing.T) {
			c, diags, err := compiler.Compile(t.Context(), os.DirFS("."), e.Name(),
				compiler.At(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)))
			if err != nil {
				t.Fatal(err)
			}
			if diags.HasErrors() {
				t.Fatalf("not clean: %v", diags)
			}
			expected, err := fs.Glob(os.DirFS(e.Name()), "expected/*.json")
			if err != nil || len(expected) == 0 {
				t.Fatalf("nothing expected: %v", err)
			}
			for _, name := range expected {
				want, err := os.ReadFile(path.Join(e.Name(), name))
				if err != nil {
					t.Fatal(err)
				}
				address := strings.TrimSuffix(path.Base(name), ".json")
				user, ok := c.Config.User(address)
				if !ok {
					t.Errorf("there is no %s", address)
					continue
				}
				got := c.Bundles().Of(user).File("bundle.json")
				if os.Getenv("UPDATE") != "" {
					want = got
					if err := os.WriteFile(path.Join(e.Name(), name), got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				if string(got) != string(want) {
					t.Errorf("%s: got\n%s\nwant\n%s", address, got, want)
				}
			}
		})
	}
	if found < 3 {
		t.Errorf("found %d examples", found)
	}
}

// TestStarter is what init writes: the whole example but for its expectations.
func TestStarter(t *testing.T) {
	files := func(fsys fs.FS) string {
		var all strings.Builder
		err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
			if err == nil && e.Name() == "expected" {
				return fs.SkipDir
			}
			if err != nil || e.IsDir() {
				return err
			}
			data, err := fs.ReadFile(fsys, name)
			all.WriteString(name + "\n" + string(data))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all.String()
	}
	for _, edition := range schema.EditionNames() {
		s, err := schema.Load(edition)
		if err != nil {
			t.Fatal(err)
		}
		dir := s.Edition.Starter
		starter, err := examples.Starter(dir)
		if err != nil {
			t.Fatal(err)
		}
		project, err := fs.ReadFile(starter, "callpolicy.yaml")
		if err != nil || !strings.Contains(string(project), "\nedition: "+edition) {
			t.Errorf("%s is not of the edition %s: %v", dir, edition, err)
		}
		if files(starter) != files(os.DirFS(dir)) {
			t.Errorf("a file of %s is not embedded", dir)
		}
	}
}

// TestStartersAreComplete: the template of a starter holds every toggle of its
// edition, as the advice is. go generate adds those that are missing, before the starters
// become part of a program.
func TestStartersAreComplete(t *testing.T) {
	toggle := regexp.MustCompile(`(?m)^( +)([A-Za-z]+): (?:true|false)\n`)
	for _, edition := range schema.EditionNames() {
		s, err := schema.Load(edition)
		if err != nil {
			t.Fatal(err)
		}
		name := path.Join(s.Edition.Starter, "policies/templates.yaml")
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		held := toggle.FindAllSubmatch(data, -1)
		if len(held) == 0 {
			t.Fatalf("%s holds no toggles", name)
		}
		missing := slices.DeleteFunc(slices.Clone(s.Edition.Toggles), func(name string) bool {
			return slices.ContainsFunc(held, func(m [][]byte) bool { return string(m[2]) == name })
		})
		if len(missing) == 0 {
			continue
		}
		if os.Getenv("UPDATE") == "" {
			t.Errorf("%s leaves open %v; make generate adds them", name, missing)
			continue
		}
		last := toggle.FindAllIndex(data, -1)[len(held)-1][1]
		var more []byte
		for _, name := range missing {
			more = append(more, string(held[len(held)-1][1])+name+": true\n"...)
		}
		if err := os.WriteFile(name, slices.Concat(data[:last], more, data[last:]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
