package live

import (
	"fmt"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/live/snapshot"
	"callpolicy/compiler/resolve"
)

// Assign says which licenses a push adds, by the policies and a snapshot, and who
// does not get theirs, and why. What a Webex Calling license needs comes from
// columns of the roster: locationId, phoneNumber and extension. Nothing is taken
// from anybody.
func Assign(r *resolve.Result, s *snapshot.Snapshot) (changes []Change, left []Skip, err error) {
	a := assigner{cfg: r.Config, byName: map[string][]snapshot.License{}}
	for _, l := range s.Licenses {
		a.byName[strings.ToLower(l.Name)] = append(a.byName[strings.ToLower(l.Name)], l)
	}
	for p, err := range s.People() {
		if err != nil {
			return nil, nil, err
		}
		i, known := a.cfg.User(p.User)
		if !known {
			continue
		}
		got, skipped := a.person(&a.cfg.Users[i], &p)
		changes, left = append(changes, got...), append(left, skipped...)
	}
	return changes, left, nil
}

type assigner struct {
	cfg    *config.Config
	byName map[string][]snapshot.License
}

// person says what somebody gets: Webex Calling first, never two in one request.
func (a *assigner) person(u *config.User, p *snapshot.Person) (changes []Change, left []Skip) {
	for _, service := range []config.Service{config.WebexCalling, config.UnifiedCM} {
		for _, name := range u.Licenses {
			i, ok := a.cfg.License(name)
			if !ok || a.cfg.Licenses[i].Service != service || a.holds(p, &a.cfg.Licenses[i]) {
				continue
			}
			license, reason := a.give(u, p, &a.cfg.Licenses[i])
			if reason != "" {
				left = append(left, Skip{User: u.Key, Reason: "the license " + name + " is not added: " + reason})
				continue
			}
			groups := groupNames(a.cfg, u)
			changes = append(changes, Change{User: u.Key, ID: p.ID, Add: []License{license}, Why: Assigned, Unit: unit(u, groups), Groups: groups})
		}
	}
	return changes, left
}

// named is what Control Hub calls a license.
func named(l *config.License) string {
	if l.ControlHubName != "" {
		return l.ControlHubName
	}
	return l.Name
}

func (a *assigner) holds(p *snapshot.Person, l *config.License) bool {
	return slices.ContainsFunc(a.byName[strings.ToLower(named(l))], func(have snapshot.License) bool {
		return slices.Contains(p.Licenses, have.Key)
	})
}

// give returns a license with what it needs, or why it is not given.
func (a *assigner) give(u *config.User, p *snapshot.Person, l *config.License) (License, string) {
	live := a.byName[strings.ToLower(named(l))]
	switch {
	case p.Pending:
		return License{}, "the invitation is still pending"
	case p.Disabled:
		return License{}, "the person is deactivated"
	case slices.ContainsFunc(p.Licenses, func(key string) bool { return strings.HasPrefix(key, "Hybrid Call") }):
		return License{}, "the person has Hybrid Calling"
	case len(live) == 0:
		return License{}, fmt.Sprintf("the organization has no license called %q; controlHubName says what Control Hub calls it", named(l))
	case len(live) > 1:
		return License{}, fmt.Sprintf("%q is in %d subscriptions, and the policies do not say which", named(l), len(live))
	}
	out := License{Name: live[0].Key, ID: live[0].ID}
	if l.Service != config.WebexCalling {
		return out, ""
	}
	if other := a.otherCalling(p); other != "" {
		return License{}, "the person has " + other + "; to exchange it is for hands"
	}
	column := func(names ...string) string {
		for _, attribute := range u.Attributes {
			for _, name := range names {
				if strings.EqualFold(strings.ReplaceAll(attribute.Name, " ", ""), name) {
					return strings.TrimSpace(attribute.Value)
				}
			}
		}
		return ""
	}
	out.Number, out.Extension, out.Location = column("phoneNumber"), column("extension"), column("locationId")
	return shape(out)
}

// otherCalling returns a Webex Calling license that somebody has; empty: none.
func (a *assigner) otherCalling(p *snapshot.Person) string {
	for i := range a.cfg.Licenses {
		if l := &a.cfg.Licenses[i]; l.Service == config.WebexCalling && a.holds(p, l) {
			return named(l)
		}
	}
	return ""
}

// shape gives a Webex Calling license one of the three sets of properties that are
// in use: a number; a number and an extension; an extension and a location.
func shape(l License) (License, string) {
	switch {
	case l.Number != "" && !strings.HasPrefix(l.Number, "+"):
		return License{}, fmt.Sprintf("the number %q does not begin with + and the country", l.Number)
	case strings.Trim(l.Extension, "0123456789") != "":
		return License{}, fmt.Sprintf("the extension %q is no number", l.Extension)
	case l.Number != "":
		l.Location = "" // a number has its own, and Webex takes no license with all three
		return l, ""
	case l.Extension != "" && l.Location != "":
		return l, ""
	case l.Extension != "":
		return License{}, "an extension needs a location: the roster has no column locationId for this person"
	}
	return License{}, "a Webex Calling license needs a number, or an extension and a location: the roster has no column phoneNumber, extension or locationId for this person"
}
