package view

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"callpolicy/compiler/explain"
)

// WhyNot shows what would have to change for a user to get another value, and
// what forbids it.
func WhyNot(w io.Writer, a *explain.Answer, s Style) error {
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
	t.heading(clean(a.User), a.Setting, "")
	from := "by " + levelWord(a.From)
	if a.At != nil {
		from += ", " + placeText(a.At)
	}
	fmt.Fprintln(t)
	rows := []row{
		{cells: []string{"  now", t.style.Bold(effectiveValue(a.Value))}},
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
		for _, line := range Wrap(a.Note, t.style.prose()) {
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
	for i := range ways {
		fmt.Fprintln(t)
		t.way(a, &ways[i])
	}
}

func (t explainText) way(a *explain.Answer, w *explain.Way) {
	mark := t.style.Green("+ ")
	if !w.Possible {
		mark = t.style.Red("x ")
	}
	for i, line := range Wrap(wayTitle(a, w), t.style.prose()-4) {
		if i == 0 {
			fmt.Fprintln(t, "  "+mark+line)
		} else {
			fmt.Fprintln(t, "    "+line)
		}
	}
	if w.At != nil {
		t.note(t.style.Dim(placeText(w.At)))
	}
	for _, o := range w.Obstacles {
		said := clean(o.Why)
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
		reach := Plural(w.Users, "user changes", "users change")
		var keep []string
		for _, s := range w.Shielded {
			keep = append(keep, fmt.Sprintf("%s %s", Count(s.Users), wayShield(s)))
		}
		if keep != nil {
			reach += "; not reached are " + enumerate(keep, "and")
		}
		t.note(reach)
	}
	for _, c := range w.Also {
		t.note(fmt.Sprintf("also: %s  %s → %s", SettingName(c.Setting), effectiveValue(c.Before), effectiveValue(c.After)))
	}
}

func wayShield(s explain.Shield) string {
	switch s.By {
	case "template":
		return "by template " + clean(s.Name)
	case "user":
		return "by their own value"
	}
	return "with license class " + clean(s.Name)
}

// wayTitle says what to do, in the imperative.
func wayTitle(a *explain.Answer, w *explain.Way) string {
	groups := make([]string, len(w.Groups))
	for i, g := range w.Groups {
		groups[i] = clean(g)
	}
	switch w.Kind {
	case explain.UserSetting:
		return "write " + settingOf(w.Path) + ": " + fileValue(w.After) + " at the user" + instead(w)
	case explain.UserReset:
		return "remove " + settingOf(w.Path) + ": " + fileValue(w.Before) + " at the user"
	case explain.JoinGroup:
		title := "put the user into the group " + enumerate(groups, "or")
		if len(groups) > largest {
			title = "put the user into one of the groups " + strings.Join(groups[:largest], ", ") + " and " + Count(len(groups)-largest) + " more"
		}
		return title + fmt.Sprintf(", for template %s (rank %d)", clean(w.Template), w.Rank)
	case explain.LeaveGroups:
		title := "take the user out of the group " + groups[0]
		if len(groups) > 1 {
			title = "take the user out of the groups " + enumerate(groups, "and")
		}
		if w.Template == "" {
			return title + ", so that no template is left"
		}
		return title + fmt.Sprintf(", so that template %s wins (rank %d)", clean(w.Template), w.Rank)
	case explain.LicenseChange:
		return fmt.Sprintf("give the user the licenses %s instead of %s", fileValue(w.After), fileValue(w.Before))
	case explain.TemplateRank:
		if w.After == nil {
			return fmt.Sprintf("give template %s a smaller rank than %d", clean(w.Template), w.Rank)
		}
		return fmt.Sprintf("give template %s the rank %v instead of %d", clean(w.Template), w.After, w.Rank)
	case explain.TemplateSetting:
		return "write " + settingOf(w.Path) + ": " + fileValue(w.After) + " in the template " + clean(w.Template) + instead(w)
	case explain.OrgSetting:
		return "write " + settingOf(w.Path) + ": " + fileValue(w.After) + " for the organization" + instead(w)
	}
	return a.Setting
}

func instead(w *explain.Way) string {
	if w.Before == nil {
		return ""
	}
	return ", instead of " + fileValue(w.Before)
}

// settingOf is the end of a policy path: what is written below the entry.
func settingOf(path string) string {
	for _, section := range []string{".inCall.", ".callingBehavior."} {
		if i := strings.LastIndex(path, section); i >= 0 {
			return clean(path[i+1:])
		}
	}
	return clean(path)
}

// fileValue writes a value as a policy file holds it.
func fileValue(v any) string {
	switch v := v.(type) {
	case explain.Calling:
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
		return clean("{ " + strings.Join(fields, ", ") + " }")
	case []string:
		return clean("[" + strings.Join(v, ", ") + "]")
	}
	return rawValue(v)
}
