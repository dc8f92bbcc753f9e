package planview

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/words"
	"callpolicy/compiler/plan"
)

// Detail is how much of a plan is shown.
type Detail uint8

// The levels of detail. The zero value is the default one.
const (
	Causes  Detail = iota // every cause, with what it does
	Summary               // a line for each cause
	Full                  // every cause, and every user
)

func writeText(w io.Writer, p *plan.Plan, o Options) error { return Text(w, p, o.Detail, o.Style) }

// Text shows a plan to people: what changes for how many, and which edits are
// the cause.
func Text(w io.Writer, p *plan.Plan, detail Detail, s layout.Style) error {
	t := planText{Writer: bufio.NewWriter(w), style: s, plan: p}
	t.headline()
	for _, l := range p.Loosened {
		t.hanging("", s.Yellow("looser  "), loosenedText(l))
	}
	if p.Held != nil {
		t.paragraph("", s.Red("apply will refuse: ")+heldText(p.Held))
	}
	for _, l := range p.Limits {
		if atOnce(l) {
			t.limit(l)
		}
	}
	for _, note := range p.Notes {
		t.hanging("", s.Yellow("note  "), harmless.Lines(note))
	}
	t.drift()
	folds := foldCauses(p.Causes)
	for _, f := range folds {
		t.digits = max(t.digits, len(layout.Count(f.users())))
	}
	switch {
	case len(folds) == 0:
	case detail == Summary:
		t.summary(folds)
	default:
		for _, f := range folds {
			t.cause(f)
		}
	}
	if detail == Full {
		t.users()
	}
	t.seats(detail)
	t.waivers()
	for _, l := range p.Limits {
		if !atOnce(l) {
			fmt.Fprintln(t)
			t.limit(l)
		}
	}
	return t.Flush()
}

type planText struct {
	*bufio.Writer
	style  layout.Style
	plan   *plan.Plan
	digits int // columns of the largest number of users
}

// headline counts everybody.
func (t planText) headline() {
	line := t.style.Bold(planHeadline(t.plan))
	between := t.style.Dim(between(t.plan))
	if gap := t.style.Prose() - layout.Width(line) - layout.Width(between); gap >= 3 {
		fmt.Fprintln(t, line+strings.Repeat(" ", gap)+between)
	} else {
		fmt.Fprintln(t, line)
		fmt.Fprintln(t, between)
	}
	if n := t.plan.Summary.Rewritten; n > 0 {
		t.paragraph("", rewritten(n))
	}
	if w := t.plan.ToWrite; w != nil {
		t.paragraph("", toWrite(w))
	}
}

func planHeadline(p *plan.Plan) string {
	n := p.Summary
	parts := []string{layout.Plural(n.Users, "user", "users"), "nobody changes"}
	if n.Changed+n.Added+n.Removed > 0 {
		parts = []string{
			layout.Plural(n.Users, "user", "users"), layout.Count(n.Changed) + " change", layout.Count(n.Added) + " added",
			layout.Count(n.Removed) + " removed", layout.Count(n.Unchanged+n.Rewritten) + " keep what they have",
		}
	}
	if n.Quarantined > 0 {
		parts = append(parts, layout.Count(n.Quarantined)+" set aside")
	}
	return strings.Join(parts, " · ")
}

// between names both sides.
func between(p *plan.Plan) string { return stateName(p.Base) + " … " + stateName(p.Head) }

func stateName(s plan.State) string {
	name := harmless.Line(s.Name)
	if s.Revision != nil && len(*s.Revision) >= 7 && !strings.Contains(name, (*s.Revision)[:7]) {
		name += " (" + harmless.Line((*s.Revision)[:7]) + ")"
	}
	return name
}

func rewritten(n int) string {
	return layout.Plural(n, "bundle is", "bundles are") + " written anew though no value changes: a level, a template's name or another file differs."
}

// toWrite says what a target is to be given that holds nothing yet.
func toWrite(w *plan.ToWrite) string {
	return fmt.Sprintf("%s holds nothing yet, so apply writes all %s for %s.",
		harmless.Line(w.Target), layout.Plural(w.Bundles, "bundle", "bundles"), layout.Plural(w.Users, "user", "users"))
}

// paragraph writes wrapped text, every line of it indented.
func (t planText) paragraph(indent, text string) { t.hanging(indent, "", text) }

// hanging writes wrapped text beside a label.
func (t planText) hanging(indent, label, text string) {
	for _, line := range layout.Wrap(text, t.style.Prose()-len(indent)-layout.Width(label)) {
		fmt.Fprintln(t, indent+label+line)
		label = strings.Repeat(" ", layout.Width(label))
	}
}

// summary shows a line for each cause.
func (t planText) summary(folds []*fold) {
	fmt.Fprintln(t)
	rows := make([][]string, len(folds))
	for i, f := range folds {
		reach := "no effect"
		switch held := f.held(); {
		case f.users() > 0:
			reach = layout.Plural(f.users(), "user", "users")
		case held > 0:
			reach = "keeps " + layout.Count(held)
		}
		what, how := title(f.Cause)
		switch n := len(f.causes); {
		case n > 1 && n != f.users():
			what = layout.Plural(n, "user", "users") + "  " + what
		case n == 1 && f.User != "":
			what = harmless.Line(f.User) + "  " + what
		}
		if how != "" {
			what += "  " + how
		}
		rows[i] = []string{reach, what}
	}
	for _, line := range layout.Columns(rows, "rl") {
		fmt.Fprintln(t, line)
	}
}

// place is where the first cause is written, and how many more there are. What
// was removed is where it stood before.
func (f *fold) place() (at, more string) {
	if f.At == nil {
		return "not in the files", ""
	}
	at = harmless.Place(f.At.File, f.At.Line)
	switch n := len(f.causes) - 1; {
	case n == 0:
	case slices.ContainsFunc(f.causes, func(c *plan.Cause) bool { return c.At == nil || c.At.File != f.At.File }):
		more = " and " + layout.Plural(n, "more place", "more places")
	case slices.ContainsFunc(f.causes, func(c *plan.Cause) bool { return c.At.Line != f.At.Line }):
		more = " and " + layout.Plural(n, "more line", "more lines")
	}
	if f.At.Side == "base" {
		more += ", before"
	}
	return at, more
}

// heading is where an edit is and what it is, on one line where it fits.
func (t planText) heading(f *fold) {
	what, how := title(f.Cause)
	at, more := f.place()
	parts := []string{t.style.Dim(at + more), t.style.Bold(what)}
	switch n := len(f.causes); {
	case n > 1:
		parts = slices.Insert(parts, 1, t.style.Bold(layout.Plural(n, "user", "users")))
	case f.User != "":
		parts = slices.Insert(parts, 1, t.style.Bold(harmless.Line(f.User)))
	}
	if how != "" {
		parts = append(parts, t.style.Bold(how))
	}
	line := parts[0]
	for _, part := range parts[1:] {
		if layout.Width(line)+3+layout.Width(part) > t.style.Prose() {
			fmt.Fprintln(t, line)
			line = "  " + part
		} else {
			line += "   " + part
		}
	}
	fmt.Fprintln(t, line)
}

func (t planText) cause(f *fold) {
	fmt.Fprintln(t)
	t.heading(f)
	users := f.users()
	if users == 0 {
		t.paragraph("  ", noEffect(f))
		t.reset(f)
		t.names(f)
		return
	}
	changes := f.changes()
	t.changes(changes, len(f.causes) == 1 && f.User != "")
	switch f.Kind {
	case plan.UserAdded, plan.UserRemoved, plan.UserRenamed:
		fmt.Fprintln(t, "  "+t.count(users)+personal[f.Kind])
	case plan.Unknown:
		if n := t.plan.Summary.Added; n > 0 {
			fmt.Fprintln(t, "  "+t.count(n)+"added")
		}
		if n := t.plan.Summary.Removed; n > 0 {
			fmt.Fprintln(t, "  "+t.count(n)+"removed")
		}
	case plan.EditionChange, plan.OrgSetting, plan.TemplateSetting, plan.TemplateRank, plan.TemplateAssignment, plan.Membership,
		plan.License, plan.Migration, plan.Profile, plan.UserSetting, plan.Roster, plan.Tool:
		if len(changes) == 0 {
			fmt.Fprintln(t, "  "+t.count(users)+cameOrWent(f.Cause))
		}
	}
	t.reset(f)
	t.names(f)
	t.shielded(f)
}

// noEffect says why an edit changes nobody.
func noEffect(f *fold) string {
	if held := f.held(); held > 0 {
		return "nobody changes; without it, other edits would change " + layout.Plural(held, "user", "users")
	}
	return "no effect: " + harmless.Line(f.Note)
}

var personal = map[plan.Kind]string{
	plan.UserAdded: "added", plan.UserRemoved: "removed", plan.UserRenamed: "renamed; the settings go along",
}

// cameOrWent is what a cause without changes of values does to people.
func cameOrWent(c *plan.Cause) string {
	if c.After == nil {
		return "removed"
	}
	return "added"
}

// count is a number of users as the first column of what a cause does.
func (t planText) count(n int) string {
	text := layout.Plural(n, "user ", "users")
	return strings.Repeat(" ", max(0, t.digits-len(layout.Count(n)))) + text + "   "
}

// mostChanges is how many kinds of change are shown for one cause.
const mostChanges = 12

// changes shows what changes, and below those that concern the same people who
// they are, unless the heading has named the one person.
func (t planText) changes(changes []plan.Change, named bool) {
	more := max(0, len(changes)-mostChanges)
	changes = changes[:len(changes)-more]
	width := 0
	for _, ch := range changes {
		width = max(width, layout.Width(words.Setting(ch.Setting)))
	}
	for i, ch := range changes {
		name := words.Setting(ch.Setting)
		t.change("  "+t.count(ch.Users)+name+strings.Repeat(" ", width-layout.Width(name))+"   ", ch)
		if !named && (i+1 == len(changes) || !samePeople(ch, changes[i+1])) {
			t.breakdown(ch)
		}
	}
	if more > 0 {
		fmt.Fprintln(t, "  and "+layout.Plural(more, "more kind of change", "more kinds of change"))
	}
}

func samePeople(a, b plan.Change) bool {
	return a.Users == b.Users && slices.Equal(a.Classes, b.Classes) && slices.Equal(a.Groups, b.Groups) && slices.Equal(a.Examples, b.Examples)
}

// change shows one change, on two lines where one is too short.
func (t planText) change(start string, ch plan.Change) {
	before, after := words.Change(ch.Before, ch.After)
	after = t.style.Yellow(after)
	if layout.Width(start)+layout.Width(before)+3+layout.Width(after) > t.style.Prose() {
		fmt.Fprintln(t, start+before)
		start, before = strings.Repeat(" ", layout.Width(start)-2), ""
		fmt.Fprintln(t, start+"→ "+after)
		return
	}
	fmt.Fprintln(t, start+before+" → "+after)
}

// largest is how many groups are named.
const largest = 4

// breakdown says who the people of a change are.
func (t planText) breakdown(ch plan.Change) {
	if len(ch.Classes) > 0 {
		t.list(t.style.Dim("licensed  "), countList(ch.Classes, len(ch.Classes)), " · ")
	}
	if len(ch.Groups) > 0 {
		t.list(t.style.Dim("in groups "), groupList(ch.Groups), " · ")
	}
	switch {
	case len(ch.Examples) == ch.Users && ch.Users <= mostNames:
		t.list(t.style.Dim("namely    "), nameList(ch.Examples), ", ")
	case len(ch.Examples) > 0:
		t.list(t.style.Dim("such as   "), nameList(ch.Examples), ", ")
	}
}

// list writes items beside a label, and breaks lines only between items.
func (t planText) list(label string, items []string, separator string) {
	line := "    " + label
	start := layout.Width(line)
	for i, item := range items {
		if i < len(items)-1 {
			item += separator
		}
		if layout.Width(line) > start && layout.Width(line)+layout.Width(strings.TrimRight(item, " ")) > t.style.Prose() {
			fmt.Fprintln(t, strings.TrimRight(line, " "))
			line = strings.Repeat(" ", start)
		}
		line += item
	}
	fmt.Fprintln(t, line)
}

func groupList(groups []plan.Count) []string {
	list := countList(groups, largest)
	if more := len(groups) - largest; more > 0 {
		list = append(list, layout.Plural(more, "more group", "more groups"))
	}
	return list
}

// mostNames is how many people are named where more are meant.
const mostNames = 3

func nameList(people []string) []string {
	names := make([]string, 0, mostNames)
	for _, name := range people[:min(len(people), mostNames)] {
		names = append(names, harmless.Line(name))
	}
	return names
}

// names says whom an edit of several users is about, or who comes and goes with
// the directory.
func (t planText) names(f *fold) {
	people := f.people()
	if f.Kind == plan.Roster && f.users() > 0 {
		people = t.comers(f.Cause)
	}
	if len(f.Changes) > 0 || f.User != "" && len(people) < 2 || len(people) == 0 {
		return // the breakdown has named them, or the heading; or there is nobody to name
	}
	list := nameList(people)
	if more := len(people) - mostNames; more > 0 {
		list = append(list, layout.Count(more)+" more")
	}
	t.list("", list, ", ")
}

// comers returns the addresses of those who are added or removed by a cause.
func (t planText) comers(c *plan.Cause) []string {
	var out []string
	for _, u := range t.plan.Users {
		if u.Action != plan.Modify && slices.Contains(u.Causes, c.ID) {
			out = append(out, u.User)
		}
	}
	return out
}

// reset reminds of what no file can do.
func (t planText) reset(f *fold) {
	if f.Kind == plan.UserSetting && f.After == nil {
		t.paragraph("    ", resetNote)
	}
}

const resetNote = "In Control Hub somebody must reset it; until then what was set for a user stays."

func countList(counts []plan.Count, most int) []string {
	var out []string
	for _, c := range counts[:min(most, len(counts))] {
		out = append(out, fmt.Sprintf("%s %s", harmless.Line(c.Name), layout.Count(c.Users)))
	}
	return out
}

// shielded says who keeps their value, and why.
func (t planText) shielded(f *fold) {
	if text := shieldText(f.Shielded); text != "" {
		t.paragraph("    ", text)
	}
}

func shieldText(shields []plan.Shield) string {
	total, templates, rest, restUsers := 0, 0, 0, 0
	var parts, names []string
	for _, s := range shields {
		total += s.Users
		if s.By == "template" {
			if templates++; templates > largest {
				rest, restUsers = rest+1, restUsers+s.Users
				continue
			}
		}
		parts = append(parts, fmt.Sprintf("%s %s", layout.Count(s.Users), shieldName(s)))
		names = append(names, shieldName(s))
	}
	if rest > 0 {
		parts = slices.Insert(parts, largest, fmt.Sprintf("%s by %s", layout.Count(restUsers), layout.Plural(rest, "more template", "more templates")))
	}
	switch len(parts) {
	case 0:
		return ""
	case 1:
		return layout.Count(total) + keeps(total) + names[0]
	}
	return fmt.Sprintf("%s keep theirs: %s", layout.Count(total), strings.Join(parts, ", "))
}

func keeps(n int) string {
	if n == 1 {
		return " keeps theirs: "
	}
	return " keep theirs: "
}

func shieldName(s plan.Shield) string {
	switch s.By {
	case "template":
		return "by template " + harmless.Line(s.Name)
	case "user":
		return "by their own override"
	case "license":
		return "with license class " + harmless.Line(s.Name)
	}
	return "to whom it makes no difference"
}

// users lists everybody who changes.
func (t planText) users() {
	for _, u := range t.plan.Users {
		fmt.Fprintln(t)
		name := harmless.Line(u.User)
		switch u.Action {
		case plan.Add:
			fmt.Fprintln(t, t.style.Green("+ "+name))
		case plan.Remove:
			fmt.Fprintln(t, t.style.Red("- "+name))
		case plan.Modify:
			if u.Was != "" {
				name += "   was " + harmless.Line(u.Was)
			}
			fmt.Fprintln(t, t.style.Yellow("~ ")+name)
		}
		width := 0
		for _, c := range u.Changes {
			width = max(width, layout.Width(words.Setting(c.Setting)))
		}
		for _, c := range u.Changes {
			setting := words.Setting(c.Setting)
			t.change("    "+setting+strings.Repeat(" ", width-layout.Width(setting))+"   ", plan.Change{Before: c.Before, After: c.After})
		}
	}
}

func (t planText) limit(l plan.Limit) {
	t.paragraph("", t.style.Red("apply will refuse: ")+limitText(l))
}

// atOnce reports whether a limit is told above everything else: the causes say
// nothing of it.
func atOnce(l plan.Limit) bool { return l.Name == "quarantinedUsers" }

func limitText(l plan.Limit) string {
	many := map[string]string{
		"changedUsers": "change", "removedUsers": "are removed",
		"lostLicense":      "lose a calling license and gain none",
		"quarantinedUsers": "are newly set aside",
	}
	one := map[string]string{
		"changedUsers": "changes", "removedUsers": "is removed",
		"lostLicense":      "loses a calling license and gains none",
		"quarantinedUsers": "is newly set aside",
	}
	what := many[l.Name]
	if l.Users == 1 {
		what = one[l.Name]
	}
	where := "unless callpolicy.yaml has another"
	if !l.At.IsZero() {
		where = harmless.Place(l.At.File, l.At.Start.Line)
	}
	said := fmt.Sprintf("%s of %s %s, %.1f%%; the limit is %s (%s).",
		layout.Count(l.Users), layout.Plural(l.Of, "user", "users"), what, float64(l.Users)*100/float64(l.Of), harmless.Line(l.Words()), where)
	if l.Cause != "" {
		said += " " + sentence(harmless.Line(l.Cause))
	}
	return said + " Allow it for once with " + harmless.Line(l.Flag) + "."
}

// sentence makes a clause a sentence.
func sentence(clause string) string {
	_, size := utf8.DecodeRuneInString(clause)
	return strings.ToUpper(clause[:size]) + clause[size:] + "."
}

// heldText says what a change would hide.
func heldText(h *plan.Held) string {
	return fmt.Sprintf("%s until this is merged. The first: %s.", layout.Plural(h.Errors, "error holds", "errors hold"), harmless.Line(h.First))
}

// loosenedText says what a change loosens.
func loosenedText(l plan.Loosening) string {
	what, holds := harmless.Line(l.What)+"  "+harmless.Line(l.Before)+" → "+harmless.Line(l.After), "Until this is merged, it holds as it was."
	if l.Before == "" {
		what, holds = harmless.Line(l.What)+": "+harmless.Line(l.After), "It holds once this is merged."
	}
	if l.At.File != "" {
		what += " (" + harmless.Place(l.At.File, l.At.Line) + ")"
	}
	return what + ". " + holds
}
