package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFacts holds the page of facts to its word: every test that it points at
// is there, and says what the page says it does.
func TestFacts(t *testing.T) {
	root := filepath.Join("..", "..")
	page, err := os.ReadFile(filepath.Join(root, "docs", "facts.md"))
	if err != nil {
		t.Fatal(err)
	}
	facts := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if len(cells) != 3 || strings.HasPrefix(line, "| Fact") || strings.HasPrefix(line, "| ---") {
			continue
		}
		facts++
		file, words := strings.TrimSpace(cells[1]), strings.Trim(strings.TrimSpace(cells[2]), "`")
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.Contains(strings.Join(strings.Fields(string(data)), " "), strings.Join(strings.Fields(words), " ")) {
			t.Errorf("%s does not say %q", file, words)
		}
	}
	if facts < 30 {
		t.Errorf("the page has %d facts", facts)
	}
}
