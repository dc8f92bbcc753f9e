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
)

// mostGroups is how many groups a way names.
const mostGroups = 4

// WhyNot shows what would have to change for a user to get another value, and
// what forbids it.
func WhyNot(w io.Writer, a *explain.Answer, s layout.Style) error {
	out := bufio.NewWriter(w)
	t := explainText{out, s}
	t.question(a)
	possible := slices.IndexFunc(a.Ways, func(w explain.Way) bool { return !w.Possible })
	if possible < 0 {
		possible = len(a.Ways)
	}
	switch {
	case a.Already:
	case len(a.Ways) == 0:
		fmt.Fprintln(t, "\nNo single change in the files would give it to the user.")
	default:
		t.ways("Possible", a, a.Ways[:possible])
		t.ways("Not possible", a, a.Ways[possible:])
	}
	return out.Flush()
}

func (t explainText) question(a *explain.Answer) {
	t.heading(harmless.Line(a.User), a.Setting, "")
	from := "by " + levelWord(a.From)
	if a.At != nil {
		from += ", " + placeText(a.At)
	}
	fmt.Fprintln(t)
	rows := []row{
		{cells: []string{"  now", t.style.Bold(words.Value(a.Value))}},
		{cells: []string{"", t.style.Dim(from)}},
	}
	if a.Already {
		rows[0].cells[1] += ", which is what you asked for"
	} else {
		rows = append(rows, row{cells: []string{"  wanted", t.style.Bold(levelValue(a.Wanted))}})
	}
	t.table(rows)
	if a.Note != "" {
		fmt.Fprintln(t)
		for _, line := range layout.Wrap(a.Note, t.style.Prose()) {
			fmt.Fprintln(t, line)
		}
	}
}

func (t explainText) ways(title string, a *explain.Answer, ways []explain.Way) {
	if len(ways) == 0 {
		return
	}
	fmt.Fprintln(t)
	t.heading(title, "", "")
	told := map[string]bool{}
	for i := range ways {
		alike := outranked(ways, &ways[i])
		if len(alike) < 2 {
			fmt.Fprintln(t)
			t.way(a, &ways[i])
			continue
		}
		if why := ways[i].Obstacles[0].Why; !told[why] {
			told[why] = true
			fmt.Fprintln(t)
			t.way(a, &explain.Way{Kind: explain.JoinGroup, Groups: alike, At: ways[i].At, Obstacles: ways[i].Obstacles, Users: 1})
		}
	}
}

// outranked lists the templates to which a user could come by one group more,
// and that would all lose for the same reason as this one does. A list of them
// says more than each by itself.
func outranked(ways []explain.Way, like *explain.Way) []string {
	var templates []string
	for i := range ways {
		w := &ways[i]
		if !w.Possible && w.Kind == explain.JoinGroup && like.Kind == w.Kind &&
			len(w.Obstacles) == 1 && len(like.Obstacles) == 1 && w.Obstacles[0].Why == like.Obstacles[0].Why {
			templates = append(templates, fmt.Sprintf("%s (%d)", w.Template, w.Rank))
		}
	}
	return templates
}

func (t explainText) way(a *explain.Answer, w *explain.Way) {
	mark := t.style.Green("+ ")
	if !w.Possible {
		mark = t.style.Red("x ")
	}
	for i, line := range layout.Wrap(wayTitle(a, w), t.style.Prose()-4) {
		if i == 0 {
			fmt.Fprintln(t, "  "+mark+line)
		} else {
			fmt.Fprintln(t, "    "+line)
		}
	}
	switch w.Kind {
	case explain.UserSetting, explain.TemplateSetting, explain.OrgSetting, explain.LicenseChange:
		if w.Before != nil {
			t.note("instead of " + fileValue(w.Before))
		}
	case explain.UserReset, explain.JoinGroup, explain.LeaveGroups, explain.TemplateRank:
	}
	if w.At != nil {
		t.note(t.style.Dim(placeText(w.At)))
	}
	for _, o := range w.Obstacles {
		said := harmless.Line(o.Why)
		if o.Rule != "" {
			said += " (" + o.Rule + ")"
		}
		word := t.style.Red("but ")
		if o.Severity != "error" {
			word = t.style.Yellow(o.Severity + ": ")
		}
		t.note(word + said)
		if o.At != nil {
			t.note("    " + t.style.Dim(placeText(o.At)))
		}
	}
	t.effects(w)
}

// effects says whom else a change concerns, and what else it changes.
func (t explainText) effects(w *explain.Way) {
	if w.Users != 1 || len(w.Shielded) > 0 {
		reach := layout.Plural(w.Users, "user changes", "users change")
		var keep []string
		for _, s := range w.Shielded {
			keep = append(keep, fmt.Sprintf("%s %s", layout.Count(s.Users), wayShield(s)))
		}
		if keep != nil {
			reach += "; not reached are " + enumerate(keep, "and")
		}
		t.note(reach)
	}
	for _, c := range w.Also {
		t.note(fmt.Sprintf("also: %s  %s → %s", words.Setting(c.Setting), words.Value(c.Before), words.Value(c.After)))
	}
}

func wayShield(s explain.Shield) string {
	switch s.By {
	case "template":
		return "by template " + harmless.Line(s.Name)
	case "user":
		return "by their own value"
	}
	return "with license class " + harmless.Line(s.Name)
}

// wayTitle says what to do, in the imperative.
func wayTitle(a *explain.Answer, w *explain.Way) string {
	groups := make([]string, len(w.Groups))
	for i, g := range w.Groups {
		groups[i] = harmless.Line(g)
	}
	switch w.Kind {
	case explain.UserSetting:
		return "write " + settingOf(w.Path) + ": " + fileValue(w.After) + " at the user"
	case explain.UserReset:
		return "remove " + settingOf(w.Path) + ": " + fileValue(w.Before) + " at the user"
	case explain.JoinGroup:
		if w.Template == "" { // several, of which the groups do not matter
			return "put the user into a group with template " + enumerate(groups, "or")
		}
		title := "put the user into the group " + enumerate(groups, "or")
		if len(groups) > mostGroups {
			title = "put the user into one of the groups " + strings.Join(groups[:mostGroups], ", ") + " and " + layout.Count(len(groups)-mostGroups) + " more"
		}
		return title + fmt.Sprintf(", for template %s (rank %d)", harmless.Line(w.Template), w.Rank)
	case explain.LeaveGroups:
		title := "take the user out of the group " + groups[0]
		if len(groups) > 1 {
			title = "take the user out of the groups " + enumerate(groups, "and")
		}
		if w.Template == "" {
			return title + ", so that no template is left"
		}
		return title + fmt.Sprintf(", so that template %s wins (rank %d)", harmless.Line(w.Template), w.Rank)
	case explain.LicenseChange:
		return "give the user the licenses " + fileValue(w.After)
	case explain.TemplateRank:
		if w.After == nil {
			return fmt.Sprintf("give template %s a smaller rank than %d", harmless.Line(w.Template), w.Rank)
		}
		return fmt.Sprintf("give template %s the rank %v instead of %d", harmless.Line(w.Template), w.After, w.Rank)
	case explain.TemplateSetting:
		return "write " + settingOf(w.Path) + ": " + fileValue(w.After) + " in the template " + harmless.Line(w.Template)
	case explain.OrgSetting:
		return "write " + settingOf(w.Path) + ": " + fileValue(w.After) + " for the organization"
	}
	return a.Setting
}

// settingOf is the end of a policy path: what is written below the entry.
func settingOf(path string) string {
	for _, section := range []string{".inCall.", ".callingBehavior."} {
		if i := strings.LastIndex(path, section); i >= 0 {
			return harmless.Line(path[i+1:])
		}
	}
	return harmless.Line(path)
}

// fileValue writes a value as a policy file holds it.
func fileValue(v any) string {
	switch v := v.(type) {
	case bundle.Choice:
		var fields []string
		if v.App != "" {
			fields = append(fields, "app: "+v.App)
		}
		if v.Profile != "" {
			fields = append(fields, "ucManagerProfile: "+v.Profile)
		}
		if v.EmailDomain {
			fields = append(fields, "domain: email")
		}
		return harmless.Line("{ " + strings.Join(fields, ", ") + " }")
	case []string:
		return harmless.Line("[" + strings.Join(v, ", ") + "]")
	}
	return words.Raw(v)
}
