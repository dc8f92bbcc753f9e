package plan

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

// shields counts the users whom an edit of an organization or template value
// does not reach, by what holds their value. Of an organization's value it
// counts among everybody who is on both sides; of a template's among those who
// are in a group with the template.
func shields(cfg *config.Config, situations []*situation, e *edit) []Shield {
	setting := e.path[len(e.path)-2:] // inCall, screenSharing; callingBehavior, unifiedCM
	counts := map[Shield]int{}
	for _, s := range situations {
		if bit := s.index(e); bit != same && s.caused[bit] {
			continue
		}
		if e.kind == TemplateSetting && s.templateName(cfg) != e.path[1] {
			if s.hasTemplate(cfg, e.path[1]) {
				counts[Shield{By: "template", Name: s.templateName(cfg)}] += s.users
			}
			continue
		}
		counts[holder(s.head, setting[0], setting[1], e)] += s.users
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

// templateName returns the template that wins at the head, or nothing.
func (s *situation) templateName(cfg *config.Config) string {
	if s.head.Template < 0 {
		return ""
	}
	return cfg.Templates[s.head.Template].Name
}

// hasTemplate reports whether a group leads to a template at the head.
func (s *situation) hasTemplate(cfg *config.Config, name string) bool {
	return slices.ContainsFunc(s.memberOf, func(g int32) bool { return templateOf(cfg, int(g)) == name })
}

// holder says why a class does not follow an edit.
func holder(class *resolve.Class, section, name string, e *edit) Shield {
	from, ok := sourceOf(class, section, name, e)
	switch {
	case !ok:
		return Shield{By: "license", Name: class.Inputs.License.String()}
	case from.Level == resolve.User:
		return Shield{By: "user"}
	case from.Level == resolve.Template && e.kind == OrgSetting:
		return Shield{By: "template", Name: from.Template}
	}
	return Shield{By: "equal"}
}

// sourceOf returns where the part of a value comes from that an edit is about.
// ok is false where the class has no such setting in use.
func sourceOf(class *resolve.Class, section, name string, e *edit) (from resolve.Source, ok bool) {
	if section == "inCall" {
		i := slices.IndexFunc(class.InCall, func(t resolve.Toggle) bool { return t.Name == name })
		if i < 0 {
			return resolve.Source{}, true
		}
		return class.InCall[i].From, true
	}
	b := &class.Calling
	switch {
	case class.Calling.Service.String() == name:
	case class.Pending != nil && class.Pending.Service.String() == name:
		b = class.Pending
	default:
		return resolve.Source{}, false
	}
	before, _ := e.before.(bundle.Choice)
	after, _ := e.after.(bundle.Choice)
	if before.App == after.App && b.HasProfile {
		return b.ProfileFrom, true
	}
	return b.AppFrom, true
}

// text is a stable form of a value, to sort by.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
