package planview

import (
	"fmt"
	"html"
	"io"
	"slices"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/words"
	"callpolicy/compiler/plan"
)

// MarkdownOptions say what a plan in Markdown may tell of people.
type MarkdownOptions struct {
	Users  bool // name everybody who changes, and not only those whom an edit names
	Redact bool // stable pseudonyms take the place of addresses
}

// maxMarkdown is how many bytes a plan in Markdown takes at most: the comments
// of pull requests hold 65,536 characters, and others may add to them.
const maxMarkdown = 60_000

// The parts of a plan each have a share, so that no one of them takes the place
// of another; what holds for all of them together is maxMarkdown.
const (
	tableShare   = 24_000
	detailsShare = 20_000
	usersShare   = 12_000
	notesShare   = 6_000
	seatsShare   = 4_000
	waiversShare = 3_000
)

// One name and one text have a share, too, as they are written: a character of
// a name may take fourteen bytes.
const (
	nameShare = 1_000
	textShare = 1_500
	noteShare = 1_000
)

// writeMarkdown writes a plan for a comment on a pull request. It names only
// people whom the change itself names, in an entry of users or in a group's list
// of members; everybody else is counted, unless the options say otherwise.
//
// Nothing in it depends on when it is made, so that the same plan is the same
// comment. It is never longer than a comment may be: what is left out is
// counted.
func writeMarkdown(w io.Writer, p *plan.Plan, o Options) error {
	_, err := io.WriteString(w, planMarker+newPlanMarkdown(p, o.Markdown).body(maxMarkdown-len(planMarker)))
	return err
}

func newPlanMarkdown(p *plan.Plan, opts MarkdownOptions) *planMarkdown {
	m := &planMarkdown{plan: p, opts: opts}
	if opts.Redact {
		m.redact = newRedactor(p)
	}
	return m
}

type planMarkdown struct {
	plan   *plan.Plan
	opts   MarkdownOptions
	redact *redactor // nil: addresses are shown
}

// planMarker lets a CI job find the comment that it is to update.
const planMarker = "<!-- callpolicy plan -->\n"

// headline counts everybody.
func (m *planMarkdown) headline() string {
	n := m.plan.Summary
	if n.Changed+n.Added+n.Removed == 0 {
		return fmt.Sprintf("### No user changes\n\n%s, as before.", layout.Plural(n.Users, "user", "users"))
	}
	change := "change"
	if n.Changed == 1 {
		change = "changes"
	}
	return fmt.Sprintf("### %s of %s %s, %s added, %s removed\n\n%s keep what they have.",
		layout.Count(n.Changed), layout.Plural(n.Users, "user", "users"), change, layout.Count(n.Added), layout.Count(n.Removed), layout.Count(n.Unchanged+n.Rewritten))
}

// body is the plan in at most so many bytes.
func (m *planMarkdown) body(most int) string {
	p := &page{most: most}
	p.add(m.headline(), fmt.Sprintf(" Compared: %s with %s.\n\n", m.text(m.plan.Base.Name), m.text(m.plan.Head.Name)))
	if n := m.plan.Summary.Rewritten; n > 0 {
		p.add(rewritten(n) + "\n\n")
	}
	if w := m.plan.ToWrite; w != nil {
		p.add(m.text(toWrite(w)) + "\n\n")
	}
	m.notes(p)

	var effects, idle []*fold
	for _, f := range foldCauses(m.plan.Causes) {
		if f.users() > 0 {
			effects = append(effects, f)
		} else {
			idle = append(idle, f)
		}
	}
	m.table(p, effects)
	m.seats(p)
	m.waivers(p)
	m.details(p, effects)
	m.idle(p, idle)
	if m.opts.Users {
		m.users(p)
	}
	return p.String()
}

// notes say what a reader must know to judge the plan.
func (m *planMarkdown) notes(p *page) {
	var texts []string
	for _, l := range m.plan.Loosened {
		texts = append(texts, "**looser**: "+m.text(loosenedText(l)))
	}
	if m.plan.Held != nil {
		texts = append(texts, "**apply will refuse**: "+m.text(heldText(m.plan.Held)))
	}
	for _, l := range m.plan.Limits {
		texts = append(texts, "**apply will refuse**: "+m.text(limitText(l)))
	}
	if text := driftText(m.plan); text != "" {
		texts = append(texts, "**drift**: "+m.text(text))
	}
	const most = 5
	for _, note := range m.plan.Notes[:min(most, len(m.plan.Notes))] {
		texts = append(texts, m.upTo(noteShare, note))
	}
	left := p.list(len(texts), func(i int) string { return "> " + texts[i] + "\n\n" }, notesShare)
	if left += max(0, len(m.plan.Notes)-most); left > 0 {
		p.add(fmt.Sprintf("> %s.\n\n", layout.Plural(left, "more note", "more notes")))
	}
}

// whole says where everything is that had no room.
const whole = "`callpolicy plan --format json` has all of it"

// leastRow is what a row takes at least.
const leastRow = 40

// table has a row for each cause.
func (m *planMarkdown) table(p *page, folds []*fold) {
	if len(folds) == 0 || !p.add("| Users | Edit | What changes |\n| ---: | --- | --- |\n") {
		return
	}
	edits := 0
	room := p.room(tableShare)
	for _, f := range folds {
		if room < leastRow {
			edits += len(f.causes)
			continue
		}
		row := fmt.Sprintf("| %s | %s<br>%s | %s |\n", layout.Count(f.users()), m.title(f), m.place(f), m.effect(f))
		if room -= len(row); room < 0 {
			edits += len(f.causes)
			continue
		}
		p.add(row)
	}
	p.add("\n")
	if edits > 0 {
		p.add(fmt.Sprintf("**%s had no room here**; %s.\n\n", layout.Plural(edits, "more edit that changes users", "more edits that change users"), whole))
	}
}

// title says whom an edit is about, and what it is.
func (m *planMarkdown) title(f *fold) string {
	what, how := title(f.Cause)
	var b strings.Builder
	people := f.people()
	for i, name := range people[:min(len(people), mostNames)] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(m.code(name))
	}
	if more := len(people) - mostNames; more > 0 {
		b.WriteString(" and " + layout.Count(more) + " more")
	}
	if len(people) > 0 {
		b.WriteString(": ")
	}
	if what == harmless.Line(f.Path) {
		b.WriteString(m.code(what))
	} else {
		b.WriteString(m.text(what))
	}
	if how != "" {
		b.WriteString(": " + m.upTo(noteShare, how))
	}
	return b.String()
}

func (m *planMarkdown) place(f *fold) string {
	if f.At == nil {
		return "not in the files"
	}
	at, more := f.place()
	return m.code(at) + more
}

// effect says in a cell what changes.
func (m *planMarkdown) effect(f *fold) string {
	changes := f.changes()
	var lines []string
	for _, ch := range changes[:min(len(changes), mostNames)] {
		lines = append(lines, m.transition(ch))
	}
	if more := len(changes) - mostNames; more > 0 {
		lines = append(lines, "and "+layout.Plural(more, "more kind of change", "more kinds of change"))
	}
	if word, ok := personal[f.Kind]; ok {
		lines = append(lines, word)
	} else if f.Kind == plan.Roster && len(changes) == 0 {
		lines = append(lines, cameOrWent(f.Cause))
	}
	if f.Kind == plan.UserSetting && f.After == nil {
		lines = append(lines, "to be reset in Control Hub")
	}
	return strings.Join(lines, "<br>")
}

func (m *planMarkdown) transition(ch plan.Change) string {
	before, after := words.Change(ch.Before, ch.After)
	return m.text(words.Setting(ch.Setting)) + ": " + m.text(before) + " → **" + m.text(after) + "**"
}

// details says for each cause who is reached, and who is not. Of an edit about
// one person the table has said it.
func (m *planMarkdown) details(p *page, folds []*fold) {
	reaching := slices.DeleteFunc(slices.Clone(folds), func(f *fold) bool {
		return f.users() < 2 || len(f.Changes) == 0 && len(f.Shielded) == 0
	})
	m.folded(p, "Who is reached, and who keeps what they have", len(reaching), func(i int) string { return m.detail(reaching[i]) }, "edit", "edits", detailsShare)
}

// detail says of one edit who is reached, and who is not.
func (m *planMarkdown) detail(f *fold) string {
	var b strings.Builder
	b.WriteString("- " + m.title(f) + "\n")
	for _, ch := range f.changes() {
		fmt.Fprintf(&b, "  - %s: %s\n", m.transition(ch), m.breakdown(ch))
	}
	if shield := shieldText(f.Shielded); shield != "" {
		b.WriteString("  - " + m.text(shield) + "\n")
	}
	return b.String()
}

func (m *planMarkdown) breakdown(ch plan.Change) string {
	text := layout.Plural(ch.Users, "user", "users")
	if len(ch.Classes) > 0 {
		text += "; licensed " + strings.Join(countList(ch.Classes, len(ch.Classes)), " · ")
	}
	if len(ch.Groups) > 0 {
		text += "; in groups " + strings.Join(groupList(ch.Groups), " · ")
	}
	return m.text(text)
}

func (m *planMarkdown) idle(p *page, folds []*fold) {
	edits := 0
	for _, f := range folds {
		edits += len(f.causes)
	}
	// What the other parts leave of the limit, most of which is usually free.
	room := p.left()
	if m.opts.Users {
		room -= usersShare
	}
	m.folded(p, layout.Plural(edits, "edit", "edits")+" without effect", len(folds), func(i int) string {
		f := folds[i]
		return fmt.Sprintf("- %s (%s): %s\n", m.title(f), m.place(f), m.text(strings.TrimPrefix(noEffect(f), "no effect: ")))
	}, "edit", "edits", room)
}

// users lists everybody who changes.
func (m *planMarkdown) users(p *page) {
	m.folded(p, "Everybody who changes", len(m.plan.Users), func(i int) string { return m.user(m.plan.Users[i]) }, "user", "users", p.left())
}

// user says what changes for one user.
func (m *planMarkdown) user(u *plan.UserChange) string {
	var parts []string
	switch u.Action {
	case plan.Add:
		parts = append(parts, "added")
	case plan.Remove:
		parts = append(parts, "removed")
	case plan.Modify:
		if u.Was != "" {
			parts = append(parts, "was "+m.code(u.Was))
		}
	}
	for _, c := range u.Changes {
		parts = append(parts, m.transition(plan.Change{Setting: c.Setting, Before: c.Before, After: c.After}))
	}
	return "- " + m.code(u.User) + ": " + strings.Join(parts, "; ") + "\n"
}

// folded writes a list that is closed until somebody opens it, as far as there
// is room, and counts what is left out.
func (m *planMarkdown) folded(p *page, summary string, items int, item func(i int) string, one, many string, room int) {
	const end = "\n</details>\n\n"
	if items == 0 || !p.add(fmt.Sprintf("<details><summary>%s</summary>\n\n", html.EscapeString(summary))) {
		return
	}
	if left := p.list(items, item, room-len(end)); left > 0 {
		p.add(fmt.Sprintf("- **and %s**; %s\n", layout.Plural(left, "more "+one, "more "+many), whole))
	}
	p.add(end)
}

// code shows a name just as it is.
func (m *planMarkdown) code(s string) string {
	return harmless.MarkdownCodeUpTo(m.hide(harmless.Line(start(s, nameShare))), nameShare)
}

// text shows text that may hold what somebody wrote.
func (m *planMarkdown) text(s string) string { return m.upTo(textShare, s) }

// upTo is text of at most so many bytes.
func (m *planMarkdown) upTo(most int, s string) string {
	return harmless.MarkdownUpTo(m.hide(harmless.Lines(start(s, most))), most)
}

func (m *planMarkdown) hide(s string) string {
	if m.redact == nil {
		return s
	}
	return m.redact.text(s)
}

// start is as much of a text as decides about its first bytes.
func start(s string, bytes int) string { return s[:min(len(s), 2*bytes)] }
