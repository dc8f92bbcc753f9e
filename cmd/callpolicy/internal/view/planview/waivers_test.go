package planview

import (
	"bytes"
	"strings"
	"testing"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/plan"
)

// TestPlanWaivers: whoever reviews a change sees which exceptions come with it,
// and who answers for them.
func TestPlanWaivers(t *testing.T) {
	p := clinicPlan(t, "rank: 30", "rank: 35")
	p.Waivers = []plan.WaiverChange{
		{Action: plan.Add, Rule: "finance.no-third-party", User: "u001@clinic.example", Reason: "A trial.", Owner: "voice@clinic.example", Expires: "2027-01-31", At: plan.At{Side: "head", File: "policies/clinic.yaml", Line: 9}},
		{Action: plan.Remove, Rule: "lint.tel-loop", Group: "desks", Reason: "It | is over.", Owner: "the voice team", Expires: "2026-12-31", At: plan.At{Side: "base", File: "policies/clinic.yaml", Line: 12}},
	}
	const text = `
Waivers
  finance.no-third-party added for u001@clinic.example, until 2027-01-31; owner:
  voice@clinic.example. A trial. policies/clinic.yaml:9
  lint.tel-loop removed for group desks, until 2026-12-31; owner: the voice
  team. It | is over. policies/clinic.yaml:12
`
	if got := planText80(t, p, Causes, layout.Plain()); !strings.Contains(got, text) {
		t.Errorf("got\n%s\nwant\n%s", got, text)
	}
	markdown := func(opts MarkdownOptions) string {
		var b bytes.Buffer
		if err := writeMarkdown(&b, p, Options{Markdown: opts}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	const want = "**Waivers**\n\n" +
		"- `finance.no-third-party` added for `u001@clinic.example`, until 2027-01-31; owner: voice@<!-- -->clinic.example. A trial. (`policies/clinic.yaml:9`)\n" +
		"- `lint.tel-loop` removed for group `desks`, until 2026-12-31; owner: the voice team. It &#124; is over. (`policies/clinic.yaml:12`)\n"
	if got := markdown(MarkdownOptions{}); !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := markdown(MarkdownOptions{Redact: true}); strings.Contains(got, "clinic.example") {
		t.Errorf("an address is shown\n%s", got)
	}
	p.Waivers = make([]plan.WaiverChange, 5000)
	for i := range p.Waivers {
		p.Waivers[i] = plan.WaiverChange{Action: plan.Add, Rule: strings.Repeat("|", 500), Group: strings.Repeat("|", 500), Reason: strings.Repeat("|", 5000), Owner: strings.Repeat("|", 500)}
	}
	if got := markdown(MarkdownOptions{Users: true}); len(got) > maxMarkdown || !strings.Contains(got, "- 4,999 more; ") {
		t.Errorf("%d bytes", len(got))
	}
}
