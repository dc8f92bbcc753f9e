package compiler_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSecurityPageNamesTests: every test that docs/security.md names as holding a
// promise is there.
func TestSecurityPageNamesTests(t *testing.T) {
	page, err := os.ReadFile("../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	for _, top := range []string{".", "../cmd"} {
		err := filepath.WalkDir(top, func(name string, e fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, "_test.go") {
				return err
			}
			text, err := os.ReadFile(name)
			for _, m := range function.FindAllStringSubmatch(string(text), -1) {
				have[m[1]] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	stories, err := filepath.Glob("../testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, story := range stories {
		have[filepath.Base(story)] = true
	}
	rows := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.Contains(line, "---") || strings.Contains(line, "Held by") {
			continue
		}
		rows++
		named := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[3], -1)
		if len(named) == 0 {
			t.Errorf("no test holds this row: %s", line)
		}
		for _, m := range named {
			if !have[m[1]] {
				t.Errorf("there is no test %s, which docs/security.md names", m[1])
			}
		}
	}
	if rows < 10 {
		t.Errorf("only %d rows were found", rows)
	}
}

// goModule is what the go command says of a module.
type goModule struct {
	Path, Dir string
	Main      bool
}

// TestDependenciesPage holds docs/dependencies.md to go.mod.
func TestDependenciesPage(t *testing.T) {
	page, err := os.ReadFile("../docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var direct, listed []string
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(string(text), -1) {
		direct = append(direct, m[1])
	}
	for _, m := range regexp.MustCompile(`(?m)^\| (\S+\.\S+/\S+|\S+\.\S+) \| ([^|]+) \| ([^|]+) \|$`).FindAllStringSubmatch(string(page), -1) {
		listed = append(listed, m[1])
	}
	slices.Sort(direct)
	slices.Sort(listed)
	for _, name := range direct {
		if !slices.Contains(listed, name) {
			t.Errorf("docs/dependencies.md does not say why there is %s", name)
		}
	}
	for _, name := range listed {
		if !slices.Contains(direct, name) {
			t.Errorf("docs/dependencies.md speaks of %s, which is no direct dependency", name)
		}
	}
}

// licenses are those that what is linked into the program may have, by words that
// only they hold.
var licenses = map[string]string{
	"Apache 2.0": "Apache License", "MIT": "Permission is hereby granted, free of charge", "BSD": "Redistribution and use in source and binary forms",
	"MPL 2.0": "Mozilla Public License", "Unlicense": "This is free and unencumbered software released into the public domain", "ISC": "Permission to use, copy, modify, and/or distribute",
}

// TestLicenses looks at the license of every module that is linked into the program.
func TestLicenses(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Module", "./cmd/callpolicy")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct{ Module *goModule }
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Module == nil || p.Module.Main || seen[p.Module.Path] {
			continue
		}
		seen[p.Module.Path] = true
		if !hasLicense(t, p.Module.Dir) {
			t.Errorf("the license of %s is none of those that are known to be fine", p.Module.Path)
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d modules were looked at", len(seen))
	}
}

func hasLicense(t *testing.T, dir string) bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !regexp.MustCompile(`(?i)^(licen[sc]e|copying)`).MatchString(e.Name()) || e.IsDir() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Join(strings.Fields(string(text)), " ")
		for _, mark := range licenses {
			if strings.Contains(words, mark) {
				return true
			}
		}
	}
	return false
}
