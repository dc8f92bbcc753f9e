package plan

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

// shields counts the users whom an edit of an organization or template value
// does not reach, by what holds their value.
func (a *attribution) shields(acc *accumulator) []Shield {
	e := acc.edit
	setting := e.path[len(e.path)-2:] // inCall, screenSharing; callingBehavior, unifiedCM
	counts := map[Shield]int{}
	for pair, users := range a.pairs {
		class := &a.head.Classes[pair.head]
		if e.kind == TemplateSetting && (class.Template < 0 || a.headCfg.Templates[class.Template].Name != e.path[1]) {
			continue
		}
		if rest := users - acc.reached[pair]; rest > 0 {
			counts[holder(class, setting[0], setting[1], e.kind)] += rest
		}
	}
	var out []Shield
	for s, n := range counts {
		s.Users = n
		out = append(out, s)
	}
	order := []string{"template", "user", "license", "equal"}
	slices.SortFunc(out, func(x, y Shield) int {
		return cmp.Or(cmp.Compare(slices.Index(order, x.By), slices.Index(order, y.By)), cmp.Compare(y.Users, x.Users), cmp.Compare(x.Name, y.Name))
	})
	return out
}

// holder says why a class does not follow an edit.
func holder(class *resolve.Class, section, name string, kind Kind) Shield {
	var from resolve.Source
	if section == "inCall" {
		i := slices.IndexFunc(class.InCall, func(t resolve.Toggle) bool { return t.Name == name })
		if i < 0 {
			return Shield{By: "equal"}
		}
		from = class.InCall[i].From
	} else {
		switch {
		case class.Calling.Service.String() == name:
			from = class.Calling.AppFrom
		case class.Pending != nil && class.Pending.Service.String() == name:
			from = class.Pending.AppFrom
		default:
			return Shield{By: "license", Name: class.Inputs.License.String()}
		}
	}
	switch {
	case from.Level == resolve.User:
		return Shield{By: "user"}
	case from.Level == resolve.Template && kind == OrgSetting:
		return Shield{By: "template", Name: from.Template}
	}
	return Shield{By: "equal"}
}

// whyIdle says why an edit changes nothing for anybody.
func (a *attribution) whyIdle(acc *accumulator) string {
	e := acc.edit
	switch e.kind {
	case OrgSetting:
		return a.sayShields(acc, "everybody has that value already")
	case TemplateSetting:
		if !a.wins(e.path[1]) {
			return "the template wins for nobody"
		}
		return a.sayShields(acc, "everybody for whom the template wins has that value already")
	case TemplateRank:
		if !a.anyoneInTwo() {
			return "nobody is in two groups with templates"
		}
		return "the same template wins for everybody as before"
	case TemplateAssignment:
		if g, ok := a.headCfg.Group(e.path[1]); ok && a.headCfg.Groups[g].Members == 0 {
			return "the group has no members"
		}
		return "the members have the same values as before"
	case Membership:
		return count(acc.rewritten, "user", "users") + "; the group makes no difference to their settings"
	case License, Migration:
		if len(e.path) > 3 || e.user != "" {
			return count(acc.rewritten, "user", "users") + "; what they are licensed for stays the same"
		}
		return "nobody holds the license"
	case Profile:
		if acc.rewritten > 0 {
			return "nothing effective changes; " + count(acc.rewritten, "user's file", "users' files") + " for the Webex API are written anew"
		}
		return "nobody has chosen the profile"
	case UserSetting:
		return count(acc.rewritten, "user", "users") + "; it is what they have anyway"
	case EditionChange, UserAdded, UserRemoved, UserRenamed, Roster, Tool, Unknown:
	}
	return ""
}

func (a *attribution) sayShields(acc *accumulator, otherwise string) string {
	var parts []string
	for _, s := range a.shields(acc) {
		switch s.By {
		case "template":
			parts = append(parts, fmt.Sprintf("%d by template %s", s.Users, s.Name))
		case "user":
			parts = append(parts, fmt.Sprintf("%d by their own override", s.Users))
		}
	}
	if len(parts) == 0 {
		return otherwise
	}
	return "everybody keeps what they have: " + strings.Join(parts, ", ")
}

// wins reports whether a template wins for anybody.
func (a *attribution) wins(template string) bool {
	t := a.headCfg.Template(template)
	return slices.ContainsFunc(a.head.Classes, func(c resolve.Class) bool { return int(c.Template) == t })
}

// anyoneInTwo reports whether anybody is in two groups with different templates.
func (a *attribution) anyoneInTwo() bool {
	return slices.ContainsFunc(a.headCfg.Users, func(u config.User) bool {
		first := int32(-1)
		for _, g := range u.Groups {
			t := a.headCfg.Groups[g].Template
			if t >= 0 && first >= 0 && t != first {
				return true
			}
			if t >= 0 {
				first = t
			}
		}
		return false
	})
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// text is a stable form of a value, to sort by.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
