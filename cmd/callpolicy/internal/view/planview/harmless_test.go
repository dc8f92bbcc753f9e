package planview

import (
	"bytes"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/viewtest"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/plan"
)

// choices are the words that a plan has of its own.
func choices() []any {
	list := []any{plan.Add, plan.Modify, plan.Remove, diag.Range{File: "p.yaml", Start: diag.Pos{Line: 1, Column: 1}}}
	for _, k := range []plan.Kind{
		plan.EditionChange, plan.OrgSetting, plan.TemplateSetting, plan.TemplateRank, plan.TemplateAssignment, plan.Membership, plan.License,
		plan.Migration, plan.Profile, plan.UserSetting, plan.UserAdded, plan.UserRemoved, plan.UserRenamed, plan.Roster, plan.Tool, plan.Unknown,
	} {
		list = append(list, k)
	}
	return list
}

// markdownElements are what a plan in Markdown is made of.
func markdownElements() []string {
	return []string{"h2", "h3", "blockquote", "strong", "table", "thead", "tbody", "tr", "th", "td", "br", "details", "summary", "ul", "li"}
}

// TestPlansAreHarmless puts text into every field of a plan that means more than
// itself somewhere, writes the plan in every format, and has each read by a
// parser of that form.
func TestPlansAreHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := plan.NewProjects()
		viewtest.Fill(t, all, append(choices(), bundle.Choice{Service: "unifiedCM", App: "webex", Profile: viewtest.Nasty().Draw(t, "profile")})...)
		for i := range all.Projects {
			if all.Projects[i].Plan == nil {
				all.Projects[i].Plan = &plan.Plan{}
			}
			for _, c := range all.Projects[i].Plan.Causes {
				c.Users = rapid.IntRange(0, 3).Draw(t, "users")
			}
		}
		o := Options{
			Detail: rapid.SampledFrom([]Detail{Causes, Summary, Full}).Draw(t, "detail"), Style: layout.Plain(),
			Markdown: MarkdownOptions{Users: rapid.Bool().Draw(t, "users"), Redact: rapid.Bool().Draw(t, "redact")},
		}
		for _, format := range Formats() {
			holds(t, format, func(b *bytes.Buffer) error { return WriteAll(format, b, all, o) })
			for _, p := range all.Projects {
				holds(t, format, func(b *bytes.Buffer) error { return Write(format, b, p.Plan, o) })
			}
		}
	})
}

func holds(t *rapid.T, format string, write func(*bytes.Buffer) error) {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	var strange []string
	switch format {
	case "json":
		if !json.Valid(b.Bytes()) {
			strange = []string{"no JSON"}
		}
	case "markdown":
		if b.Len() > maxMarkdown {
			t.Errorf("%d bytes", b.Len())
		}
		_, strange = viewtest.Markdown(b.Bytes(), markdownElements()...)
	default:
		strange = viewtest.Terminal(b.String())
	}
	if len(strange) > 0 {
		t.Fatalf("%s: there is %q in\n%s", format, strange, b.String())
	}
}
