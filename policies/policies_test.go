package policies_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue/ast"

	"callpolicy/compiler/diag"
	"callpolicy/policies"
)

// TestRulesSayWhatTheCatalogueSays holds the quick reading of the files to
// what CUE makes of them.
func TestRulesSayWhatTheCatalogueSays(t *testing.T) {
	catalogue, err := policies.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	quick, err := policies.Rules()
	if err != nil {
		t.Fatal(err)
	}
	if len(catalogue) != len(quick) || len(quick) == 0 {
		t.Fatalf("%d rules by CUE, %d by syntax", len(catalogue), len(quick))
	}
	for i, want := range catalogue {
		got := quick[i]
		if got.ID != want.ID || got.Title != want.Title || got.Severity != want.Severity || got.Why != want.Why ||
			got.Fix != want.Fix || got.Order != want.Order || got.Usage != want.Usage || got.At != want.At ||
			got.Message != want.Message || !slices.Equal(got.MayBe, want.MayBe) || !slices.Equal(got.Editions, want.Editions) ||
			!slices.Equal(got.Scope, want.Scope) || !slices.Equal(got.Unless, want.Unless) || len(got.See) != len(want.See) {
			t.Errorf("by syntax %+v\nby CUE    %+v", got, want)
		}
		for k, v := range want.See {
			if got.See[k] != v {
				t.Errorf("%s: see %s: %q and %q", got.ID, k, got.See[k], v)
			}
		}
		file := slices.Contains(got.Scope, "file")
		if constraint := got.Require != nil || got.Forbid != nil; constraint == file {
			t.Errorf("%s: a rule is a constraint exactly if its scope is not file", got.ID)
		}
	}
}

// TestIDsAreCurrent holds the generated ids of package diag to the catalogue.
func TestIDsAreCurrent(t *testing.T) {
	rules, err := policies.Rules()
	if err != nil {
		t.Fatal(err)
	}
	if len(rules) != len(diag.BuiltIn) {
		t.Fatalf("%d rules, %d ids: run go generate ./compiler/diag", len(rules), len(diag.BuiltIn))
	}
	for i, r := range rules {
		if id := diag.BuiltIn[i]; id.String() != r.ID || id.Severity().String() != r.Severity {
			t.Errorf("%s (%s) in the catalogue, %s (%s) in Go: run go generate ./compiler/diag", r.ID, r.Severity, id, id.Severity())
		}
	}
}

// TestRulesReadWell holds the words of the catalogue to the house's style.
func TestRulesReadWell(t *testing.T) {
	rules, err := policies.Rules()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		for name, s := range map[string]string{"why": r.Why, "fix": r.Fix} {
			if s == "" || !strings.HasSuffix(s, ".") {
				t.Errorf("%s: %s is to be sentences: %q", r.ID, name, s)
			}
		}
		for name, s := range map[string]string{"title": r.Title, "message": r.Message} {
			if strings.HasSuffix(s, ".") || name == "title" && s == "" {
				t.Errorf("%s: %s is to be without a period: %q", r.ID, name, s)
			}
		}
		if len(r.MayBe) > 0 && !slices.Contains(r.MayBe, r.Severity) {
			t.Errorf("%s: it may not be what it is", r.ID)
		}
		for _, id := range r.Unless {
			if !slices.ContainsFunc(rules, func(r policies.Rule) bool { return r.ID == id }) {
				t.Errorf("%s: unless there is %s, which does not exist", r.ID, id)
			}
		}
	}
}

// TestLicensesAreRead holds the quick reading of the license names to CUE's.
func TestLicensesAreRead(t *testing.T) {
	licenses, err := policies.Licenses()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]policies.License{
		"Webex Calling - Professional":           {Class: "webexCalling", Kind: "professional"},
		"Webex Calling - Standard":               {Class: "webexCalling", Kind: "standard"},
		"Webex Calling - Basic":                  {Class: "webexCalling", Kind: "basic"},
		"Customer Experience - Essential":        {Class: "webexCalling", Kind: "essential"},
		"Webex Calling - Workspaces":             {Class: "none"},
		"Webex Calling - Hot desk only":          {Class: "none"},
		"Webex Calling - Route List Calls":       {Class: "none"},
		"Webex Calling - Attendant Console":      {Class: "none"},
		"Unified Communication Manager (UCM)":    {Class: "unifiedCM"},
		"Call on Webex (1:1 call, non-PSTN)":     {Class: "none"},
		"Free screen share":                      {Class: "none"},
		"Webex Calling - Standard Enterprise":    {},
		"Webex Calling SP - Standard Enterprise": {},
	} {
		if got, ok := licenses[name]; !ok || got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if len(licenses) != 13 {
		t.Errorf("there are %d names", len(licenses))
	}
}

// TestEveryFileHasItsPlace keeps a file of the catalogue from being read by nobody.
func TestEveryFileHasItsPlace(t *testing.T) {
	files, err := policies.Parse()
	if err != nil {
		t.Fatal(err)
	}
	head, err := os.ReadFile("catalogue.cue")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.Contains(string(head), "//\t"+f.Name) {
			t.Errorf("catalogue.cue does not say what %s is for", f.Name)
		}
		for _, d := range f.Syntax.Decls {
			if _, ok := d.(*ast.Comprehension); ok {
				t.Errorf("%s: the catalogue is data", f.Name)
			}
		}
	}
}
