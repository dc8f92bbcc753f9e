package planview

import (
	"fmt"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/plan"
)

// shownWaivers bounds how many waivers a plan lists.
const shownWaivers = 20

// waiversShare is what they may take of a plan in Markdown.
const waiversShare = 3_000

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
func (m *planMarkdown) waivers(b *strings.Builder) {
	if len(m.plan.Waivers) == 0 {
		return
	}
	b.WriteString("**Waivers**\n\n")
	room := waiversShare
	for i, w := range m.plan.Waivers {
		who := "group " + m.code(shorten(w.Group, 100))
		if w.User != "" {
			who = m.code(shorten(w.User, 100))
		}
		row := fmt.Sprintf("- %s %s for %s, until %s; owner: %s. %s (%s)\n", m.code(shorten(w.Rule, 100)), waiverWords[w.Action], who,
			m.text(shorten(w.Expires, 20)), m.text(shorten(w.Owner, 100)), m.text(shorten(w.Reason, 200)), m.code(shorten(place(&w.At), 200)))
		if room -= len(row); room < 0 || i == shownWaivers {
			fmt.Fprintf(b, "- %s more; %s\n", layout.Count(len(m.plan.Waivers)-i), whole)
			break
		}
		b.WriteString(row)
	}
	b.WriteString("\n")
}
