package yaml

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
	"callpolicy/compiler/syntax/syntaxtest"
)

// TestHostileYAML holds what a file made to do harm may cost. The bounds are
// far from what is measured, and as far from what no bound would cost.
//
// The race detector makes reading ten times as slow. Under it the files that
// break no limit are a sixteenth as large, and so is what they may allocate: what
// grows faster than the file still shows.
func TestHostileYAML(t *testing.T) {
	const (
		MiB  = 1 << 20
		part = MiB / shrink
	)
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for c := 'b'; c <= 'm'; c++ {
		list := "[" + strings.Repeat("*"+string(c-1)+"0, ", 10) + "]\n"
		bomb.WriteString(string(c) + "0: &" + string(c) + "0 " + list)
	}
	merges := "a: &a { k: 1 }\nb: {<<: [" + strings.Repeat("*a, ", maxAliasNodes/2+1) + "]}\n"
	tests := []struct {
		name string
		data string
		id   diag.ID // zero: the file is in order
	}{
		{"one byte too many", strings.Repeat("a", MaxBytes+1), diag.LoadTooLarge},
		{"alias bomb", bomb.String(), diag.LoadAliasExpansion},
		{"merge bomb", merges, diag.LoadAliasExpansion},
		{"alias of itself", "a: &a [*a]\n", diag.LoadAliasExpansion},
		{"merge of itself", "a: &a { <<: *a }\n", diag.LoadAliasExpansion},
		{"deep brackets", "a: " + strings.Repeat("[", 100_000), diag.LoadSyntax},
		{"deep brackets, closed", "a: " + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000), diag.ID{}},
		{"deep braces", strings.Repeat("{a: ", 100_000), diag.LoadSyntax},
		{"deep dashes", strings.Repeat("- ", 100_000) + "x", diag.LoadSyntax},
		{"deep lines", deepLines(1_500), diag.ID{}},
		{"too many values in a list", "a: [" + strings.Repeat("1,", maxValues+1) + "1]", diag.LoadTooLarge},
		{"too many values on lines", strings.Repeat("- 1\n", maxValues/2+1), diag.LoadTooLarge},
		{"only comments", strings.Repeat("#\n", 8*part), diag.ID{}},
		{"only blank lines", strings.Repeat("\n", 30*part), diag.ID{}},
		{"a huge value", "a: \"" + strings.Repeat("x", 30*part) + "\"\n", diag.ID{}},
		{"a huge open quote", "a: \"" + strings.Repeat("x y\n", part/shrink), diag.LoadSyntax},
		{"a huge word", "a: " + strings.Repeat("x", 30*part), diag.ID{}},
		{"a huge line with a fault", "é: [" + strings.Repeat("x, ", part/4) + "}", diag.LoadSyntax},
		{"a fault at the end of much", strings.Repeat("- a: 1\n", part/4) + "b", diag.LoadSyntax},
		{"duplicates on one line", "{é: 1" + strings.Repeat(", a: 1", part/4) + "}", diag.LoadDuplicateKey},
		{"tags", strings.Repeat("- !x y\n", part/8), diag.LoadSyntax},
		{"merge conflicts", "a: [\n" + strings.Repeat(strings.Repeat("<", 7)+" a\n", part/8), diag.LoadSyntax},
		{"placeholders", strings.Repeat("- {{a}: b}\n", part/8), diag.LoadSyntax},
		{"invalid UTF-8", "a: \xff\n", diag.LoadEncoding},
		{"overlong UTF-8", "a: \xc0\xaf\n", diag.LoadEncoding},
		{"a surrogate", "a: \xed\xa0\x80\n", diag.LoadEncoding},
		{"UTF-16", "\xff\xfea\x00:\x00", diag.LoadEncoding},
		{"UTF-16, the other way", "\xfe\xff\x00a\x00:", diag.LoadEncoding},
		{"NUL", "a: x\x00y\n", diag.LoadEncoding},
		{"escape", "a: \x1b[31m\n", diag.LoadEncoding},
		{"a mark in the middle", "a: \ufeffx\n", diag.LoadEncoding},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			trees, diags := Parse("f.yaml", []byte(test.data))
			for _, tree := range trees {
				tree.Range(tree.Root)
			}
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			allocated := (after.TotalAlloc - before.TotalAlloc) / MiB
			t.Logf("%v, %d MiB allocated", took, allocated)
			if took > patience {
				t.Errorf("it took %v", took)
			}
			if allocated > max(1024/shrink, 128) { // as many faults as are told take some, in a small file too
				t.Errorf("it allocated %d MiB in all", allocated)
			}
			if test.id == (diag.ID{}) {
				if len(diags) > 0 {
					t.Errorf("got %v", diags[0])
				}
				return
			}
			if len(diags) == 0 || len(diags) > syntax.MaxFaults || diags[0].ID != test.id {
				t.Fatalf("got %v, want %v", diags, test.id)
			}
			src := newText("f.yaml", []byte(test.data))
			if test.id == diag.LoadTooLarge {
				src = newText("f.yaml", nil) // nobody looks for lines in such a file: the place is its top
			}
			for _, d := range diags {
				checkRange(t, src, d.Subject)
			}
		})
	}
}

func deepLines(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// checkRange holds a range to lie inside the file, its text to be that of its line.
func checkRange(tb testing.TB, src *text, r diag.Range) {
	tb.Helper()
	for _, at := range []diag.Pos{r.Start, r.End} {
		if at.Line < 1 || at.Line > src.Lines() || at.Column < 1 || at.Column > len(src.Line(at.Line))+1 {
			tb.Fatalf("%v: %d:%d is outside the file", r, at.Line, at.Column)
		}
	}
	if r.Start.Compare(r.End) > 0 {
		tb.Fatalf("%v ends at %v", r, r.End)
	}
	line := src.Line(r.Start.Line)
	if len(r.Text) > syntax.MaxText || !bytes.HasPrefix(line, []byte(r.Text)) {
		tb.Fatalf("%v has the text %q, not that of its line", r, r.Text)
	}
	if r.Text != "" && (r.Start.Column > len(r.Text)+1 || r.End.Line == r.Start.Line && r.End.Column > len(r.Text)+1) {
		tb.Fatalf("%v is outside its text", r)
	}
}

func TestLongLine(t *testing.T) {
	line := "a: [" + strings.Repeat("é, ", 2000) + "yes, " + strings.Repeat("x, ", 200_000/shrink) + "no]"
	trees, diags := Parse("f.yaml", []byte(line+"\n"))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	a, _ := trees[0].Root.Get("a")
	for i, word := range map[int]string{0: "é", 999: "é", 1500: "é", 2000: "yes", 2001: "x", 2001 + 200_000/shrink: "no"} {
		n := &a.Items[i]
		r := trees[0].Range(n)
		if got := line[r.Start.Column-1 : r.End.Column-1]; got != word {
			t.Errorf("item %d is at %d-%d, where %q is", i, r.Start.Column, r.End.Column, got)
		}
		if shown := r.End.Column-1 <= syntax.MaxText; shown != (r.Text != "") || len(r.Text) > syntax.MaxText || !utf8.ValidString(r.Text) {
			t.Errorf("item %d at column %d has %d bytes of text", i, r.Start.Column, len(r.Text))
		}
	}
}

// FuzzParse holds what is true of every file: no panic, places inside the
// file and in order, and the same answer each time.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"../../../examples/*/callpolicy.yaml", "../../../examples/*/policies/*.yaml"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			f.Fatalf("no files for %s: %v", pattern, err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data[:min(len(data), 8<<10)])
		}
	}
	archive, err := txtar.ParseFile("testdata/broken.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range archive.Files {
		f.Add(file.Data)
	}
	f.Add([]byte("a: &x {b: 1}\nc: {<<: *x, *x : 2}\r\n---\r- 'é'\u2028- \"\\x41\"\n"))
	f.Add([]byte("a: !!bool \"\"\nb: ! x\n? [c]\n: |2\n  d\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 8<<10 {
			return
		}
		trees, diags := Parse("f.yaml", data)
		src := newText("f.yaml", data)
		for _, d := range diags {
			checkRange(t, src, d.Subject)
			for _, r := range d.Related {
				checkRange(t, src, r.Range)
			}
			if d.Fix != nil {
				t.Errorf("%v has a fix that nobody tests", d)
			}
		}
		again, diagsAgain := Parse("f.yaml", data)
		if syntaxtest.Describe(again, diagsAgain) != syntaxtest.Describe(trees, diags) {
			t.Error("the second time it is something else")
		}
		left := 2000 // aliases may make trees far larger than files
		for _, tree := range trees {
			visit(tree.Root, "", func(_ string, n *syntax.Node) {
				if left--; left > 0 {
					checkRange(t, src, tree.Range(n))
				}
			})
		}
	})
}
