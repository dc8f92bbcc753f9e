package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"callpolicy/compiler/diag"
	"callpolicy/schema"
)

// licensesOf gives each license class the licenses, and what else such a user needs.
var licensesOf = []struct{ class, entry string }{
	{"none", "licenses: []"},
	{"webexCalling", "licenses: [webexCalling]"},
	{"unifiedCM", "licenses: [unifiedCM]"},
	{"migrating", "licenses: [webexCalling, unifiedCM], migration: {}"},
}

// TestCombinations lists every combination of edition, level, license class and
// option, with what the rules say of it. Options are drawn from the schema, so
// that none is forgotten. UPDATE=1 writes the table anew; read it before you
// commit it.
func TestCombinations(t *testing.T) {
	var b strings.Builder
	b.WriteString("What one setting may be, for one user, by edition, level and license class.\n" +
		"\"allowed, but\" is a warning. What is found without the setting is left out.\n")
	for _, edition := range schema.EditionNames() {
		s, err := schema.Load(edition)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n== %s ==\n", s.Edition.Title)
		for _, option := range options(s) {
			fmt.Fprintf(&b, "\n%s\n", option)
			for _, level := range []string{"org", "template", "user", "location"} {
				fmt.Fprintf(&b, "  %-9s %s\n", level, verdicts(t, s, level, option))
			}
		}
	}
	golden(t, "combinations.txt", b.String())
}

// verdicts says what the rules make of an option at a level, grouping license classes.
func verdicts(t *testing.T, s *schema.Schema, level, option string) string {
	t.Helper()
	var order []string
	classes := map[string][]string{}
	for _, l := range licensesOf {
		v := verdict(t, s, level, option, l.entry)
		if classes[v] == nil {
			order = append(order, v)
		}
		classes[v] = append(classes[v], l.class)
	}
	if len(order) == 1 {
		return order[0]
	}
	var out []string
	for _, v := range order {
		out = append(out, strings.Join(classes[v], ", ")+": "+v)
	}
	return strings.Join(out, "\n            ")
}

func verdict(t *testing.T, s *schema.Schema, level, option, user string) string {
	t.Helper()
	base := found(t, s, level, "", user)
	var errors, others []string
	for _, d := range found(t, s, level, option, user) {
		same := func(b *diag.Diagnostic) bool { return b.ID == d.ID && b.Path == d.Path }
		switch {
		case slices.ContainsFunc(base, same):
		case d.Severity == diag.Error:
			errors = append(errors, d.ID.String())
		default:
			others = append(others, d.ID.String())
		}
	}
	switch {
	case errors != nil:
		return strings.Join(slices.Compact(errors), ", ")
	case others != nil:
		return "allowed, but " + strings.Join(slices.Compact(others), ", ")
	}
	return "allowed"
}

// found checks a repository with one user, and with one option at a level.
func found(t *testing.T, s *schema.Schema, level, option, user string) diag.List {
	t.Helper()
	policy := "ucManagerProfiles: { amsterdam: {} }\n"
	at := map[string]string{}
	at[level] = option
	if level == "location" && option != "" {
		policy += "locations: { Utrecht: { " + option + " } }\n"
	}
	policy += "org: { " + at["org"] + " }\n"
	groups := ""
	if level == "template" {
		// The template is complete, so that only the option can be at fault.
		toggles := slices.Clone(s.Edition.Toggles)
		rest := option
		if name, ok := strings.CutPrefix(option, "inCall: { "); ok {
			name, _, _ = strings.Cut(name, ":")
			toggles = slices.DeleteFunc(toggles, func(t string) bool { return t == name })
			rest = ""
		}
		var all []string
		for _, name := range toggles {
			all = append(all, name+": true")
		}
		if rest == "" && option != "" {
			all = append(all, strings.TrimSuffix(strings.TrimPrefix(option, "inCall: { "), " }"))
		}
		policy += "templates: { ward: { rank: 10, inCall: { " + strings.Join(all, ", ") + " }, " + rest + " } }\ngroups: { wards: { template: ward } }\n"
		groups = ", groups: [wards]"
	}
	policy += "users: { u0142@voorbeeld.example: { " + user + groups + ", " + at["user"] + " } }\n"
	list, _ := check(t, s.Edition.Name, "", map[string]string{"policies/policy.yaml": strings.ReplaceAll(policy, ",  }", " }")})
	for _, d := range list {
		if strings.HasPrefix(d.ID.String(), "load.") || strings.HasPrefix(d.ID.String(), "schema.") {
			t.Fatalf("%v\n%s", d, policy)
		}
	}
	return list
}

// options draws from the schema everything that a level can say, one at a time.
func options(s *schema.Schema) []string {
	org := s.Policy.Field("org").Type
	var out []string
	for _, service := range org.Field("callingBehavior").Type.Fields {
		forms := service.Type.Alts
		if forms == nil {
			forms = []*schema.Type{service.Type}
		}
		for _, form := range forms {
			for _, choice := range choices(form.Fields) {
				out = append(out, fmt.Sprintf("callingBehavior: { %s: { %s } }", service.Name, strings.Join(choice, ", ")))
			}
		}
	}
	for _, toggle := range org.Field("inCall").Type.Fields {
		for _, on := range []string{"true", "false"} {
			out = append(out, fmt.Sprintf("inCall: { %s: %s }", toggle.Name, on))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// choices returns every way to fill in fields.
func choices(fields []schema.Field) [][]string {
	if len(fields) == 0 {
		return [][]string{nil}
	}
	f := fields[0]
	words := f.Type.Words
	if f.Type.Kind == schema.String {
		words = []string{"amsterdam"}
	}
	var out [][]string
	for _, rest := range choices(fields[1:]) {
		if !f.Required && len(rest) > 0 {
			out = append(out, rest)
		}
		for _, w := range words {
			out = append(out, append([]string{f.Name + ": " + w}, rest...))
		}
	}
	return out
}

// golden compares text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; UPDATE=1 writes it anew, and git diff shows how\n%s", file, firstDifference(string(want), got))
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d\nwant %s\ngot  %s", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("want %d lines, got %d", len(w), len(g))
}
