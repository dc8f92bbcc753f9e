package yaml

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"callpolicy/compiler/diag"
)

// TestBrokenYAML compares what is said about broken files with a golden that
// is meant to be read.
func TestBrokenYAML(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/broken.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	unseen := strings.NewReplacer("<TAB>", "\t", "<CR>", "\r", "<DEEP>", strings.Repeat("[", 20_000))
	for _, f := range archive.Files {
		data := []byte(unseen.Replace(string(f.Data)))
		_, diags := Parse(f.Name, data)
		if len(diags) == 0 {
			t.Errorf("%s is taken for YAML", f.Name)
		}
		for _, d := range diags {
			if strings.Contains(d.Summary, "this is not YAML") {
				t.Errorf("%s: the parser's own words: %s", f.Name, d.Summary)
			}
			show(&got, d)
		}
	}
	const golden = "testdata/broken.golden"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
	}
}

// show writes a diagnostic with the line that it is about.
func show(b *strings.Builder, d *diag.Diagnostic) {
	fmt.Fprintf(b, "%s: %s\n", d.Subject, d.Summary)
	text := strings.ReplaceAll(d.Subject.Text, "\t", "→")
	if len(text) > 72 {
		text = text[:72] + "…"
	}
	from, to := d.Subject.Start.Column-1, d.Subject.End.Column-1
	if d.Subject.End.Line != d.Subject.Start.Line {
		to = len(d.Subject.Text)
	}
	before := strings.ReplaceAll(d.Subject.Text[:min(from, len(d.Subject.Text))], "\t", "→")
	fmt.Fprintf(b, "    %s\n    %*s%s\n", text, len([]rune(before)), "", strings.Repeat("^", min(max(to-from, 1), 72)))
	if d.Detail != "" {
		fmt.Fprintf(b, "  why: %s\n", d.Detail)
	}
	if d.Hint != "" {
		fmt.Fprintf(b, "  try: %s\n", d.Hint)
	}
	for _, r := range d.Related {
		fmt.Fprintf(b, "  see: %s: %s\n", r.Range, r.Message)
	}
	b.WriteByte('\n')
}
