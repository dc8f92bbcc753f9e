package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"callpolicy/compiler/diag"
)

// finding is what every format must say of a diagnostic.
type finding struct {
	id, severity, file string
	line               int
}

// Each reader takes a document apart as its readers do.
var readers = map[string]func(t *testing.T, data []byte) []finding{
	"text": func(t *testing.T, data []byte) (found []finding) {
		t.Helper()
		for block := range strings.SplitSeq(string(data), "\n\n") {
			m := regexp.MustCompile(`^(\w+): [^[]*\[([\w.-]+)\]\n  ([^:\n]*):(\d+):\d+\n`).FindStringSubmatch(block)
			if m != nil {
				found = append(found, finding{m[2], m[1], m[3], atoi(t, m[4])})
			}
		}
		return found
	},
	"json": func(t *testing.T, data []byte) (found []finding) {
		t.Helper()
		var doc Report
		unmarshal(t, data, &doc)
		for _, d := range doc.Diagnostics {
			found = append(found, finding{d.ID.String(), d.Severity.String(), d.Subject.File, d.Subject.Start.Line})
		}
		return found
	},
	"sarif": func(t *testing.T, data []byte) (found []finding) {
		t.Helper()
		var doc struct {
			Runs []struct {
				Tool struct {
					Driver struct{ Rules []struct{ ID string } }
				}
				Results []struct {
					RuleID    string
					RuleIndex int
					Level     string
					Locations []struct {
						PhysicalLocation struct {
							ArtifactLocation struct{ URI string }
							Region           struct{ StartLine int }
						}
					}
				}
			}
		}
		unmarshal(t, data, &doc)
		for _, result := range doc.Runs[0].Results {
			if rule := doc.Runs[0].Tool.Driver.Rules[result.RuleIndex]; rule.ID != result.RuleID {
				t.Errorf("the rule of %s is %s", result.RuleID, rule.ID)
			}
			place := result.Locations[0].PhysicalLocation
			found = append(found, finding{result.RuleID, strings.Replace(result.Level, "note", "info", 1), place.ArtifactLocation.URI, place.Region.StartLine})
		}
		return found
	},
	"github": func(t *testing.T, data []byte) (found []finding) {
		t.Helper()
		annotation := regexp.MustCompile(`^::(\w+) file=(.*?),line=(\d+),.*title=([^:]*)::`)
		plain := regexp.MustCompile(`^(\w+): (.*?):(\d+):\d+: .* \[(.*)\]$`)
		for line := range strings.SplitSeq(string(data), "\n") {
			for _, re := range []*regexp.Regexp{annotation, plain} {
				if m := re.FindStringSubmatch(line); m != nil {
					found = append(found, finding{m[4], strings.Replace(m[1], "notice", "info", 1), m[2], atoi(t, m[3])})
				}
			}
		}
		return found
	},
	"gitlab": func(t *testing.T, data []byte) (found []finding) {
		t.Helper()
		var issues []codeQualityIssue
		unmarshal(t, data, &issues)
		severities := map[string]string{"critical": "error", "minor": "warning", "info": "info"}
		for _, i := range issues {
			found = append(found, finding{i.CheckName, severities[i.Severity], i.Location.Path, i.Location.Lines.Begin})
		}
		return found
	},
	"junit": func(t *testing.T, data []byte) (found []finding) {
		t.Helper()
		var doc junitSuites
		if err := xml.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		for _, suite := range doc.Suites {
			for _, c := range suite.Cases {
				result, severity := c.Failure, "error"
				if result == nil {
					result, severity = c.Skipped, strings.SplitN(c.Skipped.Text, ":", 2)[0]
				}
				found = append(found, finding{result.Type, severity, c.File, c.Line})
			}
		}
		return found
	},
}

// Every format carries every diagnostic: none is lost, none is shown twice.
func TestFormatsCarryEveryDiagnostic(t *testing.T) {
	r := every()
	if len(r.Diagnostics) != len(diag.BuiltIn) {
		t.Fatalf("%d diagnostics for %d ids", len(r.Diagnostics), len(diag.BuiltIn))
	}
	var want []finding
	for _, d := range r.Diagnostics {
		want = append(want, finding{d.ID.String(), d.Severity.String(), d.Subject.File, d.Subject.Start.Line})
	}
	for _, format := range Formats() {
		t.Run(format, func(t *testing.T) {
			data := rendered(t, format, r)
			read := readers[format]
			if read == nil { // nobody takes it apart, so that all is there has to do
				for _, f := range want {
					if !bytes.Contains(data, []byte(f.id)) || !bytes.Contains(data, []byte(strconv.Itoa(f.line))) {
						t.Errorf("nothing of %s in line %d", f.id, f.line)
					}
				}
				return
			}
			got := read(t, data)
			byLine := func(a, b finding) int { return a.line - b.line } // github puts errors first
			slices.SortFunc(got, byLine)
			if !slices.Equal(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
		})
	}
}

// Formats that have fingerprints have one of their own for each diagnostic,
// and keep it when lines move.
func TestFingerprints(t *testing.T) {
	at := func(line int, text string) diag.Range {
		return diag.Range{File: "a.yaml", Start: diag.Pos{Line: line, Column: 1}, End: diag.Pos{Line: line, Column: 2}, Text: text}
	}
	build := func(shift int, indent string) []string {
		return fingerprints(New(diag.List{
			diag.New(diag.SchemaUnknownField, at(1+shift, indent+"x: 1"), "no x"),
			diag.New(diag.SchemaUnknownField, at(2+shift, indent+"x: 1"), "no x"),
			diag.New(diag.SchemaUnknownField, at(3+shift, indent+"y: 1"), "no y"),
			diag.New(diag.SchemaWrongType, at(4+shift, indent+"x: 1"), "no x"),
			diag.New(diag.SchemaWrongType, at(5+shift, indent+"x: 1"), "no x").At("org.x"),
		}, "sub", 0, nil))
	}
	before, after := build(0, ""), build(40, "    ")
	if !slices.Equal(before, after) {
		t.Errorf("moved lines have other fingerprints:\n%v\n%v", before, after)
	}
	if distinct := slices.Compact(slices.Sorted(slices.Values(before))); len(distinct) != len(before) {
		t.Errorf("fingerprints are shared: %v", before)
	}
	var issues []codeQualityIssue
	unmarshal(t, rendered(t, "gitlab", sample(t)), &issues)
	sarif := string(rendered(t, "sarif", sample(t)))
	for _, issue := range issues {
		if !strings.Contains(sarif, fmt.Sprintf("%q: %q", fingerprintKey, issue.Fingerprint)) {
			t.Errorf("sarif lacks the fingerprint %s", issue.Fingerprint)
		}
	}
}

func unmarshal(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
