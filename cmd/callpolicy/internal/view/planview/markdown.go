package planview

import (
	"fmt"
	"html"
	"io"
	"regexp"
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

// The table of causes, the details below it and the list of users each have a
// share, so that no one of them takes the place of another.
const (
	tableShare   = 24_000
	detailsShare = 20_000
	usersShare   = 12_000
)

// writeMarkdown writes a plan for a comment on a pull request. It names only
// people whom the change itself names, in an entry of users or in a group's list
// of members; everybody else is counted, unless the options say otherwise.
//
// Nothing in it depends on when it is made, so that the same plan is the same
// comment. It is never longer than a comment may be: what is left out is
// counted.
func writeMarkdown(w io.Writer, p *plan.Plan, o Options) error {
	_, err := io.WriteString(w, planMarker+newPlanMarkdown(p, o.Markdown).body())
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

func (m *planMarkdown) body() string {
	var b strings.Builder
	b.WriteString(m.headline())
	fmt.Fprintf(&b, " Compared: %s with %s.\n\n", m.text(m.plan.Base.Name), m.text(m.plan.Head.Name))
	if n := m.plan.Summary.Rewritten; n > 0 {
		b.WriteString(rewritten(n) + "\n\n")
	}
	if w := m.plan.ToWrite; w != nil {
		b.WriteString(m.text(toWrite(w)) + "\n\n")
	}
	for _, l := range m.plan.Limits {
		fmt.Fprintf(&b, "> **apply will refuse**: %s\n\n", m.text(limitText(l)))
	}
	if text := driftText(m.plan); text != "" {
		fmt.Fprintf(&b, "> **drift**: %s\n\n", m.text(text))
	}
	const most = 5
	for _, note := range m.plan.Notes[:min(most, len(m.plan.Notes))] {
		fmt.Fprintf(&b, "> %s\n\n", m.text(shorten(note, 500)))
	}
	if more := len(m.plan.Notes) - most; more > 0 {
		fmt.Fprintf(&b, "> %s.\n\n", layout.Plural(more, "more note", "more notes"))
	}

	var effects, idle []*fold
	for _, f := range foldCauses(m.plan.Causes) {
		if f.users() > 0 {
			effects = append(effects, f)
		} else {
			idle = append(idle, f)
		}
	}
	m.table(&b, effects)
	m.seats(&b)
	m.waivers(&b)
	m.details(&b, effects)
	m.idle(&b, idle)
	if m.opts.Users {
		m.users(&b)
	}
	return b.String()
}

// whole says where everything is that had no room.
const whole = "`callpolicy plan --format json` has all of it"

// table has a row for each cause.
func (m *planMarkdown) table(b *strings.Builder, folds []*fold) {
	if len(folds) == 0 {
		return
	}
	b.WriteString("| Users | Edit | What changes |\n| ---: | --- | --- |\n")
	var rest []*fold
	room := tableShare
	for _, f := range folds {
		row := fmt.Sprintf("| %s | %s<br>%s | %s |\n", layout.Count(f.users()), m.title(f), m.place(f), m.effect(f))
		if room -= len(row); room < 0 {
			rest = append(rest, f)
			continue
		}
		b.WriteString(row)
	}
	b.WriteString("\n")
	if len(rest) > 0 {
		edits := 0
		for _, f := range rest {
			edits += len(f.causes)
		}
		fmt.Fprintf(b, "**%s had no room here**; %s.\n\n", layout.Plural(edits, "more edit that changes users", "more edits that change users"), whole)
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
		b.WriteString(": " + m.text(shorten(how, 300)))
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
	return words.Setting(ch.Setting) + ": " + m.text(words.Value(ch.Before)) + " → **" + m.text(words.Value(ch.After)) + "**"
}

// details says for each cause who is reached, and who is not. Of an edit about
// one person the table has said it.
func (m *planMarkdown) details(b *strings.Builder, folds []*fold) {
	var items []string
	for _, f := range folds {
		if f.users() < 2 {
			continue
		}
		var lines []string
		for _, ch := range f.changes() {
			lines = append(lines, fmt.Sprintf("  - %s: %s", m.transition(ch), m.breakdown(ch)))
		}
		if shield := shieldText(f.Shielded); shield != "" {
			lines = append(lines, "  - "+m.text(shield))
		}
		if len(lines) > 0 {
			items = append(items, "- "+m.title(f)+"\n"+strings.Join(lines, "\n")+"\n")
		}
	}
	m.folded(b, "Who is reached, and who keeps what they have", items, "edit", "edits", detailsShare)
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

func (m *planMarkdown) idle(b *strings.Builder, folds []*fold) {
	var items []string
	edits := 0
	for _, f := range folds {
		edits += len(f.causes)
		items = append(items, fmt.Sprintf("- %s (%s): %s\n", m.title(f), m.place(f), m.text(strings.TrimPrefix(noEffect(f), "no effect: "))))
	}
	// What the other parts leave of the limit, most of which is usually free.
	room := maxMarkdown - b.Len() - 1000
	if m.opts.Users {
		room -= usersShare
	}
	m.folded(b, layout.Plural(edits, "edit", "edits")+" without effect", items, "edit", "edits", room)
}

// users lists everybody who changes.
func (m *planMarkdown) users(b *strings.Builder) {
	var items []string
	for _, u := range m.plan.Users {
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
		items = append(items, "- "+m.code(u.User)+": "+strings.Join(parts, "; ")+"\n")
	}
	m.folded(b, "Everybody who changes", items, "user", "users", maxMarkdown-b.Len()-500)
}

// folded writes a list that is closed until somebody opens it, as far as there
// is room, and counts what is left out.
func (m *planMarkdown) folded(b *strings.Builder, summary string, items []string, one, many string, room int) {
	if len(items) == 0 {
		return
	}
	fmt.Fprintf(b, "<details><summary>%s</summary>\n\n", html.EscapeString(summary))
	left := 0
	for _, item := range items {
		if room -= len(item); room < 0 || left > 0 {
			left++
			continue
		}
		b.WriteString(item)
	}
	if left > 0 {
		fmt.Fprintf(b, "- **and %s**; %s\n", layout.Plural(left, "more "+one, "more "+many), whole)
	}
	b.WriteString("\n</details>\n\n")
}

func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// plain is what a code span holds without further ado, also in a table.
var plain = regexp.MustCompile("^[^`|<>&\\\\\\s]([^`|<>&\\\\]*[^`|<>&\\\\\\s])?$")

// code shows a name just as it is: a code span keeps a host from taking it for
// a mention, a link or an issue.
func (m *planMarkdown) code(s string) string {
	s = m.hide(harmless.Line(s))
	if plain.MatchString(s) {
		return "`" + s + "`"
	}
	return "<code>" + entities(s) + "</code>"
}

// text shows text that may hold what somebody wrote.
func (m *planMarkdown) text(s string) string {
	return entities(m.hide(harmless.Line(s)))
}

func (m *planMarkdown) hide(s string) string {
	if m.redact == nil {
		return s
	}
	return m.redact.text(s)
}

// entities writes what means something to Markdown, or to the host of a pull
// request, so that it means only itself.
func entities(s string) string {
	return markdownEntities.Replace(s)
}

var markdownEntities = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "\\", "&#92;", "`", "&#96;", "*", "&#42;", "_", "&#95;", "~", "&#126;",
	"[", "&#91;", "]", "&#93;", "|", "&#124;", "$", "&#36;", "\n", " ",
	"@", "@<!-- -->", "#", "#<!-- -->", "://", ":<!-- -->//", "www.", "www<!-- -->.",
)
