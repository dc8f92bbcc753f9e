package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/persona"
)

// TestTextFoldsWarnings shows many warnings of one kind and cause as one block,
// behind the errors, each of which is shown.
func TestTextFoldsWarnings(t *testing.T) {
	var list diag.List
	for i := range 40 {
		at := diag.Range{File: "a.yaml", Start: diag.Pos{Line: i + 1, Column: 1}, End: diag.Pos{Line: i + 1, Column: 2}, Text: "x"}
		setting := []string{"screenSharing", "videoOnMobile"}[i/20]
		list.Add(diag.New(diag.LintOverrideEqualsInherited, at, "u%d is set to what it would be anyway", i).
			At(fmt.Sprintf(`users."u%d@x.example".inCall.%s`, i, setting)).Because("It sticks."))
		if i%4 == 3 {
			list.Add(diag.New(diag.RefUnknownGroup, at, "there is no group g%d", i).At(fmt.Sprintf("users.u%d.groups", i)))
		}
	}
	list.Add(diag.New(diag.LintTelLoop, diag.Range{File: "b.yaml"}, "alone"))
	r := New(list, "", 0, nil)
	folded := text(t, r, layout.Plain())
	if n := strings.Count(folded, "error: "); n != 10 || strings.LastIndex(folded, "error: ") > strings.Index(folded, "warning: ") {
		t.Errorf("%d errors, or a warning before one:\n%s", n, folded)
	}
	if n := strings.Count(folded, "warning: "); n != 3 || strings.Count(folded, "and 19 more like it, such as at a.yaml:") != 2 {
		t.Errorf("%d blocks of warnings:\n%s", n, folded)
	}
	if !strings.Contains(folded, "10 errors, 41 warnings in 2 files") {
		t.Errorf("the summary does not count what is folded:\n%s", folded)
	}
	var b bytes.Buffer
	if err := Full(&b, r, layout.Plain()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "warning: "); n != 41 || strings.Contains(b.String(), "like it") {
		t.Errorf("in full there are %d warnings", n)
	}
}

// TestSARIFHoldsWhatGitHubTakes cuts a report with too many results: the errors
// are in it, and how many are not is said.
func TestSARIFHoldsWhatGitHubTakes(t *testing.T) {
	data := rendered(t, "sarif", report(2, sarifLimit, 0))
	var doc struct {
		Runs []struct {
			Results     []struct{ Level string }
			Invocations []struct {
				ExecutionSuccessful        bool
				ToolExecutionNotifications []struct{ Message struct{ Text string } }
			}
		}
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	run, levels := doc.Runs[0], map[string]int{}
	for _, result := range run.Results {
		levels[result.Level]++
	}
	if levels["error"] != 2 || levels["warning"] != sarifLimit-2 {
		t.Errorf("got %v", levels)
	}
	if len(run.Invocations) != 1 || !run.Invocations[0].ExecutionSuccessful ||
		!strings.HasPrefix(run.Invocations[0].ToolExecutionNotifications[0].Message.Text, "2 more findings are not in this report") {
		t.Errorf("got %+v", run.Invocations)
	}
	if len(doc.Runs) != 1 || bytes.Contains(rendered(t, "sarif", report(1, 1, 0)), []byte("invocations")) {
		t.Error("a report that is whole speaks of more")
	}
}

// TestNoPersonas is a report of one case that passes.
func TestNoPersonas(t *testing.T) {
	var b bytes.Buffer
	if err := PersonasJUnit(&b, &persona.Report{}); err != nil {
		t.Fatal(err)
	}
	var all junitSuites
	if err := xml.Unmarshal(b.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	if all.Tests != 1 || all.Failures+all.Skipped+all.Errors != 0 || len(all.Suites) != 1 || len(all.Suites[0].Cases) != 1 {
		t.Errorf("got %s", b.String())
	}
}
