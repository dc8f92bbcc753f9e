package yaml

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestSlipsAreOfThisLibrary: the messages of the library are no contract, so the
// slips are checked anew with each version of it.
func TestSlipsAreOfThisLibrary(t *testing.T) {
	mod, err := os.ReadFile("../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(mod), "gopkg.in/yaml.v3 "+checkedWith+"\n") {
		t.Errorf("go.mod has another version than %s: see whether broken.golden is what is to be said, and write that version here", checkedWith)
	}
}

// TestEverySlip: each slip is what is said of one of the broken files.
func TestEverySlip(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/broken.txtar")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, f := range archive.Files {
		_, diags := Parse(f.Name, []byte(strings.NewReplacer("<TAB>", "\t", "<CR>", "\r", "<DEEP>", strings.Repeat("[", 20_000)).Replace(string(f.Data))))
		for _, d := range diags {
			said[d.Detail+d.Hint] = true
		}
	}
	for _, s := range slips {
		hints := []string{s.try}
		if strings.Contains(s.try, "{match}") {
			hints = []string{strings.Replace(s.try, "{match}", "}", 1), strings.Replace(s.try, "{match}", "]", 1)}
		}
		seen := false
		for _, hint := range hints {
			seen = seen || said[s.why+hint]
		}
		if !seen {
			t.Errorf("no broken file makes callpolicy say that %s", s.words)
		}
	}
}

// TestUnknownMessage: what no slip knows is said in the library's words.
func TestUnknownMessage(t *testing.T) {
	src := newText("f.yaml", []byte("users: {}\n"))
	if d := explain(src, 1, "something new"); d.Summary != "this is not YAML: something new" || d.Subject.Start.Line != 1 {
		t.Error(d)
	}
}
