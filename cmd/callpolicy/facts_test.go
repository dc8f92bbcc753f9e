package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// goTest is a test as the page of facts names it: its package and its name.
var goTest = regexp.MustCompile(`^([a-z/]+) (Test[A-Za-z]+)$`)

// TestFacts holds the page of facts to its word: every row points at a test that
// is there, a story or a Go test, and what to look for is in the test or in the
// file that the row names beside it.
func TestFacts(t *testing.T) {
	root := filepath.Join("..", "..")
	page, err := os.ReadFile(filepath.Join(root, "docs", "facts.md"))
	if err != nil {
		t.Fatal(err)
	}
	facts := 0
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| Fact") || strings.HasPrefix(line, "| ---") {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "| "), " |"), " | ")
		if len(cells) != 3 {
			t.Errorf("no fact, test and words: %s", line)
			continue
		}
		facts++
		test, file, beside := strings.Cut(cells[1], ", ")
		text := testText(t, root, test)
		if beside {
			data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
			if err != nil {
				t.Error(err)
			}
			text = string(data)
		}
		words := strings.Trim(cells[2], "`")
		if !strings.Contains(strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(words), " ")) {
			t.Errorf("%s does not say %q", cells[1], words)
		}
	}
	if facts < 70 {
		t.Errorf("the page has %d facts", facts)
	}
}

// testText returns the story, or the file with the Go test, that a row names.
func testText(t *testing.T, root, test string) string {
	t.Helper()
	m := goTest.FindStringSubmatch(test)
	pattern := filepath.Join(root, filepath.FromSlash(test))
	if m != nil {
		pattern = filepath.Join(root, filepath.FromSlash(m[1]), "*_test.go")
	} else if ok, _ := filepath.Match("testdata/script/*.txtar", test); !ok {
		t.Errorf("%q is neither a story nor a Go test", test)
		return ""
	}
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if m == nil || strings.Contains(string(data), "\nfunc "+m[2]+"(t *testing.T) {") {
			return string(data)
		}
	}
	t.Errorf("there is no test %s", test)
	return ""
}
