package planview

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/viewtest"
	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/plan"
)

const clinicShared = `
org:
  callingBehavior:
    unifiedCM: { app: webex, ucManagerProfile: east }
  inCall: { videoOnMobile: true, screenSharing: true }
  locks: { inCall.screenSharing: fixed }
ucManagerProfiles:
  east: { id: id-east }
  west: { id: id-west }
templates:
  desk: { rank: 10, inCall: { videoOnMobile: true } }
  ward: { rank: 20, inCall: { videoOnMobile: false, videoOnDesktop: true } }
  executives: { rank: 30, inCall: { videoOnMobile: true } }
groups:
  desks: { template: desk }
  wards: { template: ward }
  board: { template: executives, members: [u001@clinic.example] }
  teaching: {}
`

// clinic is a repository with sixty users; policies are changed by replacing
// text, in pairs.
func clinic(t testing.TB, replace ...string) *compiler.Compilation {
	t.Helper()
	var users strings.Builder
	users.WriteString("users:\n")
	for i := range 60 {
		groups, own := "[]", ""
		switch {
		case i >= 20 && i < 32:
			groups = "[desks]"
		case i >= 32 && i < 40:
			groups = "[wards]"
		}
		if i%20 == 7 {
			own = ", inCall: { videoOnMobile: false }"
		}
		license := []string{"webexCalling", "webexCalling", "unifiedCM"}[i%3]
		fmt.Fprintf(&users, "  u%03d@clinic.example: { licenses: [%s], groups: %s%s }\n", i, license, groups, own)
	}
	policies := clinicShared + users.String()
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(policies, replace[i]) {
			t.Fatalf("the clinic has no %q", replace[i])
		}
		policies = strings.Replace(policies, replace[i], replace[i+1], 1)
	}
	c, diags, err := compiler.Compile(context.Background(), fstest.MapFS{
		"callpolicy.yaml":      {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\nlimits: { changedUsers: 30% }\n")},
		"policies/clinic.yaml": {Data: []byte(strings.TrimPrefix(policies, "\n"))},
	}, ".")
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	return c
}

// clinicPlan changes the clinic in ways that plans have to tell apart.
func clinicPlan(t testing.TB, replace ...string) *plan.Plan {
	t.Helper()
	base, head := clinic(t), clinic(t, replace...)
	rev := "3f2c1abd0e7a5c1f8f0b7d9e6a4c2b1d0e9f8a7b"
	p, err := plan.Compare(context.Background(), base.Side(plan.State{Name: "main", Revision: &rev}), head.Side(plan.State{Name: "the work tree"}))
	if err != nil {
		t.Fatal(err)
	}
	p.Hold(plan.Bounds{Head: head.Config, Before: len(base.Config.Users), At: head.At})
	return p
}

// manyEdits are about a dozen edits of different kinds.
func manyEdits() []string {
	edits := []string{
		"videoOnMobile: true, screenSharing: true }\n", "videoOnMobile: false, screenSharing: true }\n",
		"    unifiedCM: { app: webex, ucManagerProfile: east }", "    unifiedCM: { app: jabber }",
		"videoOnMobile: false, videoOnDesktop: true", "videoOnMobile: false, videoOnDesktop: false",
		"rank: 30", "rank: 5",
		"screenSharing: fixed", "screenSharing: offOnly",
		"teaching: {}", "teaching: { template: executives }\n  hall: {}",
		"u027@clinic.example: { licenses: [webexCalling], groups: [desks], inCall: { videoOnMobile: false } }", "u027@clinic.example: { licenses: [webexCalling], groups: [desks] }",
		"  u059@clinic.example: { licenses: [unifiedCM], groups: [] }\n", "",
		"u058@clinic.example: {", "moved@clinic.example: { previously: [u058@clinic.example],",
		"u002@clinic.example: { licenses: [unifiedCM]", "u002@clinic.example: { licenses: [unifiedCM, webexCalling], migration: { completeBy: 2027-03-01 }",
		"  u000@", "  new@clinic.example: { licenses: [webexCalling] }\n  u000@",
	}
	for i := 40; i < 46; i++ {
		license := []string{"webexCalling", "webexCalling", "unifiedCM"}[i%3]
		edits = append(edits, fmt.Sprintf("u%03d@clinic.example: { licenses: [%s], groups: []", i, license),
			fmt.Sprintf("u%03d@clinic.example: { licenses: [%s], groups: [desks]", i, license))
	}
	return edits
}

func planText80(t *testing.T, p *plan.Plan, d Detail, s layout.Style) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, p, d, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPlanGoldens(t *testing.T) {
	p := clinicPlan(t, manyEdits()...)
	p.Notes = []string{"A note that a reader of this plan must know, since the causes could not all be told apart."}
	for name, d := range map[string]Detail{"plan.txt": Causes, "plan.summary.txt": Summary, "plan.full.txt": Full} {
		text := planText80(t, p, d, layout.Plain())
		viewtest.Golden(t, name, []byte(text))
		for line := range strings.Lines(text) {
			if layout.Width(strings.TrimSuffix(line, "\n")) > 80 && d != Summary {
				t.Errorf("%s: wider than 80 columns: %s", name, line)
			}
		}
	}
	viewtest.Golden(t, "plan.color.txt", []byte(planText80(t, p, Causes, layout.Style{Width: 100, Color: true})))
	viewtest.Golden(t, "plan.md", []byte(planMarkdownOf(t, p, MarkdownOptions{})))
	viewtest.Golden(t, "plan.users.md", []byte(planMarkdownOf(t, p, MarkdownOptions{Users: true, Redact: true})))
}

// TestPlanOfNothing shows a refactoring as what it is.
func TestPlanOfNothing(t *testing.T) {
	p := clinicPlan(t)
	if got, want := planText80(t, p, Causes, layout.Plain()), "60 users · nobody changes                         main (3f2c1ab) … the work tree\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := planMarkdownOf(t, p, MarkdownOptions{}); !strings.Contains(got, "### No user changes\n") || strings.Contains(got, "|") {
		t.Errorf("got %s", got)
	}
}

// TestPlanAgainstNothing adds everybody. Where it is known only that the target
// held others, the plan says so.
func TestPlanAgainstNothing(t *testing.T) {
	head := clinic(t).Side(plan.State{Name: "the work tree"})
	for _, c := range []struct{ name, want string }{
		{"", "60 users · 0 change · 60 added · 0 removed · 0 keep what they have\nbuild … the work tree\n\n" +
			"policies/clinic.yaml:19 and 59 more lines   60 users   user added\n  60 users   added\n" +
			"    u000@clinic.example, u001@clinic.example, u002@clinic.example, 57 more\n"},
		{"gone@clinic.example", "61 users · 0 change · 60 added · 1 removed · 0 keep what they have\nbuild … the work tree\n\n" +
			"not in the files   the cause is not known\n  60 users   added\n   1 user    removed\n"},
	} {
		base := plan.Nothing(plan.State{Name: "build"})
		if c.name != "" {
			base.Users = []bundle.Entry{{User: c.name}}
		}
		p, err := plan.Compare(context.Background(), base, head)
		if err != nil {
			t.Fatal(err)
		}
		if got := planText80(t, p, Causes, layout.Plain()); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

func planMarkdownOf(t *testing.T, p *plan.Plan, opts MarkdownOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := writeMarkdown(&b, p, Options{Markdown: opts}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestMarkdownNamesOnlyTheNamed proves that a comment names nobody whom the
// change does not name itself, and nobody at all when it is redacted.
func TestMarkdownNamesOnlyTheNamed(t *testing.T) {
	p := clinicPlan(t, manyEdits()...)
	p.Notes = []string{"The first fault: policies/users/Stranger@clinic.example.yaml holds stranger@clinic.example."}
	address := regexp.MustCompile(`\w+@\S*clinic\.example`)
	named := map[string]bool{"u058@clinic.example": true}
	for _, c := range p.Causes {
		named[c.User] = true
	}
	for _, a := range address.FindAllString(strings.Replace(planMarkdownOf(t, p, MarkdownOptions{}), "&#64;", "@", -1), -1) {
		if !named[a] && !strings.HasPrefix(strings.ToLower(a), "stranger@") {
			t.Errorf("%s is named", a)
		}
	}
	all := planMarkdownOf(t, p, MarkdownOptions{Users: true})
	for _, u := range p.Users {
		if !strings.Contains(all, "- `"+u.User+"`") {
			t.Errorf("%s is not named, though everybody was asked for", u.User)
		}
	}
	for _, users := range []bool{false, true} {
		if got := planMarkdownOf(t, p, MarkdownOptions{Users: users, Redact: true}); strings.Contains(got, "@") || strings.Contains(got, "clinic.example") {
			t.Errorf("an address is left:\n%s", got)
		}
	}
	one, two := planMarkdownOf(t, p, MarkdownOptions{Redact: true}), planMarkdownOf(t, clinicPlan(t, "  u059@clinic.example: { licenses: [unifiedCM], groups: [] }\n", ""), MarkdownOptions{Redact: true})
	if name := pseudonym("u059@clinic.example", 4); !strings.Contains(one, name) || !strings.Contains(two, name) {
		t.Errorf("%s is not in both plans", name)
	}
}

// TestMarkdownIsNeverTooLong shows plans of any size in one comment.
func TestMarkdownIsNeverTooLong(t *testing.T) {
	p := &plan.Plan{Base: plan.State{Name: "main"}, Head: plan.State{Name: "the work tree"}}
	long := strings.Repeat("<long|name>", 20)
	for i := range 600 {
		user := fmt.Sprintf("%s%d@clinic.example", long, i)
		change := plan.Change{Setting: "inCall.videoOnMobile", Before: true, After: false, Users: 2, Classes: []plan.Count{{Name: long, Users: 2}}, Groups: []plan.Count{{Name: long, Users: 2}}}
		p.Causes = append(p.Causes,
			&plan.Cause{Kind: plan.OrgSetting, Path: fmt.Sprintf("org.%s%d", long, i), Before: long, After: long, Users: 2, Changes: []plan.Change{change}},
			&plan.Cause{Kind: plan.License, Path: fmt.Sprintf("users.%q.licenses", user), User: user, Before: fmt.Sprint(i), After: long, Note: long})
		p.Users = append(p.Users, &plan.UserChange{User: user, Action: plan.Modify, Changes: []plan.SettingChange{{Setting: "inCall.videoOnMobile", Before: true, After: false}}})
		p.Notes = append(p.Notes, long)
	}
	p.Summary = plan.Summary{Users: 600, Changed: 600}
	for _, opts := range []MarkdownOptions{{}, {Users: true}, {Users: true, Redact: true}} {
		got := planMarkdownOf(t, p, opts)
		if len(got) > maxMarkdown {
			t.Errorf("%+v: %d bytes", opts, len(got))
		}
		if strings.Count(got, "<details>") != strings.Count(got, "</details>") {
			t.Errorf("%+v: something stays open", opts)
		}
		for _, part := range []string{"more edits that change users had no room here", "more edits**", "more notes", whole} {
			if !strings.Contains(got, part) {
				t.Errorf("%+v: it does not say %q", opts, part)
			}
		}
		if listed := strings.Count(got, "\n| 2 |"); !strings.Contains(got, fmt.Sprintf("**%s more edits that change", layout.Count(600-listed))) {
			t.Errorf("%+v: %d rows, and another number left out", opts, listed)
		}
	}
}

// TestMarkdownHoldsTheWorstNames has every part of a plan full of names of which
// each character is long in Markdown.
func TestMarkdownHoldsTheWorstNames(t *testing.T) {
	worst := strings.Repeat("@#&:", 150)
	p := &plan.Plan{Base: plan.State{Name: worst}, Head: plan.State{Name: worst}, Summary: plan.Summary{Users: 300, Changed: 300, Rewritten: 1}}
	for i := range 300 {
		p.Notes = append(p.Notes, worst)
		p.Limits = append(p.Limits, plan.Limit{Name: "changedUsers", Users: 3, Of: 3, Flag: worst, At: diag.Range{File: worst}})
		p.Seats = append(p.Seats, plan.SeatChange{License: worst, Before: 1, After: 2})
		p.Waivers = append(p.Waivers, plan.WaiverChange{Action: plan.Add, Rule: worst, User: worst, Reason: worst, Owner: worst, Expires: worst})
		change := plan.Change{Setting: worst, Before: worst, After: worst, Users: 2, Classes: []plan.Count{{Name: worst, Users: 2}}, Groups: []plan.Count{{Name: worst, Users: 2}}}
		p.Causes = append(p.Causes,
			&plan.Cause{Kind: plan.OrgSetting, Path: fmt.Sprintf("org.%q", worst), Before: worst, After: i, Users: 2, Changes: []plan.Change{change, change}, Shielded: []plan.Shield{{By: "template", Name: worst, Users: 2}}},
			&plan.Cause{Kind: plan.License, Path: fmt.Sprintf("users.%q.licenses", worst), User: worst, Before: i, After: worst, Note: worst})
		p.Users = append(p.Users, &plan.UserChange{User: worst, Was: worst, Action: plan.Modify, Changes: []plan.SettingChange{{Setting: worst, Before: worst, After: worst}}})
	}
	all := plan.NewProjects()
	for range 2 {
		all.Projects = append(all.Projects, plan.Project{Root: worst, Plan: p})
		all.Faulty, all.Untouched = append(all.Faulty, worst), append(all.Untouched, worst)
	}
	for _, opts := range []MarkdownOptions{{}, {Users: true}, {Users: true, Redact: true}} {
		var b bytes.Buffer
		if err := writeAllMarkdown(&b, all, Options{Markdown: opts}); err != nil {
			t.Fatal(err)
		}
		for _, got := range []string{planMarkdownOf(t, p, opts), b.String()} {
			if len(got) > maxMarkdown {
				t.Errorf("%+v: %d bytes", opts, len(got))
			}
			if strings.Count(got, "<details>") != strings.Count(got, "</details>") {
				t.Errorf("%+v: something stays open", opts)
			}
			if !strings.Contains(got, whole) {
				t.Errorf("%+v: it does not say where the rest is", opts)
			}
		}
	}
}

// TestMarkdownIsInert shows names that would be markup, mentions or links.
func TestMarkdownIsInert(t *testing.T) {
	p := &plan.Plan{
		Base: plan.State{Name: "main"}, Head: plan.State{Name: "@everyone"},
		Notes: []string{"see https://evil.example #77 www.evil.example <script> **bold** [x](y)"},
		Causes: []*plan.Cause{
			{Kind: plan.TemplateAssignment, Path: `groups."a|b` + "`" + `<img>".template`, Before: "@admins", After: "![](http://x.example)", Note: "@admins wins"},
		},
	}
	got := planMarkdownOf(t, p, MarkdownOptions{})
	for _, bad := range []string{"<script>", "<img>", "**bold**", "[x](y)", "https://", "www.evil", "#77", "@everyone", "@admins", "![]"} {
		if strings.Contains(got, bad) {
			t.Errorf("%s is not escaped:\n%s", bad, got)
		}
	}
}

// TestMarkdownIsStable changes one edit, and one row changes.
func TestMarkdownIsStable(t *testing.T) {
	edits := manyEdits()
	one := strings.Split(planMarkdownOf(t, clinicPlan(t, edits...), MarkdownOptions{}), "\n")
	two := strings.Split(planMarkdownOf(t, clinicPlan(t, append(edits, "u050@clinic.example: { licenses: [unifiedCM]", "u050@clinic.example: { licenses: [unifiedCM], inCall: { requestRemoteControl: true }")...), MarkdownOptions{}), "\n")
	differ := 0
	for _, line := range two {
		found := false
		for _, other := range one {
			found = found || line == other
		}
		if !found {
			differ++
		}
	}
	if differ != 2 || len(two) != len(one)+1 { // the edit, which has no effect, and the number of such edits
		t.Errorf("%d lines differ\n%s\n%s", differ, strings.Join(one, "\n"), strings.Join(two, "\n"))
	}
}

func TestPathNames(t *testing.T) {
	for _, c := range []struct{ path, second, last string }{
		{"templates.front-desk.rank", "front-desk", "rank"},
		{`templates."a.b\"c".rank`, `a.b"c`, "rank"},
		{`users."u@x.example".inCall.screenSharing`, "u@x.example", "screenSharing"},
		{`users."u@x.example".groups."g.1"`, "u@x.example", "g.1"},
		{"edition", "", "edition"},
		{"", "", ""},
	} {
		if s, l := secondOf(c.path), lastOf(c.path); s != c.second || l != c.last {
			t.Errorf("%s: %q and %q", c.path, s, l)
		}
	}
}

// TestTitles covers the edits that the goldens do not hold.
func TestTitles(t *testing.T) {
	for _, c := range []struct {
		cause plan.Cause
		want  string
	}{
		{plan.Cause{Kind: plan.Roster, Path: "users", After: true}, "the directory: people come"},
		{plan.Cause{Kind: plan.Roster, Path: "users", Before: true}, "the directory: people go"},
		{plan.Cause{Kind: plan.Roster, Path: "groups.sales", After: "sales"}, "the directory: people join group sales"},
		{plan.Cause{Kind: plan.Roster, Path: "groups.sales", Before: "sales"}, "the directory: people leave group sales"},
		{plan.Cause{Kind: plan.Roster, Path: "attributes.site", Before: "Leiden", After: "Gouda"}, "the directory: attribute site Leiden → Gouda"},
		{plan.Cause{Kind: plan.Roster, Path: "licenses", Before: []string{"a", "b"}}, "the directory: licenses a, b → not set"},
		{plan.Cause{Kind: plan.Membership, Path: "groups.night.where", Before: "shift: night", After: "shift: late"}, "conditions of group night shift: night → shift: late"},
		{plan.Cause{Kind: plan.Membership, Path: `users."u@x.example".attributes.shift`, User: "u@x.example", After: "late"}, "attribute shift not set → late"},
		{plan.Cause{Kind: plan.Membership, Path: `users."u@x.example".groups.g`, User: "u@x.example", Before: "g"}, "left group g"},
		{plan.Cause{Kind: plan.Profile, Path: "ucManagerProfiles.west", Before: true}, "UC Manager profile west removed"},
		{plan.Cause{Kind: plan.TemplateSetting, Path: "templates.hall", After: true}, "template hall added"},
		{plan.Cause{Kind: plan.License, Path: "licenses.pro.purchased", Before: 100, After: 200}, "licenses.pro.purchased 100 → 200"},
		{plan.Cause{Kind: plan.Migration, Path: "groups.wave.migration", After: plan.MigrationBlock{WebexCallingReady: true}}, "groups.wave.migration not set → ready"},
		{plan.Cause{Kind: plan.Migration, Path: "groups.wave.migration", After: plan.MigrationBlock{}}, "groups.wave.migration not set → under way"},
		{plan.Cause{Kind: plan.EditionChange, Path: "edition", Before: "classic", After: "current"}, "edition classic → current"},
		{plan.Cause{Kind: plan.UserSetting, Path: `users."u@x.example".callingBehavior.unifiedCM`, User: "u@x.example", After: bundle.Choice{Profile: "west"}}, "calling behavior for unifiedCM: override set profile west"},
		{plan.Cause{Kind: plan.UserSetting, Path: `users."u@x.example".inCall.screenSharing`, User: "u@x.example", Before: true, After: false}, "screen sharing: override true → false"},
		{plan.Cause{Kind: plan.Tool, Path: "tool", Before: "1.0", After: "1.1"}, "tool 1.0 → 1.1"},
	} {
		what, how := title(&c.cause)
		if got := strings.TrimSpace(what + " " + how); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
