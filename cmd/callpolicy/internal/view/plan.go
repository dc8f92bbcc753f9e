package view

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"callpolicy/compiler/plan"
)

// Detail is how much of a plan is shown.
type Detail uint8

// The levels of detail. The zero value is the default one.
const (
	DetailCauses  Detail = iota // every cause, with what it does
	DetailSummary               // a line for each cause
	DetailFull                  // every cause, and every user
)

// Plan shows a plan to people: what changes for how many, and which edits are
// the cause.
func Plan(w io.Writer, p *plan.Plan, detail Detail, s Style) error {
	out := bufio.NewWriter(w)
	t := planText{out, s, p}
	t.headline()
	for _, note := range p.Notes {
		t.paragraph("", s.Yellow("note  ")+note)
	}
	causes := foldCauses(p.Causes)
	for _, c := range causes {
		if detail == DetailSummary {
			t.line(c)
		} else {
			t.cause(c)
		}
	}
	if detail == DetailFull {
		t.users()
	}
	for _, l := range p.Limits {
		t.limit(l)
	}
	return out.Flush()
}

type planText struct {
	*bufio.Writer
	style Style
	plan  *plan.Plan
}

// headline counts everybody.
func (t planText) headline() {
	n := t.plan.Summary
	parts := []string{
		Plural(n.Users, "user", "users"), Count(n.Changed) + " change", Count(n.Added) + " added",
		Count(n.Removed) + " removed", Count(n.Unchanged+n.Rewritten) + " keep what they have",
	}
	line := t.style.Bold(strings.Join(parts, " · "))
	between := t.style.Dim(clean(t.plan.Base.Name) + " … " + clean(t.plan.Head.Name))
	if gap := t.style.Width - Width(line) - Width(between); gap >= 3 {
		fmt.Fprintln(t, line+strings.Repeat(" ", gap)+between)
	} else {
		fmt.Fprintln(t, line)
		fmt.Fprintln(t, between)
	}
	if n.Rewritten > 0 {
		t.paragraph("", Plural(n.Rewritten, "bundle is", "bundles are")+" written anew without a change of value: a level, a template's name or another file differs.")
	}
}

func (t planText) paragraph(indent, text string) {
	for _, line := range Wrap(text, t.style.prose()-len(indent)) {
		fmt.Fprintln(t, indent+line)
	}
}

// fold is one cause, or several of the same sort: forty people who joined one
// group are one thing to read.
type fold struct {
	*plan.Cause
	causes []*plan.Cause
}

// foldCauses puts causes of single users together that do the same to them.
func foldCauses(causes []*plan.Cause) []*fold {
	var out []*fold
	at := map[string]*fold{}
	for _, c := range causes {
		if c.User == "" {
			out = append(out, &fold{c, []*plan.Cause{c}})
			continue
		}
		key := foldKey(c)
		if f := at[key]; f != nil {
			f.causes = append(f.causes, c)
			continue
		}
		f := &fold{c, []*plan.Cause{c}}
		at[key] = f
		out = append(out, f)
	}
	return out
}

func foldKey(c *plan.Cause) string {
	parts := []string{string(c.Kind), c.Note, title(c, "")}
	for _, ch := range c.Changes {
		parts = append(parts, ch.Setting, Value(ch.Before), Value(ch.After))
	}
	return strings.Join(parts, "\x00")
}

// users returns how many people the causes change.
func (f *fold) users() int {
	n := 0
	for _, c := range f.causes {
		n += c.Users
	}
	return n
}

// changes adds the changes of all causes up.
func (f *fold) changes() []plan.Change {
	if len(f.causes) == 1 {
		return f.Changes
	}
	out := slices.Clone(f.Changes)
	for i := range out {
		classes, groups := map[string]int{}, map[string]int{}
		out[i].Users, out[i].Examples = 0, nil
		for _, c := range f.causes {
			ch := c.Changes[i]
			out[i].Users += ch.Users
			out[i].Examples = append(out[i].Examples, ch.Examples...)
			for _, n := range ch.Classes {
				classes[n.Name] += n.Users
			}
			for _, n := range ch.Groups {
				groups[n.Name] += n.Users
			}
		}
		out[i].Classes, out[i].Groups = counts(classes), counts(groups)
	}
	return out
}

func counts(m map[string]int) []plan.Count {
	var out []plan.Count
	for name, n := range m {
		out = append(out, plan.Count{Name: name, Users: n})
	}
	slices.SortFunc(out, func(a, b plan.Count) int { return cmp.Or(cmp.Compare(b.Users, a.Users), cmp.Compare(a.Name, b.Name)) })
	return out
}

// heading is the place of an edit, and what the edit is.
func (t planText) heading(f *fold) string {
	place := "not in the files"
	if f.At != nil {
		place = fmt.Sprintf("%s:%d", clean(f.At.File), f.At.Line)
	}
	who := f.User
	if n := len(f.causes); n > 1 {
		place += fmt.Sprintf(" and %s", Plural(n-1, "place", "places")+" more")
		who = Plural(n, "user", "users")
	}
	return t.style.Dim(place) + "   " + t.style.Bold(title(f.Cause, clean(who)))
}

// line shows a cause in one line.
func (t planText) line(f *fold) {
	reach := Plural(f.users(), "user", "users")
	if f.users() == 0 {
		reach = "no effect"
	}
	fmt.Fprintf(t, "%s   %s\n", t.heading(f), reach)
}

func (t planText) cause(f *fold) {
	fmt.Fprintln(t)
	fmt.Fprintln(t, t.heading(f))
	users := f.users()
	if users == 0 {
		t.paragraph("  ", t.style.Dim("no effect: "+clean(f.Note)))
		return
	}
	changes := f.changes()
	rows := make([][]string, len(changes))
	for i, ch := range changes {
		rows[i] = []string{Plural(ch.Users, "user", "users"), SettingName(ch.Setting), t.transition(ch.Before, ch.After)}
	}
	for i, row := range Columns(rows, "rll") {
		fmt.Fprintln(t, "  "+row)
		if users > 1 {
			t.breakdown(changes[i])
		}
	}
	switch f.Kind {
	case plan.UserAdded, plan.UserRemoved, plan.UserRenamed:
		fmt.Fprintln(t, "  "+Plural(users, "user", "users")+"  "+personal[f.Kind])
	case plan.UserSetting:
		if f.After == nil {
			t.paragraph("    ", "In Control Hub somebody must reset it: a value set for a user does not fall back by itself.")
		}
	case plan.EditionChange, plan.OrgSetting, plan.TemplateSetting, plan.TemplateRank, plan.TemplateAssignment, plan.Membership,
		plan.License, plan.Migration, plan.Profile, plan.Roster, plan.Tool, plan.Unknown:
	}
	t.shielded(f)
}

var personal = map[plan.Kind]string{
	plan.UserAdded: "added", plan.UserRemoved: "removed", plan.UserRenamed: "renamed; the settings go along",
}

func (t planText) transition(before, after any) string {
	return fmt.Sprintf("%s → %s", Value(before), t.style.Yellow(Value(after)))
}

// largest is how many groups are named.
const largest = 4

func (t planText) breakdown(ch plan.Change) {
	t.paragraph("    ", strings.Join(countList(ch.Classes, len(ch.Classes)), " · "))
	if len(ch.Groups) > 0 {
		list := countList(ch.Groups, largest)
		if more := len(ch.Groups) - largest; more > 0 {
			list = append(list, "and "+Plural(more, "group", "groups")+" more")
		}
		t.paragraph("    ", t.style.Dim("in groups: "+strings.Join(list, " · ")))
	}
	if len(ch.Examples) > 0 {
		names := make([]string, 0, examplesShown)
		for _, name := range ch.Examples[:min(len(ch.Examples), examplesShown)] {
			names = append(names, clean(name))
		}
		t.paragraph("    ", t.style.Dim("such as "+strings.Join(names, ", ")))
	}
}

const examplesShown = 3

func countList(counts []plan.Count, most int) []string {
	var out []string
	for _, c := range counts[:min(most, len(counts))] {
		out = append(out, fmt.Sprintf("%s %s", clean(c.Name), Count(c.Users)))
	}
	return out
}

// shielded says who keeps their value, and why.
func (t planText) shielded(f *fold) {
	total := 0
	var parts []string
	for _, s := range f.Shielded {
		total += s.Users
		parts = append(parts, fmt.Sprintf("%s %s", Count(s.Users), shieldName(s)))
	}
	if total > 0 {
		t.paragraph("    ", fmt.Sprintf("%s keep theirs: %s", Count(total), strings.Join(parts, ", ")))
	}
}

func shieldName(s plan.Shield) string {
	switch s.By {
	case "template":
		return "by template " + clean(s.Name)
	case "user":
		return "by their own override"
	case "license":
		return "with license class " + clean(s.Name)
	}
	return "have that value already"
}

// users lists everybody who changes.
func (t planText) users() {
	for _, u := range t.plan.Users {
		fmt.Fprintln(t)
		name := clean(u.User)
		switch u.Action {
		case plan.Add:
			fmt.Fprintln(t, t.style.Green("+ "+name))
		case plan.Remove:
			fmt.Fprintln(t, t.style.Red("- "+name))
		case plan.Modify:
			if u.Was != "" {
				name += "  was " + clean(u.Was)
			}
			fmt.Fprintln(t, t.style.Yellow("~ ")+name)
		}
		rows := make([][]string, len(u.Changes))
		for i, c := range u.Changes {
			rows[i] = []string{"   ", SettingName(c.Setting), t.transition(c.Before, c.After)}
		}
		for _, line := range Columns(rows, "lll") {
			fmt.Fprintln(t, line)
		}
	}
}

func (t planText) limit(l plan.Limit) {
	what := map[string]string{"changedUsers": "change", "removedUsers": "disappear"}[l.Name]
	fmt.Fprintln(t)
	t.paragraph("", t.style.Red("apply will refuse: ")+fmt.Sprintf("%s of %s %s, %.1f%%; the limit is %g%% (%s:%d). Allow it for once with %s.",
		Count(l.Users), Plural(l.Of, "user", "users"), what, float64(l.Users)*100/float64(l.Of), l.Percent, clean(l.At.File), l.At.Start.Line, l.Flag))
}

// title says what an edit is, in a few words.
func title(c *plan.Cause, who string) string {
	if who != "" {
		who += "   "
	}
	name := lastOf(c.Path)
	switch c.Kind {
	case plan.EditionChange:
		return "edition   " + transition(c)
	case plan.OrgSetting, plan.TemplateSetting, plan.Profile:
		return clean(c.Path) + "   " + transition(c)
	case plan.TemplateRank:
		return "rank of " + clean(secondOf(c.Path)) + "   " + transition(c)
	case plan.TemplateAssignment:
		return "template of group " + clean(secondOf(c.Path)) + "   " + transition(c)
	case plan.Membership:
		if c.After != nil {
			return who + "joined group " + clean(fmt.Sprint(c.After))
		}
		return who + "left group " + clean(fmt.Sprint(c.Before))
	case plan.License, plan.Migration:
		if c.User == "" {
			return clean(c.Path) + "   " + transition(c)
		}
		what := "licenses"
		if c.Kind == plan.Migration {
			what = "migration, licenses"
		}
		return who + what + "   " + transition(c)
	case plan.UserSetting:
		switch {
		case c.After == nil:
			return who + SettingName(name) + ": override removed"
		case c.Before == nil:
			return who + SettingName(name) + ": override set to " + Value(c.After)
		}
		return who + SettingName(name) + ": override   " + transition(c)
	case plan.UserAdded:
		return who + "user added"
	case plan.UserRemoved:
		return who + "user removed"
	case plan.UserRenamed:
		return who + "was " + clean(fmt.Sprint(c.Before))
	case plan.Roster, plan.Tool:
		return clean(c.Path) + "   " + transition(c)
	case plan.Unknown:
	}
	return "cause unknown"
}

func transition(c *plan.Cause) string { return rawValue(c.Before) + " → " + rawValue(c.After) }

// rawValue shows a value as a policy file has it.
func rawValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "not set"
	case plan.Calling:
		return Value(v)
	default:
		return clean(fmt.Sprint(v))
	}
}

// Value shows the effective value of a setting in the words of Control Hub.
func Value(v any) string {
	switch v := v.(type) {
	case nil:
		return "none"
	case bool:
		if v {
			return "on"
		}
		return "off"
	case plan.Calling:
		return callingName(v)
	default:
		return clean(fmt.Sprint(v))
	}
}

func callingName(c plan.Calling) string {
	app := map[string]string{
		"webex": "Webex App", "webexCallingApp": "Webex Calling app", "jabber": "Cisco Jabber", "thirdParty": "third-party app", "": "",
	}[c.App]
	switch c.Service {
	case "unifiedCM":
		app += " on Unified CM"
	case "webexCalling":
		app += " on Webex Calling"
	case "none":
		app += ", no paid calling"
	}
	switch {
	case c.Profile != "":
		app += " (profile " + clean(c.Profile) + ")"
	case c.EmailDomain:
		app += " (e-mail domain)"
	}
	return strings.TrimSpace(app)
}

// SettingName writes a setting as people say it: "video on mobile".
func SettingName(setting string) string {
	setting = strings.TrimPrefix(setting, "inCall.")
	var b strings.Builder
	for _, r := range setting {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// lastOf and secondOf take a name out of a policy path.
func lastOf(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

func secondOf(path string) string {
	_, rest, _ := strings.Cut(path, ".")
	if quoted, ok := strings.CutPrefix(rest, `"`); ok {
		name, _, _ := strings.Cut(quoted, `"`)
		return name
	}
	name, _, _ := strings.Cut(rest, ".")
	return name
}
