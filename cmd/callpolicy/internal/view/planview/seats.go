package planview

import (
	"fmt"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/plan"
)

// seatsText says how the seats of a license change, in one line.
func seatsText(s plan.SeatChange) string {
	text := fmt.Sprintf("%s → %s", layout.Count(s.Before), layout.Count(s.After))
	if s.Purchased == nil {
		return text + " seats taken"
	}
	text += " of " + layout.Plural(*s.Purchased, "seat", "seats")
	if s.Over > 0 {
		text += ": " + layout.Count(s.Over) + " too many"
	}
	return text
}

// seats shows the licenses of which there are more or fewer seats left, and
// where there are too few, who was added and where.
func (t planText) seats(detail Detail) {
	if len(t.plan.Seats) == 0 {
		return
	}
	fmt.Fprintln(t)
	fmt.Fprintln(t, t.style.Bold("Seats"))
	rows := make([][]string, len(t.plan.Seats))
	for i, s := range t.plan.Seats {
		text := seatsText(s)
		if s.Over > 0 {
			text = t.style.Yellow(text)
		}
		rows[i] = []string{"  " + harmless.Line(s.License), text, t.style.Dim(place(s.At))}
	}
	for i, line := range layout.Columns(rows, "lll") {
		fmt.Fprintln(t, line)
		s := t.plan.Seats[i]
		if s.Over == 0 && detail != Full || detail == Summary {
			continue
		}
		var added [][]string
		for _, h := range s.Added {
			added = append(added, []string{"    " + t.style.Green("+ ") + harmless.Line(h.User), t.style.Dim(place(h.At))})
		}
		for _, line := range layout.Columns(added, "ll") {
			fmt.Fprintln(t, line)
		}
		if s.MoreAdded > 0 {
			fmt.Fprintf(t, "    %s more\n", t.style.Green("+ ")+layout.Count(s.MoreAdded))
		}
	}
}

func place(at *plan.At) string {
	if at == nil {
		return ""
	}
	return harmless.Place(at.File, at.Line)
}

// seats counts; it names nobody.
func (m *planMarkdown) seats(p *page) {
	if len(m.plan.Seats) == 0 || !p.add("**Seats**\n\n") {
		return
	}
	const most = 20
	left := max(0, len(m.plan.Seats)-most)
	left += p.list(len(m.plan.Seats)-left, func(i int) string {
		return fmt.Sprintf("- %s: %s\n", m.upTo(seatShare, m.plan.Seats[i].License), seatsText(m.plan.Seats[i]))
	}, seatsShare)
	if left > 0 {
		p.add(fmt.Sprintf("- %s more\n", layout.Plural(left, "license", "licenses")))
	}
	p.add("\n")
}

// seatShare is what the name of a license may take.
const seatShare = 300
