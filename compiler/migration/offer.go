package migration

import (
	"fmt"
	"slices"
	"strings"
)

// policy writes what the files say as a policy file, for the folder of the
// others: what is there already is defined once, so what belongs to it is a
// comment, which says where to write it. A Jabber file reaches Unified CM users
// alone, so what would take something from others is offered to groups of theirs
// or asked, and never written for the organization.
func (a *assessment) policy(files []*JabberFile, found []Found) string {
	o := &offer{assessment: a, taken: map[string]bool{}}
	for i := range a.cfg.Templates {
		o.rank = max(o.rank, a.cfg.Templates[i].Rank)
		o.taken[a.cfg.Templates[i].Name] = true
	}
	for _, f := range files {
		settings, takes := a.settings(f, found, &o.profiles)
		switch others := a.others(f.Group); {
		case settings == "":
		case takes && others > 0 && f.Group != "":
			o.askGroup(f, settings, others)
		case takes && others > 0:
			o.global(f, settings, others)
		case f.Group != "":
			o.template(f, f.Group, settings, f.Group)
		case a.cfg.KeyRange("org").IsZero() && o.org.Len() == 0:
			fmt.Fprintf(&o.org, "# %s\norg:\n  inCall:\n%s", comment(f.Name), indented("    ", settings))
		default:
			at := "above"
			if r := a.cfg.KeyRange("org"); !r.IsZero() {
				at = fmt.Sprintf("in %s:%d", r.File, r.Start.Line)
			}
			fmt.Fprintf(&o.there, "# %s: write into org, which is %s:\n#   inCall:\n%s", comment(f.Name), comment(at), indented("#     ", settings))
		}
	}
	return o.org.String() + under("ucManagerProfiles", &o.profiles) + under("templates", &o.templates) + under("groups", &o.groups) + o.there.String()
}

// offer is a policy file in the making.
type offer struct {
	*assessment

	org, templates, groups, profiles strings.Builder
	there                            strings.Builder // what is left to do, as comments
	taken                            map[string]bool // names of templates
	rank                             int
}

// others counts the users whom a setting of the organization, or of a group,
// reaches although they read no Jabber file.
func (a *assessment) others(group string) int {
	n := 0
	for i, reads := range a.reads {
		if !reads && (group == "" || a.members[group][i]) {
			n++
		}
	}
	return n
}

// template writes a template with the settings of a file, and assigns it.
func (o *offer) template(f *JabberFile, name, settings string, groups ...string) {
	o.rank += 10
	name = free(name, func(name string) bool { return o.taken[name] })
	o.taken[name] = true
	fmt.Fprintf(&o.templates, "  # %s\n  %s:\n    rank: %d   # the smallest rank wins\n    inCall:\n%s", comment(f.Name), quoted(name), o.rank, indented("      ", settings))
	for _, g := range groups {
		o.assign(g, name, &o.groups, &o.there)
	}
}

// global offers what the global file says where the organization's setting would
// take something from others: to groups of Unified CM users alone, where these
// are all of them, and else as a question.
func (o *offer) global(f *JabberFile, settings string, others int) {
	groups, reached := o.groupsOfReaders()
	if reached == o.users && o.users > 0 {
		o.template(f, "unified-cm", settings, groups...)
		return
	}
	fmt.Fprintf(&o.there, "# %s reaches %s with a Unified CM license. Under org this would be taken from %s as well,\n", comment(f.Name), people(o.users), people(others))
	o.there.WriteString("# so it is a question. Either make a group of the Unified CM users, with a template:\n")
	o.rank += 10
	fmt.Fprintf(&o.there, "#   templates:\n#     unified-cm:\n#       rank: %d\n#       inCall:\n%s", o.rank, indented("#         ", settings))
	if len(groups) > 0 {
		shown := groups[:min(len(groups), 5)]
		fmt.Fprintf(&o.there, "# %d of the %d are in groups with no others: %s.\n", reached, o.users, comment(strings.Join(shown, ", ")))
	}
	o.there.WriteString("# Or write the same under org, if the others are to lose it, too.\n")
}

// askGroup asks about the file of a group in which others are as well.
func (o *offer) askGroup(f *JabberFile, settings string, others int) {
	fmt.Fprintf(&o.there, "# %s is for %s, and a template of that group would take this from %s without a Unified CM license, too.\n", comment(f.Name), comment(f.Group), people(others))
	fmt.Fprintf(&o.there, "# Make a group of its Unified CM users, with a template:\n#   inCall:\n%s", indented("#     ", settings))
}

// groupsOfReaders returns the groups without a template in which everybody has a
// Unified CM license, and how many users are in one of them.
func (a *assessment) groupsOfReaders() (groups []string, reached int) {
	only := make([]bool, len(a.cfg.Groups))
	members := make([]int, len(a.cfg.Groups))
	for g := range only {
		only[g] = a.cfg.Groups[g].Template < 0
	}
	for i := range a.cfg.Users {
		for _, g := range a.cfg.Users[i].Groups {
			members[g]++
			only[g] = only[g] && a.reads[i]
		}
	}
	for g := range only {
		if only[g] && members[g] > 0 {
			groups = append(groups, a.cfg.Groups[g].Name)
		}
	}
	for i := range a.cfg.Users {
		if slices.ContainsFunc(a.cfg.Users[i].Groups, func(g int32) bool { return only[g] }) {
			reached++
		}
	}
	return groups, reached
}

func people(n int) string {
	if n == 1 {
		return "1 user"
	}
	return fmt.Sprintf("%d users", n)
}

// settings writes the toggles of a file, a line each, and the profiles that are
// new because of it. takes: one of them turns something off.
func (a *assessment) settings(f *JabberFile, found []Found, profiles *strings.Builder) (lines string, takes bool) {
	var out strings.Builder
	said := map[string]bool{}
	for i := range found {
		p := &found[i]
		if p.in != f || p.Verdict != Expressed {
			continue
		}
		for _, s := range p.Settings {
			toggle, isToggle := strings.CutPrefix(s, "inCall.")
			name := strings.TrimPrefix(s, "ucManagerProfiles.")
			switch {
			case said[s], isToggle && p.on == nil:
				continue
			case isToggle:
				fmt.Fprintf(&out, "%s: %t   # %s: %s\n", toggle, *p.on, p.Name, comment(p.Value))
				takes = takes || !*p.on
			case a.profiles[strings.ToLower(p.Value)] == name && !a.written[name]:
				a.written[name] = true
				fmt.Fprintf(profiles, "  %s: { voiceServicesDomain: %s }   # %s in %s\n", quoted(name), quoted(p.Value), p.Name, comment(f.Name))
			}
			said[s] = true
		}
	}
	return out.String(), takes
}

// assign writes that a group is assigned to a template: into groups where no
// file has the group, and else as a comment into there.
func (a *assessment) assign(group, template string, groups, there *strings.Builder) {
	line := fmt.Sprintf("%s: { template: %s }\n", quoted(group), quoted(template))
	at := a.cfg.KeyRange("groups", group)
	if at.IsZero() {
		groups.WriteString("  " + line)
		return
	}
	g, _ := a.cfg.Group(group)
	if t := a.cfg.Groups[g].Template; t >= 0 {
		fmt.Fprintf(there, "# %s has the template %s already, in %s:%d: write the toggles there, or assign it anew:\n#   %s",
			comment(group), comment(a.cfg.Templates[t].Name), comment(at.File), at.Start.Line, line)
		return
	}
	fmt.Fprintf(there, "# Assign %s, which is in %s:%d, as callpolicy template add-group does:\n#   %s", comment(group), comment(at.File), at.Start.Line, line)
}

// indented puts something in front of each line.
func indented(with, lines string) string {
	var out strings.Builder
	for line := range strings.Lines(lines) {
		out.WriteString(with + line)
	}
	return out.String()
}

func under(section string, body *strings.Builder) string {
	if body.Len() == 0 {
		return ""
	}
	return section + ":\n" + body.String()
}

// quoted writes text as a YAML scalar.
func quoted(s string) string {
	for _, r := range s {
		plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.@", r)
		if !plain {
			return fmt.Sprintf("%q", s)
		}
	}
	if s == "" || strings.ContainsAny(s[:1], "-.@0123456789") {
		return fmt.Sprintf("%q", s)
	}
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "null":
		return fmt.Sprintf("%q", s)
	}
	return s
}

// comment keeps text within its line.
func comment(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}
