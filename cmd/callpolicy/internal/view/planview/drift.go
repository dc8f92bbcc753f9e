package planview

import (
	"fmt"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/plan"
)

// driftText says how many files of a target are not what was applied, and what
// becomes of them; empty where there are none.
func driftText(p *plan.Plan) string {
	d := p.Drift
	if !d.Any() {
		return ""
	}
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, layout.Count(n)+" "+what)
		}
	}
	add(d.Changed, "changed")
	add(d.Missing, "missing")
	add(d.Extra, "not written by callpolicy")
	files := layout.Plural(d.Mended()+d.Extra, "file is", "files are")
	text := fmt.Sprintf("In %s %s not as applied: %s.", p.Base.Name, files, strings.Join(parts, ", "))
	if d.Mended() > 0 {
		text += " apply mends what was changed or removed by hand"
	}
	switch {
	case d.Extra > 0 && d.Mended() > 0:
		text += ", and refuses while there are others' files."
	case d.Extra > 0:
		text += " apply refuses while there are others' files."
	default:
		text += "."
	}
	return text
}

// drift says what somebody did to the files of the target by hand.
func (t planText) drift() {
	text := driftText(t.plan)
	if text == "" {
		return
	}
	t.hanging("", t.style.Yellow("drift "), harmless.Line(text))
	for _, f := range t.plan.Drift.Files {
		fmt.Fprintf(t, "      %-8s %s\n", harmless.Line(string(f.How)), harmless.Line(f.Path))
	}
	shown := len(t.plan.Drift.Files)
	if more := t.plan.Drift.Mended() + t.plan.Drift.Extra - shown; more > 0 {
		fmt.Fprintf(t, "      and %s more\n", layout.Count(more))
	}
}
