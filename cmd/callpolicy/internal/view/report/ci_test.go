package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"callpolicy/compiler/diag"
)

// report returns one with so many errors, warnings and infos, in that order of lines.
func report(errors, warnings, infos int) Report {
	var list diag.List
	add := func(n int, id diag.ID) {
		for range n {
			list.Add(diag.New(id, diag.Range{
				File: "a.yaml", Start: diag.Pos{Line: len(list) + 1, Column: 1}, End: diag.Pos{Line: len(list) + 1, Column: 2}, Text: "x",
			}, "fault %d", len(list)+1))
		}
	}
	add(infos, diag.MigrationReadyToComplete)
	add(warnings, diag.LintTelLoop)
	add(errors, diag.LoadSyntax)
	return New(list, "", 0, nil)
}

func TestGitHubLimits(t *testing.T) {
	for _, test := range []struct{ errors, warnings, infos, over int }{
		{0, 0, 0, 0}, {10, 10, 10, 0}, {11, 0, 0, 1}, {0, 11, 0, 1}, {0, 0, 11, 2}, {11, 10, 10, 2}, {30, 30, 30, 61},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			out := string(rendered(t, "github", report(test.errors, test.warnings, test.infos)))
			kinds := map[string]int{}
			var order []string
			for line := range strings.SplitSeq(strings.TrimSuffix(out, "\n"), "\n") {
				kind, _, command := strings.Cut(strings.TrimPrefix(line, "::"), " ")
				if !strings.HasPrefix(line, "::") || !command {
					kind = "plain"
				}
				kinds[kind]++
				if len(order) == 0 || order[len(order)-1] != kind {
					order = append(order, kind)
				}
			}
			for _, kind := range []string{"error", "warning", "notice"} {
				if kinds[kind] > 10 {
					t.Errorf("%d annotations of kind %s", kinds[kind], kind)
				}
			}
			if kinds["plain"] != test.over && out != "" {
				t.Errorf("%d diagnostics are left out, want %d:\n%s", kinds["plain"], test.over, out)
			}
			if said := strings.Contains(out, fmt.Sprintf("::notice title=callpolicy::%d more problem", test.over)); said != (test.over > 0) {
				t.Errorf("left out: %d, but said: %v\n%s", test.over, said, out)
			}
			if test.errors > 0 && order[0] != "error" {
				t.Errorf("the order is %v", order)
			}
		})
	}
}

func TestGitHubEscapes(t *testing.T) {
	r := New(diag.List{
		diag.New(diag.LoadSyntax, diag.Range{
			File: "100%,a:b.yaml", Start: diag.Pos{Line: 2, Column: 4}, End: diag.Pos{Line: 2, Column: 6}, Text: "é: xy",
		}, "50%% of a:b,c %%0A").Because("first\r\nsecond\x1b[0m"),
	}, "sub", 0, nil)
	want := "::error file=sub/100%25%2Ca%3Ab.yaml,line=2,endLine=2,col=3,endColumn=5,title=load.syntax::" +
		"50%25 of a:b,c %250A%0Afirst%0Asecond␛[0m\n"
	if got := string(rendered(t, "github", r)); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestGitLabIsWhatGitLabReads(t *testing.T) {
	if got := string(rendered(t, "gitlab", New(nil, "", 0, nil))); got != "[]\n" {
		t.Errorf("an empty report is %q", got)
	}
	dec := json.NewDecoder(bytes.NewReader(rendered(t, "gitlab", sample(t))))
	dec.DisallowUnknownFields()
	var issues []struct {
		Description string
		CheckName   string `json:"check_name"`
		Fingerprint string
		Severity    string
		Location    struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	if err := dec.Decode(&issues); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, i := range issues {
		if i.Description == "" || strings.Contains(i.Description, "\n") || i.CheckName == "" || i.Location.Lines.Begin < 1 ||
			strings.HasPrefix(i.Location.Path, "/") || seen[i.Fingerprint] {
			t.Errorf("GitLab would not take %+v", i)
		}
		seen[i.Fingerprint] = true
	}
}

func TestJUnitCounts(t *testing.T) {
	same := diag.List{}
	for line := range 3 {
		same.Add(diag.New(diag.LintTelLoop, diag.Range{File: "b.yaml", Start: diag.Pos{Line: line + 1, Column: 1}}, "one name"))
	}
	for name, r := range map[string]Report{
		"a sample": sample(t), "many": report(3, 4, 5), "equal names": New(same, "", 0, nil), "nothing": New(nil, "", 0, nil),
	} {
		t.Run(name, func(t *testing.T) {
			var doc junitSuites
			if err := xml.Unmarshal(rendered(t, "junit", r), &doc); err != nil {
				t.Fatal(err)
			}
			cases, failures, skipped := 0, 0, 0
			for _, suite := range doc.Suites {
				names := map[string]bool{}
				for _, c := range suite.Cases {
					if names[c.Class+c.Name] {
						t.Errorf("two cases are called %s", c.Name)
					}
					names[c.Class+c.Name] = true
					cases++
					if c.Failure != nil {
						failures++
					}
					if c.Skipped != nil {
						skipped++
					}
				}
				if suite.Tests != len(suite.Cases) {
					t.Errorf("%s says %d tests and has %d", suite.Name, suite.Tests, len(suite.Cases))
				}
			}
			if doc.Tests != cases || doc.Failures != failures || doc.Skipped != skipped {
				t.Errorf("says %d, %d, %d and has %d, %d, %d", doc.Tests, doc.Failures, doc.Skipped, cases, failures, skipped)
			}
			if failures != r.Summary.Errors || skipped != r.Summary.Warnings+r.Summary.Infos || cases != max(failures+skipped, 1) {
				t.Errorf("%d cases, %d failures, %d skipped for %+v", cases, failures, skipped, r.Summary)
			}
		})
	}
}
