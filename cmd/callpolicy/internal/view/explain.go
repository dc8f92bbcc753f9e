package view

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/words"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/explain"
	"callpolicy/compiler/outstanding"
)

// Explain shows where one person's settings come from: every level's value,
// the strongest first, with a mark at the one that wins.
func Explain(w io.Writer, e *explain.Explanation, s layout.Style) error {
	out := bufio.NewWriter(w)
	t := explainText{out, s}
	t.person(e)
	for i := range e.Settings {
		t.setting(&e.Settings[i])
	}
	t.idle(e.Idle)
	return out.Flush()
}

// ExplainJSON writes an explanation, or the answer to a question, for programs.
func ExplainJSON[T *explain.Explanation | *explain.Answer](w io.Writer, doc T) error {
	return harmless.JSON(w, doc)
}

type explainText struct {
	*bufio.Writer
	style layout.Style
}

// row is a line of a table: cells, then a place, then lines that belong to it.
type row struct {
	cells []string
	at    *explain.Place
	notes []string
}

// margin is how far notes below a line are indented.
const margin = "        "

// table lays rows out in columns. Places are the last column where there is
// room for them in every row, and else lines of their own.
func (t explainText) table(rows []row) {
	beside := make([][]string, len(rows))
	alone := make([][]string, len(rows))
	for i, r := range rows {
		alone[i] = r.cells
		beside[i] = r.cells
		if r.at != nil {
			beside[i] = append(slices.Clip(r.cells), t.style.Dim(placeText(r.at)))
		}
	}
	lines, fits := layout.Columns(beside, ""), true
	for _, line := range lines {
		fits = fits && layout.Width(line) <= t.style.Width
	}
	if !fits {
		lines = layout.Columns(alone, "")
	}
	for i, r := range rows {
		fmt.Fprintln(t, lines[i])
		if !fits && r.at != nil {
			fmt.Fprintln(t, margin+t.style.Dim(placeText(r.at)))
		}
		for _, note := range r.notes {
			t.note(note)
		}
	}
}

func (t explainText) note(text string) {
	for _, line := range layout.Wrap(text, t.style.Prose()-len(margin)) {
		fmt.Fprintln(t, margin+line)
	}
}

// heading is something in bold, what is said of it, and how it came about: in
// the same line where there is room.
func (t explainText) heading(name, value, why string) {
	line := t.style.Bold(name)
	if value != "" {
		line += "   " + value
	}
	if why == "" {
		fmt.Fprintln(t, line)
		return
	}
	if layout.Width(line)+3+layout.Width(why) <= t.style.Width {
		fmt.Fprintln(t, line+"   "+t.style.Dim(why))
		return
	}
	fmt.Fprintln(t, line)
	for _, part := range layout.Wrap(why, t.style.Prose()-2) {
		fmt.Fprintln(t, "  "+t.style.Dim(part))
	}
}

func placeText(at *explain.Place) string {
	return harmless.Line(fmt.Sprintf("%s:%d:%d", at.File, at.Line, at.Column))
}

// person shows who it is, and what follows from licenses and groups.
func (t explainText) person(e *explain.Explanation) {
	if e.User == "" {
		t.heading("somebody in no file", "", "")
	} else {
		t.heading(harmless.Line(e.User), "", placeText(e.At))
	}
	fmt.Fprintln(t)
	t.heading("license class", e.LicenseClass, "")
	t.licenses(e)
	fmt.Fprintln(t)
	if len(e.Groups) == 0 {
		t.heading("groups", "none", "")
	} else {
		t.heading("groups", "", "")
		t.groups(e.Groups)
	}
	fmt.Fprintln(t)
	t.templates(e.Templates)
}

func (t explainText) licenses(e *explain.Explanation) {
	var rows []row
	for _, l := range e.Licenses {
		what := harmless.Line(l.ControlHubName)
		switch l.Service {
		case "none":
			what = strings.TrimSpace(what + " (an add-on)")
		case "":
			what = "not defined"
		default:
			if what == "" {
				what = "gives " + l.Service
			}
		}
		rows = append(rows, row{cells: []string{"    " + harmless.Line(l.Name), what}, at: l.At})
	}
	if m := e.Migration; m != nil {
		by := "the user's own"
		if m.Level == "group" {
			by = "of group " + harmless.Line(m.Group)
		}
		var said []string
		if m.CompleteBy != "" {
			said = append(said, "complete by "+harmless.Line(m.CompleteBy))
		}
		if m.WebexCallingReady {
			said = append(said, "Webex Calling is ready")
		}
		r := row{cells: []string{"    migration", by}, at: m.At}
		if len(said) > 0 {
			r.notes = []string{strings.Join(said, "; ")}
		}
		rows = append(rows, r)
	}
	t.table(rows)
}

func (t explainText) groups(groups []explain.Group) {
	how := map[string]string{explain.ByOwnList: "", explain.ByMembers: "listed by the group", explain.ByWhere: "by its conditions"}
	var rows []row
	for _, g := range groups {
		leads := "no template"
		if g.Template != "" {
			leads = "template " + harmless.Line(g.Template)
		}
		mark := "    "
		if g.Wins {
			mark = "  > "
		}
		r := row{cells: []string{mark + harmless.Line(g.Name), leads}}
		for i, m := range g.By {
			if i == 0 {
				r.at = m.At
				if how[m.How] != "" {
					r.notes = append(r.notes, t.style.Dim(how[m.How]))
				}
				continue
			}
			r.notes = append(r.notes, t.style.Dim("and "+strings.TrimSpace(how[m.How]+" "+placeText(m.At))))
		}
		rows = append(rows, r)
	}
	t.table(rows)
}

func (t explainText) templates(templates []explain.Template) {
	if len(templates) == 0 {
		t.heading("calling template", "none", "no group leads to one")
		return
	}
	t.heading("calling template", harmless.Line(templates[0].Name), "")
	var rows []row
	for _, c := range templates {
		mark := "    "
		if c.Wins {
			mark = "  > "
		}
		var via []string
		for _, g := range c.Via {
			via = append(via, harmless.Line(g))
		}
		rows = append(rows, row{cells: []string{
			mark + harmless.Line(c.Name), fmt.Sprintf("rank %d", c.Rank), "through " + enumerate(via, "and"),
		}, at: c.At})
	}
	t.table(rows)
}

func (t explainText) setting(s *explain.Setting) {
	for i := range s.Ladders {
		l := &s.Ladders[i]
		name := s.Name
		fmt.Fprintln(t)
		winner := l.Winner()
		switch {
		case winner == nil:
			t.heading(name, "", "this edition knows no such setting")
		default:
			t.heading(name, words.Value(s.Value), victory(winner))
		}
		var rows []row
		for j := range l.Rungs {
			rows = append(rows, t.rung(&l.Rungs[j]))
		}
		t.table(rows)
	}
	if s.Outstanding != nil {
		t.note(t.style.Yellow(stillThere(s.Outstanding)))
	}
}

// stillThere says what Control Hub keeps for somebody, and what people said of it.
func stillThere(e *outstanding.Entry) string {
	value := words.Value(bundle.Choice{App: e.Keeps.App, Profile: e.Keeps.Profile})
	if e.Keeps.On != nil {
		value = words.Value(*e.Keeps.On)
	}
	since := ""
	if len(e.Since) >= 7 {
		since = ": it was set for the person before " + harmless.Line(e.Since[:7])
	}
	text := value + " in Control Hub until it is reset" + since + "; runbook step " + harmless.Line(e.Step)
	if e.Said == nil {
		return text
	}
	return harmless.Line(e.Said.String()) + " (" + text + ")"
}

func (t explainText) rung(r *explain.Rung) row {
	mark := "    "
	if r.State == explain.Wins {
		mark = "  > "
	}
	value := "not set"
	if r.State != explain.NotSet {
		value = levelValue(r.Value)
	}
	out := row{cells: []string{mark + levelName(r.By), value}, at: r.At}
	switch {
	case r.State == explain.Wins:
		out.cells[0], out.cells[1] = t.style.Bold(out.cells[0]), t.style.Bold(value)
	case r.State == explain.NotAllowed:
		out.notes = append(out.notes, t.style.Red("passed by: ")+harmless.Line(r.Why)+" ("+r.Rule+")")
	case r.Because == "rank":
		out.notes = append(out.notes, t.style.Dim(fmt.Sprintf("no say: rank %d, and template %s has %d", r.Rank, harmless.Line(r.BeatenBy.Template), r.BeatenBy.Rank)))
	}
	out.notes = append(out.notes, t.touched(r.At)...)
	if len(r.Breaks) > 0 {
		out.notes = append(out.notes, t.style.Red("breaks the lock of ")+levelList(r.Breaks))
	}
	if r.Lock != nil {
		out.notes = append(out.notes, t.lock(r.Lock)...)
	}
	return out
}

func (t explainText) lock(l *explain.Lock) []string {
	says := map[string]string{"fixed": "locked: no other value below", "offOnly": "locked: may only be turned off below"}[l.Kind]
	if !l.Binds {
		says = "its lock does not bind this user"
	}
	return append([]string{says + "  " + t.style.Dim(placeText(l.At))}, t.touched(l.At)...)
}

// touched says who last touched a line, where that was asked for.
func (t explainText) touched(at *explain.Place) []string {
	switch {
	case at == nil || at.Touched == nil:
		return nil
	case at.Touched.Uncommitted:
		return []string{t.style.Yellow("not committed yet")}
	}
	c := at.Touched
	id := harmless.Line(c.ID[:min(len(c.ID), shortID)])
	if c.Oldest {
		id = "^" + id
	}
	return []string{t.style.Dim(id + "  " + harmless.Line(c.Date) + "  " + harmless.Line(c.Author))}
}

// shortID is how much of a commit's id people need.
const shortID = 12

func (t explainText) idle(idle []explain.Idle) {
	if len(idle) == 0 {
		return
	}
	fmt.Fprintln(t)
	t.heading("without effect", "", "")
	var rows []row
	for _, i := range idle {
		rows = append(rows, row{
			cells: []string{"    " + strings.TrimPrefix(i.Path[strings.LastIndexByte(i.Path, '"')+1:], "."), levelValue(i.Value)},
			at:    i.At, notes: []string{i.Why + " (" + i.Rule + ")"},
		})
	}
	t.table(rows)
}

// victory says by what level a value comes, and over which others.
func victory(winner *explain.Rung) string {
	said := "by " + levelWord(winner.By)
	var over []explain.By
	for _, b := range winner.Beats {
		if b.Level != "default" {
			over = append(over, b)
		}
	}
	if len(over) > 0 {
		said += ", over " + levelList(over)
	}
	return said
}

func levelList(levels []explain.By) string {
	words := make([]string, len(levels))
	for i, l := range levels {
		words[i] = levelWord(l)
	}
	return enumerate(words, "and")
}

// levelWord names a level within a sentence, levelName in a table.
func levelWord(b explain.By) string {
	switch b.Level {
	case "user":
		return "the user"
	case "org":
		return "the organization"
	}
	return levelName(b)
}

func levelName(b explain.By) string {
	switch b.Level {
	case "template":
		return "template " + harmless.Line(b.Template)
	case "org":
		return "organization"
	}
	return b.Level
}

// levelValue shows what a level says.
func levelValue(v any) string {
	c, ok := v.(bundle.Choice)
	switch {
	case !ok:
		return words.Value(v)
	case c.App == "" && c.EmailDomain:
		return "e-mail domain"
	case c.App == "" && c.Profile != "":
		return "profile " + harmless.Line(c.Profile)
	}
	return words.Value(c)
}

// enumerate joins words as in a sentence: a, b and c.
func enumerate(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}
