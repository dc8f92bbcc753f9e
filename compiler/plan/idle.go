package plan

import (
	"fmt"
	"slices"
	"strings"

	"callpolicy/compiler/config"
)

// idle completes the cause of an edit that changes nothing for anybody: why it
// does not, and whose bundles are written anew all the same.
func (a *attribution) idle(situations []*situation, f *effect, c *Cause) {
	e := f.edit
	if e.note != "" {
		c.Note = e.note
		return
	}
	if f.in != nil {
		a.idleOfOne(f, c)
		return
	}
	n := without(situations, e)
	c.Rewritten = n.rewritten
	if n.values > 0 {
		c.Held, c.Note = n.values, noteHeld
		return
	}
	switch e.kind {
	case OrgSetting, TemplateSetting:
		c.Note = a.whyShielded(e, c.Shielded)
	case TemplateRank:
		c.Note = a.whyRank(situations, e.path[1], n)
	case TemplateAssignment:
		c.Note = a.whyAssignment(situations, e.path[1], n)
	case Membership:
		c.Note = a.whyConditions(e.path[1], n)
	case License:
		if c.Note = "what its holders are licensed for stays the same"; !a.held(e.path[1]) {
			c.Note = "nobody holds the license"
		}
	case Profile:
		if e.path[2] != "id" {
			c.Note = "no calling behavior that is in effect names the profile"
			return
		}
		c.Rewritten = a.profileFiles(situations, e.path[1])
		c.Note = "the id is only for the Webex API"
		if c.Rewritten > 0 {
			c.Note += "; " + count(c.Rewritten, "user's file for it is", "users' files for it are") + " written anew"
		}
	case EditionChange:
		c.Note = "everybody's values are the same in both"
	case Roster:
		c.Note = a.whyMoved(e, n)
	case Migration, UserSetting, UserAdded, UserRemoved, UserRenamed, Tool, Unknown:
	}
}

// noteHeld is the note of edits that keep values as they are.
const noteHeld = "without it, other edits would change what they have"

// tried counts the users for whom something would be otherwise without an edit.
type tried struct{ values, templates, rewritten, users int }

func without(situations []*situation, e *edit) (n tried) {
	for _, s := range situations {
		bit := s.index(e)
		if bit == same {
			continue
		}
		n.users += s.users
		p := s.without(bit)
		switch {
		case p.values:
			n.values += s.users
		case p.levels && s.rewritten && len(s.settings) == 0:
			n.rewritten += s.users
		}
		if p.template {
			n.templates += s.users
		}
	}
	return n
}

// whyShielded says who keeps their value, and why.
func (a *attribution) whyShielded(e *edit, shields []Shield) string {
	if len(shields) == 0 {
		if e.kind == TemplateSetting {
			return "nobody who was there before is in a group with the template"
		}
		return "nobody was there before"
	}
	var parts []string
	for _, s := range shields {
		switch s.By {
		case "template":
			parts = append(parts, fmt.Sprintf("%d by template %s", s.Users, s.Name))
		case "user":
			parts = append(parts, fmt.Sprintf("%d by their own override", s.Users))
		case "license":
			parts = append(parts, fmt.Sprintf("%d with license class %s", s.Users, s.Name))
		default:
			parts = append(parts, fmt.Sprintf("%d to whom it makes no difference", s.Users))
		}
	}
	if len(shields) == 1 && shields[0].By == "equal" {
		if e.kind == TemplateSetting {
			return "it is what everybody for whom the template wins has anyway"
		}
		return "it is what everybody has anyway"
	}
	return "everybody keeps what they have: " + strings.Join(parts, ", ")
}

func (a *attribution) whyRank(situations []*situation, template string, n tried) string {
	if n.templates > 0 {
		return "another template wins for " + count(n.templates, "user", "users") + ", with the same values"
	}
	inTwo, with := false, false
	for _, s := range situations {
		var names []string
		for _, g := range s.memberOf {
			if t := templateOf(a.headCfg, int(g)); t != "" && !slices.Contains(names, t) {
				names = append(names, t)
			}
		}
		inTwo = inTwo || len(names) > 1
		with = with || len(names) > 1 && slices.Contains(names, template)
	}
	switch {
	case !inTwo:
		return "nobody is in groups with different templates"
	case !with:
		return "nobody with the template is in a group with another one"
	}
	return "the same template wins for everybody either way"
}

func (a *attribution) whyAssignment(situations []*situation, group string, n tried) string {
	g, _ := a.headCfg.Group(group)
	there := slices.ContainsFunc(situations, func(s *situation) bool { return slices.Contains(s.memberOf, int32(g)) })
	switch {
	case a.headCfg.Groups[g].Members == 0:
		return "the group has no members"
	case !there:
		return "all members of the group are new"
	case n.templates == 0:
		return "another template wins for every member"
	}
	return "every member has the same values either way"
}

func (a *attribution) whyConditions(group string, n tried) string {
	template := ""
	for _, cfg := range []*config.Config{a.baseCfg, a.headCfg} {
		if g, ok := cfg.Group(group); ok && template == "" {
			template = templateOf(cfg, g)
		}
	}
	switch {
	case template == "":
		return noteNoTemplate
	case n.templates == 0:
		return "the same template wins for everybody either way"
	}
	return "everybody has the same values either way"
}

// leads reports whether a group has a calling template on some side.
func (a *attribution) leads(group string) bool {
	for _, cfg := range []*config.Config{a.baseCfg, a.headCfg} {
		if g, ok := cfg.Group(group); ok && templateOf(cfg, g) != "" {
			return true
		}
	}
	return false
}

// whyMoved says why something that the directory did changes nothing.
func (a *attribution) whyMoved(e *edit, n tried) string {
	who := count(n.users, "user", "users") + "; "
	switch {
	case e.path[0] == "licenses":
		return who + "what they are licensed for stays the same"
	case e.path[0] == "groups" && !a.leads(e.path[1]):
		return who + noteNoTemplate
	case n.templates == 0:
		return who + "the same template wins for them either way"
	}
	return who + "another template wins for them, with the same values"
}

const noteNoTemplate = "the group has no calling template"

// held reports whether somebody lists a license.
func (a *attribution) held(license string) bool {
	return slices.ContainsFunc(a.headCfg.Users, func(u config.User) bool { return slices.Contains(u.Licenses, license) })
}

// profileFiles counts the users whose bundles hold the id of a profile, and who
// change in nothing else.
func (a *attribution) profileFiles(situations []*situation, profile string) int {
	users := 0
	for _, s := range situations {
		if s.rewritten && len(s.settings) == 0 && s.head.Calling.Profile == profile {
			users += s.users
		}
	}
	return users
}

// idleOfOne says why an edit about one user changes nothing.
func (a *attribution) idleOfOne(f *effect, c *Cause) {
	s, e := f.in, f.edit
	p := s.without(f.bit)
	if p.levels && s.rewritten && len(s.settings) == 0 {
		c.Rewritten = 1
	}
	if p.values {
		c.Held, c.Note = 1, noteHeld
		return
	}
	switch e.kind {
	case UserSetting:
		c.Note = "it is what they have anyway"
		if e.after == nil {
			c.Note = "what they inherit is the same"
		}
		if e.path[2] == "callingBehavior" && !a.inUse(s, e.path[3]) {
			c.Note = "the service is not in use for them"
		}
	case License, Migration:
		c.Note = "what they are licensed for stays the same"
	case Membership:
		c.Note = a.whyMembership(s, e, p)
	case EditionChange, OrgSetting, TemplateSetting, TemplateRank, TemplateAssignment, Profile, UserAdded, UserRemoved, UserRenamed, Roster, Tool, Unknown:
	}
}

// inUse reports whether a service decides anything for users in a situation.
func (a *attribution) inUse(s *situation, service string) bool {
	return s.head.Calling.Service.String() == service || s.head.Pending != nil && s.head.Pending.Service.String() == service
}

func (a *attribution) whyMembership(s *situation, e *edit, p probe) string {
	if e.path[2] == "attributes" {
		if p.template {
			return "another template wins, with the same values"
		}
		return "the same template wins either way"
	}
	now := s.present()
	g := now.groups[e.path[3]]
	switch {
	case g == nil:
		return noteNoTemplate
	case p.template:
		return "the group's template makes no difference to their values"
	case g.template[atHead] == "":
		return noteNoTemplate
	case now.winner == g.template[atHead]:
		return "another group gives them the same template"
	}
	return "template " + now.winner + " wins for them"
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
