package view

import (
	"fmt"
	"strings"

	"callpolicy/compiler/plan"
)

// seatsText says how the seats of a license change, in one line.
func seatsText(s plan.SeatChange) string {
	text := fmt.Sprintf("%s → %s", Count(s.Before), Count(s.After))
	if s.Purchased == nil {
		return text + " seats taken"
	}
	text += " of " + Plural(*s.Purchased, "seat", "seats")
	if s.Over > 0 {
		text += ": " + Count(s.Over) + " too many"
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
		rows[i] = []string{"  " + clean(s.License), text, t.style.Dim(place(s.At))}
	}
	for i, line := range Columns(rows, "lll") {
		fmt.Fprintln(t, line)
		s := t.plan.Seats[i]
		if s.Over == 0 && detail != DetailFull || detail == DetailSummary {
			continue
		}
		var added [][]string
		for _, h := range s.Added {
			added = append(added, []string{"    " + t.style.Green("+ ") + clean(h.User), t.style.Dim(place(h.At))})
		}
		for _, line := range Columns(added, "ll") {
			fmt.Fprintln(t, line)
		}
		if s.MoreAdded > 0 {
			fmt.Fprintf(t, "    %s more\n", t.style.Green("+ ")+Count(s.MoreAdded))
		}
	}
}

func place(at *plan.At) string {
	if at == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d", clean(at.File), at.Line)
}

// seats counts; it names nobody.
func (m *planMarkdown) seats(b *strings.Builder) {
	if len(m.plan.Seats) == 0 {
		return
	}
	b.WriteString("**Seats**\n\n")
	const most = 20
	for i, s := range m.plan.Seats {
		if i == most {
			fmt.Fprintf(b, "- %s more\n", Plural(len(m.plan.Seats)-most, "license", "licenses"))
			break
		}
		fmt.Fprintf(b, "- %s: %s\n", m.text(shorten(s.License, 100)), seatsText(s))
	}
	b.WriteString("\n")
}
