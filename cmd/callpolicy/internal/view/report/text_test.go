package report

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/diag"
)

func text(t *testing.T, r Report, s layout.Style) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, r, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func one(d *diag.Diagnostic) Report { return New(diag.List{d}, "", 0, nil) }

// A saved report shows as the run itself did.
func TestTextFromSavedReport(t *testing.T) {
	r := every()
	var saved Report
	if err := json.Unmarshal(rendered(t, "json", r), &saved); err != nil {
		t.Fatal(err)
	}
	if got, want := text(t, saved, layout.Plain()), text(t, r, layout.Plain()); got != want {
		t.Errorf("the saved report shows as\n%s\nand the run as\n%s", got, want)
	}
}

func TestTextSaysNothingOfNothing(t *testing.T) {
	if got := text(t, New(nil, "", 3, nil), layout.Plain()); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestSummaryLine(t *testing.T) {
	at := func(file string) diag.Range { return diag.Range{File: file} }
	many := diag.List{}
	for range 1200 {
		d := diag.New(diag.LoadSyntax, at("a.yaml"), "n")
		d.Subject.Start.Line = len(many) + 1
		many.Add(d)
	}
	for _, test := range []struct {
		list   diag.List
		waived int
		want   string
	}{
		{nil, 0, "no problems found"},
		{nil, 2, "no problems found; 2 waived"},
		{diag.List{diag.New(diag.LoadSyntax, at("a"), "x")}, 0, "1 error in 1 file"},
		{diag.List{diag.New(diag.ProjectMissing, at(""), "x")}, 0, "1 error"},
		{diag.List{
			diag.New(diag.LoadSyntax, at("a"), "x"), diag.New(diag.LintTelLoop, at("b"), "x"),
			diag.New(diag.LintTelLoop, at("c"), "x"), diag.New(diag.MigrationReadyToComplete, at("c"), "x"),
		}, 1, "1 error, 2 warnings, 1 info in 3 files; 1 waived"},
		{many, 0, "1,200 errors in 1 file"},
	} {
		if got := New(test.list, "", test.waived, nil).SummaryLine(layout.Plain()); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestReportLeavesOffOut(t *testing.T) {
	r := New(diag.List{diag.New(diag.LevelThirdPartyAtUserLevel, diag.Range{File: "a"}, "x")}, "", 0, nil)
	if len(r.Diagnostics) != 0 {
		t.Errorf("got %v", r.Diagnostics)
	}
}

func TestSnippet(t *testing.T) {
	long := "key: [" + strings.Repeat("alpha, ", 30) + "HERE, " + strings.Repeat("omega, ", 30) + "]"
	for name, test := range map[string]struct {
		at   diag.Range
		want []string
	}{
		"a word":          {on(t, "f", 3, "key: value", "value"), []string{"    3 | key: value", "      |      ^^^^^"}},
		"tabs":            {on(t, "f", 3, "\tk:\tvalue", "value"), []string{"    3 |     k:  value", "      |         ^^^^^"}},
		"wide runes":      {on(t, "f", 3, "医療: 医者", "医者"), []string{"    3 | 医療: 医者", "      |       ^^^^"}},
		"accents":         {on(t, "f", 3, "e\u0301é: x", "x"), []string{"    3 | e\u0301é: x", "      |     ^"}},
		"an emoji":        {on(t, "f", 3, "👩‍🚒: x", "x"), []string{"    3 | 👩<U+200D>🚒: x", "      |               ^"}},
		"a carriage":      {on(t, "f", 3, "key: value\r\n", "value"), []string{"    3 | key: value", "      |      ^^^^^"}},
		"a byte order":    {on(t, "f", 1, "\ufeffkey: value", "key"), []string{"    1 | key: value", "      | ^^^"}},
		"a hard space":    {on(t, "f", 1, "a:\u00a0b", "b"), []string{"    1 | a:<U+00A0>b", "      |           ^"}},
		"no width":        {diag.Range{File: "f", Start: diag.Pos{Line: 1, Column: 3}, End: diag.Pos{Line: 1, Column: 3}, Text: "key"}, []string{"    1 | key", "      |   ^"}},
		"after the end":   {diag.Range{File: "f", Start: diag.Pos{Line: 1, Column: 4}, End: diag.Pos{Line: 1, Column: 9}, Text: "key"}, []string{"    1 | key", "      |    ^"}},
		"far off":         {diag.Range{File: "f", Start: diag.Pos{Line: 1, Column: 400}, End: diag.Pos{Line: 1, Column: 2}, Text: "key"}, []string{"    1 | key", "      |    ^"}},
		"inside a rune":   {diag.Range{File: "f", Start: diag.Pos{Line: 1, Column: 2}, End: diag.Pos{Line: 1, Column: 3}, Text: "医"}, []string{"    1 | 医", "      | ^^"}},
		"several lines":   {diag.Range{File: "f", Start: diag.Pos{Line: 1, Column: 3}, End: diag.Pos{Line: 9, Column: 1}, Text: "  key:  "}, []string{"    1 |   key:", "      |   ^^^^"}},
		"six digits":      {on(t, "f", 123456, "key", "key"), []string{"123456 | key", "       | ^^^"}},
		"no text":         {diag.Range{File: "f", Start: diag.Pos{Line: 1, Column: 3}}, nil},
		"a file":          {diag.Range{File: "f"}, nil},
		"a line too long": {on(t, "f", 3, long, "HERE"), []string{"    3 | …pha, alpha, alpha, alpha, alpha, HERE, omega, omega, omega, omega, ome…", "      |                                   ^^^^"}},
		"a mark too long": {
			on(t, "f", 3, long, strings.Repeat("alpha, ", 30)),
			[]string{"    3 | key: [alpha, alpha, alpha, alpha, alpha, alpha, alpha, alpha, alpha, al…", "      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"},
		},
		"the end of a line too long": {on(t, "f", 3, long, "]"), []string{"    3 | …omega, omega, omega, omega, omega, omega, omega, omega, omega, omega, ]", "      |                                                                        ^"}},
	} {
		t.Run(name, func(t *testing.T) {
			numbers := max(gutter, len(strconv.Itoa(test.at.Start.Line)))
			got := snippet(test.at, numbers, func(m string) string { return m }, layout.Plain())
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// Whatever is in the files: no panic, nothing that drives a terminal or a CI
// system, no line that is too long but for words that are, and a mark below the line.
func TestTextOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		anything := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z :#\[\t\x1b\x{9b}\x{202e}医é\r\n]{0,120}`),
			rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 100), func(b []byte) string { return string(b) }))
		file := rapid.StringMatching(`[a-z\x1b: é/]{0,20}`) // a place is never broken
		number := rapid.IntRange(-2, 130)
		at := func() diag.Range {
			return diag.Range{
				File:  file.Draw(t, "file"),
				Start: diag.Pos{Line: number.Draw(t, "line"), Column: number.Draw(t, "column")},
				End:   diag.Pos{Line: number.Draw(t, "endLine"), Column: number.Draw(t, "endColumn")},
				Text:  anything.Draw(t, "text"),
			}
		}
		d := diag.New(diag.LoadSyntax, at(), "%s", anything.Draw(t, "summary")).
			Because("%s", anything.Draw(t, "detail")).Try("%s", anything.Draw(t, "hint")).
			At(anything.Draw(t, "path")).See(at(), "%s", anything.Draw(t, "message")).
			Mend(anything.Draw(t, "title"), diag.Edit{Range: at()})
		var b bytes.Buffer
		if err := Text(&b, one(d), layout.Plain()); err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(b.String(), "\n"), "\n") {
			if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 || r == 0x202e }) {
				t.Fatalf("a control character in %q", line)
			}
			if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "::") || strings.Contains(trimmed, "##[") {
				t.Fatalf("a command in %q", line)
			}
			if words := strings.Fields(line); layout.Width(line) > 80 && len(words) > 2 && !longWord(words) {
				t.Fatalf("%d columns in %q", layout.Width(line), line)
			}
		}
		for _, format := range Formats() {
			if err := Write(format, &b, one(d), Tool{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func longWord(words []string) bool {
	for _, word := range words {
		if layout.Width(word) > 60 {
			return true
		}
	}
	return false
}
