package policies_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"

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
	quick, err := policies.Licenses()
	if err != nil {
		t.Fatal(err)
	}
	v, err := policies.Build(cuecontext.New())
	if err != nil {
		t.Fatal(err)
	}
	var whole map[string]policies.License
	if err := v.LookupPath(cue.ParsePath("licenseNames")).Decode(&whole); err != nil {
		t.Fatal(err)
	}
	if len(whole) < 15 || !maps.Equal(quick, whole) {
		t.Errorf("by syntax %v\nby CUE    %v", quick, whole)
	}
}

// TestLicenseNames holds what is known of each name, as the documents have it.
func TestLicenseNames(t *testing.T) {
	licenses, err := policies.Licenses()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{ // class, kind, whose name it is, the name in the API
		"Webex Calling - Professional":           "webexCalling professional api ",
		"Webex Calling - Standard":               "webexCalling standard api ",
		"Webex Calling - Basic":                  "webexCalling basic api ",
		"Webex Calling VAR Professional":         "webexCalling professional export Webex Calling - Professional",
		"Webex Calling VAR Basic":                "webexCalling standard export Webex Calling - Standard",
		"Webex Calling SP Enterprise":            "webexCalling  export ",
		"Webex Calling SP - Standard Enterprise": "webexCalling  both ",
		"Customer Experience - Essential":        "webexCalling essential both ",
		"Customer Experience Essentials":         "webexCalling essential export Customer Experience - Essential",
		"Customer Assist":                        "webexCalling essential both Customer Experience - Essential",
		"Webex Calling - Customer Assist":        "webexCalling essential both Customer Experience - Essential",
		"Unified Communication Manager (UCM)":    "unifiedCM  both ",
		"Webex Calling - Attendant Console":      "none  api ",
		"Webex Calling - Workspaces":             "none  api ",
		"Webex Calling - Hot desk only":          "none  api ",
		"Webex Calling - Route List Calls":       "none  api ",
		"Call on Webex (1:1 call, non-PSTN)":     "none  api ",
		"Free screen share":                      "none  api ",
		"Webex Calling - Standard Enterprise":    "  api ",
	}
	for name, want := range known {
		l, ok := licenses[name]
		if got := strings.Join([]string{l.Class, l.Kind, l.In, l.Is}, " "); !ok || got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for name, l := range licenses {
		if known[name] == "" {
			t.Errorf("%s is in no row of this test", name)
		}
		if l.Evidence == "" {
			t.Errorf("%s: nobody says where the name was seen", name)
		}
		if same, ok := licenses[l.Is]; l.Is != "" && (!ok || same.Class != l.Class || same.Kind != l.Kind || same.In == "export") {
			t.Errorf("%s is said to be %s, which is another license or no name of the API", name, l.Is)
		}
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
