package load_test

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/syntax/cue"
)

// export is what Control Hub gives for four people: three with a license.
const export = "User ID/Email (Required),Department,Webex Calling - Professional [Sub1],Unified Communication Manager (UCM) [Sub1]\n" +
	"a@company.example,Care,TRUE,FALSE\nb@company.example,Care,FALSE,TRUE\nc@company.example,Finance,TRUE,FALSE\nd@company.example,Finance,FALSE,FALSE\n"

func shaped(t *testing.T, project, roster string, before func() (*config.Config, error)) (*config.Config, string) {
	t.Helper()
	fsys := fstest.MapFS{
		"callpolicy.yaml": {Data: []byte(projectFile + project)}, "roster/r.csv": {Data: []byte(roster)},
		"policies/p.yaml": {Data: []byte("licenses:\n  pro: { service: webexCalling, controlHubName: Webex Calling - Professional }\n" +
			"  ucm: { service: unifiedCM, controlHubName: Unified Communication Manager (UCM) }\ngroups: { fin: { where: { department: Finance } } }\n")},
	}
	cfg, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess(), Before: before})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, d := range diags {
		said = append(said, d.Severity.String()+" "+d.ID.String())
	}
	return cfg, strings.Join(said, ", ")
}

// TestShape changes an export at its edges: nobody loses a license in silence.
func TestShape(t *testing.T) {
	const plain = "roster: [roster]\n"
	was, said := shaped(t, plain, export, nil)
	if said != "" || len(was.Users) != 4 {
		t.Fatalf("the export itself: %s", said)
	}
	before := sync.OnceValues(func() (*config.Config, error) { return was, t.Context().Err() })
	replace := func(old, by string) string { return strings.ReplaceAll(export, old, by) }
	words := func(yes, no string) string { return strings.NewReplacer("TRUE", yes, "FALSE", no).Replace(export) }
	for _, c := range []struct{ name, project, roster, want string }{
		{"Dutch", plain, words("WAAR", "ONWAAR"), ""},
		{"German", plain, words("wahr", "falsch"), ""},
		{"French", plain, words("VRAI", "FAUX"), ""},
		{"yes and no", plain, words("Yes", "No"), ""},
		{"numbers", plain, words("1", "0"), ""},
		{"crosses", plain, words("x", ""), ""},
		{"other dashes and blanks", plain, replace(" - Professional", " \u2013\u00a0Professional"), ""},
		{"small letters", plain, strings.ToLower(export[:strings.Index(export, "\n")]) + export[strings.Index(export, "\n"):], ""},
		{"no subscription", plain, replace(" [Sub1]", ""), ""},
		{"the name of another export", plain, replace("Webex Calling - Professional", "Webex Calling VAR Professional"), ""},
		{"words that nobody knows", plain, words("quatsch", "nix"), "error roster.license-cell, error roster.license-cell"},
		{"one such word", plain, strings.Replace(export, "TRUE", "quatsch", 1), "warning roster.license-cell"},
		{"a license renamed", plain, replace("Webex Calling - Professional", "Webex Sparkles"), "error roster.unknown-license-column"},
		{"a slip in its name", plain, replace("Professional", "Profesional"), "error roster.unknown-license-column"},
		{"a license gone", plain, strings.NewReplacer(",Webex Calling - Professional [Sub1]", "", "TRUE,FALSE", "FALSE", "FALSE,TRUE", "TRUE", "FALSE,FALSE", "FALSE").Replace(export), "error roster.license-column-missing"},
		{"an unknown calling license", plain, strings.NewReplacer("(UCM) [Sub1]", "(UCM) [Sub1],Webex Calling Extra [Sub1]", "E\n", "E,TRUE\n").Replace(export), "error roster.unknown-license-column"},
		{"the same, ignored", "roster: [{ file: roster, ignoreColumns: [\"Webex Calling Ex*\"] }]\n", strings.NewReplacer("(UCM) [Sub1]", "(UCM) [Sub1],Webex Calling Extra [Sub1]", "E\n", "E,TRUE\n").Replace(export), ""},
		{"meetings", plain, strings.NewReplacer("(UCM) [Sub1]", "(UCM) [Sub1],Webex Meetings Suite [Sub1]", "E\n", "E,TRUE\n").Replace(export), ""},
		{"something new of Cisco's", plain, strings.NewReplacer("(UCM) [Sub1]", "(UCM) [Sub1],Webex Sparkles [Sub1]", "E\n", "E,TRUE\n").Replace(export), "info roster.unknown-license-column"},
		{"an attribute gone", plain, replace("Department", "Dept"), "error roster.unknown-attribute"},
		{"another form", plain, "user,department\na@company.example,Finance\n", "error roster.license-column-missing"},
		{"another form, with a slip", plain, "user,department,license\na@company.example,Finance,pro\n", "error roster.unknown-license-column"},
		{"cut inside a row", plain, export[:len(export)-12], "error roster.cut"},
		{"a short row", plain, replace("b@company.example,Care,FALSE,TRUE", "b@company.example,Care,FALSE"), "warning roster.ragged-row"},
		{"a long row", plain, replace("b@company.example,Care", "b@company.example,Care,South"), "warning roster.ragged-row"},
		{"a doubled column", plain, replace("Department", "Webex Calling - Professional [Sub1]"), "error roster.duplicate-column"},
		{"both sides of a merge", plain, export + strings.Repeat("<", 7) + " HEAD\n", "error roster.merge-conflict"},
		{"an address in dress", plain, replace("a@company.example", "<a@company.example>"), "warning schema.bad-value"},
		{"no address", plain, replace("a@company.example", "a@company"), "warning schema.bad-value"},
		{"a workbook", plain, "\xd0\xcf\x11\xe0", "error load.encoding"},
		{"a page to sign in", plain, "<!DOCTYPE html><html>", "error load.encoding"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, said := shaped(t, c.project, c.roster, before)
			if said != c.want {
				t.Fatalf("got  %s\nwant %s", said, c.want)
			}
			if said == "" || strings.HasPrefix(said, "info") {
				if got, want := people(cfg), people(was); got != want && c.name != "small letters" {
					t.Errorf("got\n%swant\n%s", got, want)
				}
			}
		})
	}
}
