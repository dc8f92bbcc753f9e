package view

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/words"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/migration"
)

// JSON writes a result for programs: indented, and without escapes that only
// web pages need.
func JSON(w io.Writer, v any) error { return harmless.JSON(w, v) }

// Migration shows the waves of a migration to people.
func Migration(w io.Writer, r *migration.Report, s layout.Style) error {
	t := migrationText{bufio.NewWriter(w), s}
	if len(r.Waves) == 0 {
		t.paragraph("", "Nobody migrates: no group and no user has a migration block.")
		return t.Flush()
	}
	head := s.Bold(layout.Plural(r.Users, "user", "users") + " move to Webex Calling")
	if r.Users == 1 {
		head = s.Bold("1 user moves to Webex Calling")
	}
	fmt.Fprintln(t, head+s.Dim("   on "+r.At))
	t.states(r.States)
	for i := range r.Waves {
		t.wave(&r.Waves[i])
	}
	return t.Flush()
}

type migrationText struct {
	*bufio.Writer
	style layout.Style
}

func (t migrationText) paragraph(indent, text string) {
	for _, line := range layout.Wrap(text, t.style.Prose()-len(indent)) {
		fmt.Fprintln(t, indent+line)
	}
}

// states counts in the order in which people go through them.
func (t migrationText) states(c migration.Counts) {
	var parts []string
	for _, p := range []struct {
		n     int
		words string
		paint func(string) string
	}{
		{c.NotStarted, "not started", t.style.Dim},
		{c.Migrating, "migrating", t.style.Yellow},
		{c.Ready, "ready", t.style.Green},
		{c.Overdue, "overdue", t.style.Red},
		{c.Complete, "complete", t.style.Green},
		{c.Unlicensed, "without a calling license", t.style.Red},
	} {
		if p.n > 0 {
			parts = append(parts, p.paint(layout.Count(p.n)+" "+p.words))
		}
	}
	if len(parts) > 0 {
		fmt.Fprintln(t, "  "+strings.Join(parts, " · "))
	}
}

func (t migrationText) wave(w *migration.Wave) {
	title := "by themselves"
	if w.Group != "" {
		title = harmless.Line(w.Group)
	}
	line := t.style.Bold(title) + "   " + layout.Plural(w.Users, "user", "users")
	if w.CompleteBy != "" {
		line += ", complete by " + w.CompleteBy
	}
	if !w.At.IsZero() {
		line += "   " + t.style.Dim(harmless.Place(w.At.File, w.At.Start.Line))
	}
	fmt.Fprintln(t)
	fmt.Fprintln(t, line)
	t.states(w.States)
	t.people(w.People)
	if w.Elsewhere > 0 {
		t.paragraph("  ", t.style.Dim(layout.Plural(w.Elsewhere, "member goes", "members go")+" by a migration of their own, or by another group's"))
	}
	if len(w.Left()) == 0 {
		return
	}
	if len(w.Blocks)+len(w.Breaks) > 0 {
		fmt.Fprintln(t, "  to be settled")
		for _, b := range w.Blocks {
			t.item(b.Users, blockText(b), b.Examples)
		}
		for _, b := range w.Breaks {
			t.broken(b)
		}
	}
	fmt.Fprintln(t, "  when the Unified CM license goes")
	if len(w.Completion) == 0 {
		t.paragraph("    ", "nothing else changes for them")
	}
	for _, c := range w.Completion {
		t.item(c.Users, words.Setting(c.Setting)+": "+words.Value(c.Before)+" → "+t.style.Bold(words.Value(c.After)), c.Examples)
	}
}

// shownPeople bounds how many single users are listed; programs get all.
const shownPeople = 20

func (t migrationText) people(people []migration.Person) {
	var rows [][]string
	for i, p := range people {
		if i == shownPeople {
			rows = append(rows, []string{"  and " + layout.Count(len(people)-i) + " more"})
			break
		}
		by := ""
		if p.CompleteBy != "" {
			by = "complete by " + p.CompleteBy
		}
		rows = append(rows, []string{"  " + harmless.Line(p.User), words.Setting(string(p.State)), by})
	}
	for _, line := range layout.Columns(rows, "lll") {
		fmt.Fprintln(t, "  "+line)
	}
}

func blockText(b migration.Block) string {
	switch b.Kind {
	case migration.NoLicense:
		return "no Webex Calling license yet"
	case migration.NoChoice:
		return "no level chooses how their calls open then, so the default applies: the Webex App"
	case migration.JabberLost:
		return "their calls open in Cisco Jabber, which is lost: it is no choice for Webex Calling, and neither is what only Jabber reads"
	case migration.OwnProfile:
		return "the UC Manager profile " + harmless.Line(b.Name) + " is chosen for each of them, and no longer matters"
	}
	return string(b.Kind)
}

// item shows how many users something concerns, and a few of them.
func (t migrationText) item(users int, text string, named []string) {
	t.hanging("    ", layout.Plural(users, "user", "users")+"  ", text)
	names := make([]string, len(named))
	for i, n := range named {
		names[i] = harmless.Line(n)
	}
	more := ""
	if users > len(named) {
		more = ", …"
	}
	t.hanging("      ", "", t.style.Dim(strings.Join(names, ", ")+more))
}

func (t migrationText) broken(b migration.Broken) {
	places := ""
	if b.Places > 1 {
		places = ", and " + layout.Plural(b.Places-1, "place", "places") + " more"
	}
	t.hanging("    ", t.style.Severity(b.Level, b.Level.String()+"  "), b.Summary+places+"  ["+b.ID+"]")
	if b.At != (diag.Range{}) {
		fmt.Fprintln(t, "      "+t.style.Dim(harmless.Line(b.At.String())))
	}
}

// hanging writes a paragraph whose first line begins with a mark, and the others
// below what follows it.
func (t migrationText) hanging(indent, mark, text string) {
	width := layout.Width(indent) + layout.Width(mark)
	for i, line := range layout.Wrap(text, t.style.Prose()-width) {
		if i == 0 {
			fmt.Fprintln(t, indent+mark+line)
		} else {
			fmt.Fprintln(t, strings.Repeat(" ", width)+line)
		}
	}
}
