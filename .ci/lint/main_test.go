package main_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFaulty runs the tool on a module with a fault for each analyzer. It
// proves that every one is wired in, has its options, and is heard: lintcmd
// drops, without a word, findings that are filed under an unknown name.
func TestFaulty(t *testing.T) {
	tool := filepath.Join(t.TempDir(), "lint")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", tool, ".").CombinedOutput(); err != nil {
		t.Fatalf("building the tool: %v\n%s", err, out)
	}
	run := exec.CommandContext(t.Context(), tool, "./...")
	run.Dir = filepath.Join("testdata", "faulty")
	out, err := run.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 {
		t.Fatalf("the tool ended with %v, want exit status 1\n%s", err, out)
	}

	var got []string
	finding := regexp.MustCompile(`(?m)^([^:\n]+:\d+):\d+: .* \((\w+)\)$`)
	for _, m := range finding.FindAllStringSubmatch(string(out), -1) {
		got = append(got, m[1]+" "+m[2])
	}
	slices.Sort(got)
	if want := wanted(t, run.Dir); !slices.Equal(got, want) {
		t.Errorf("got findings\n%s\nwant\n%s\noutput:\n%s",
			strings.Join(got, "\n"), strings.Join(want, "\n"), out)
	}
}

// wanted reads the "want CHECK…" comments of a folder's Go files.
func wanted(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no Go files in %s: %v", dir, err)
	}
	var want []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(data), "\n") {
			if _, checks, ok := strings.Cut(line, "// want "); ok {
				for check := range strings.FieldsSeq(checks) {
					want = append(want, fmt.Sprintf("%s:%d %s", filepath.Base(file), i+1, check))
				}
			}
		}
	}
	slices.Sort(want)
	return want
}
