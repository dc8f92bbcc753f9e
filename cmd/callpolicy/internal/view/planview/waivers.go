package planview

import (
	"fmt"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/plan"
)

// shownWaivers bounds how many waivers a plan lists.
const shownWaivers = 20

// waiverWords say what becomes of a waiver.
var waiverWords = map[plan.Action]string{plan.Add: "added", plan.Modify: "changed", plan.Remove: "removed"}

// waivers shows the exceptions to rules that come with a change, and who answers
// for them.
func (t planText) waivers() {
	if len(t.plan.Waivers) == 0 {
		return
	}
	fmt.Fprintln(t)
	fmt.Fprintln(t, t.style.Bold("Waivers"))
	for i, w := range t.plan.Waivers {
		if i == shownWaivers {
			fmt.Fprintf(t, "  %s more\n", layout.Count(len(t.plan.Waivers)-i))
			break
		}
		who := harmless.Line(w.User)
		if w.Group != "" {
			who = "group " + harmless.Line(w.Group)
		}
		t.hanging("  ", "", fmt.Sprintf("%s %s for %s, until %s; owner: %s. %s  %s",
			harmless.Line(w.Rule), waiverWords[w.Action], who, harmless.Line(w.Expires), harmless.Line(w.Owner), harmless.Line(w.Reason), t.style.Dim(place(&w.At))))
	}
}

// waivers lists the exceptions to rules that come with a change, and who answers
// for them. Whoever they are for is named by the change itself.
func (m *planMarkdown) waivers(p *page) {
	if len(m.plan.Waivers) == 0 || !p.add("**Waivers**\n\n") {
		return
	}
	left := max(0, len(m.plan.Waivers)-shownWaivers)
	left += p.list(len(m.plan.Waivers)-left, func(i int) string { return m.waiver(&m.plan.Waivers[i]) }, waiversShare)
	if left > 0 {
		p.add(fmt.Sprintf("- %s more; %s\n", layout.Count(left), whole))
	}
	p.add("\n")
}

// waiverShare is what each text of a waiver may take.
const waiverShare = 300

func (m *planMarkdown) waiver(w *plan.WaiverChange) string {
	who := "group " + m.code(w.Group)
	if w.User != "" {
		who = m.code(w.User)
	}
	return fmt.Sprintf("- %s %s for %s, until %s; owner: %s. %s (%s)\n", m.code(w.Rule), waiverWords[w.Action], who,
		m.upTo(waiverShare, w.Expires), m.upTo(waiverShare, w.Owner), m.upTo(waiverShare, w.Reason), m.code(place(&w.At)))
}
