package explain

import (
	"fmt"
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/resolve"
)

// obstacle makes an obstacle of a rule; nil where the rule is off.
func (q *question) obstacle(id diag.ID, at *Place, format string, args ...any) []Obstacle {
	severity := id.Severity()
	if chosen, ok := diag.ParseSeverity(q.cfg.Project.Severities[id.String()]); ok {
		severity = chosen
	}
	if severity == diag.Off {
		return nil
	}
	return []Obstacle{{Rule: id.String(), Severity: severity.String(), Why: fmt.Sprintf(format, args...), At: at}}
}

// inTheWay says that a level wins over the change, and how it would not.
func (q *question) inTheWay(from resolve.Source) []Obstacle {
	section, field := q.section()
	o := Obstacle{Severity: diag.Error.String()}
	switch from.Level {
	case resolve.User:
		o.Why = "the user's own value wins over it; remove that as well"
		o.At = q.at(section, field)
	case resolve.Template:
		t := &q.cfg.Templates[q.cfg.Template(from.Template)]
		o.Why = fmt.Sprintf("template %s (rank %d) wins over it", t.Name, t.Rank)
		o.At = placeOf(q.cfg.Range("templates", t.Name, section, field))
	case resolve.Org:
		o.Why = "the organization's value applies"
		o.At = placeOf(q.cfg.Range("org", section, field))
	case resolve.Default:
		o.Why = "the default applies"
	}
	return []Obstacle{o}
}

// locked returns the locks of stronger-worded levels that a layer would break
// by what it says of one setting.
func (q *question) locked(above []layer, said *config.Settings, section, field string) []Obstacle {
	var out []Obstacle
	for n := range above {
		l := &above[n]
		if l.loser {
			continue
		}
		at := placeOf(q.cfg.Range(l.below("locks", section+"."+field)...))
		if i, ok := q.cfg.Toggle(field); ok && section == "inCall" {
			on, set := said.InCall.Get(i)
			if !set || !l.breaksToggle(q.cfg, i, on) {
				continue
			}
			if lock, _ := l.find(section, field); lock.OffOnly {
				out = append(out, q.obstacle(diag.LockOffOnly, at, "%s locks it: it may only be turned off", l.name())...)
			} else {
				out = append(out, q.obstacle(diag.LockFixed, at, "%s locks its value", l.name())...)
			}
			continue
		}
		for _, service := range config.Services {
			if service.String() == field && l.breaksChoice(service, said.For(service)) {
				out = append(out, q.obstacle(diag.LockFixed, at, "%s locks its value", l.name())...)
			}
		}
	}
	return out
}

func (l *layer) name() string {
	if l.Level == resolve.Template {
		return "template " + l.Template
	}
	return "the organization"
}

// ownLocked returns the locks of a new template that the user's own values break.
func (q *question) ownLocked(cfg *config.Config, template int32) []Obstacle {
	if template < 0 {
		return nil
	}
	above := []layer{templateLayer(cfg, template, false)}
	var out []Obstacle
	for i, name := range cfg.Toggles {
		if _, set := q.user.Own.InCall.Get(i); set {
			out = append(out, q.locked(above, &q.user.Own, "inCall", name)...)
		}
	}
	for _, service := range config.Services {
		out = append(out, q.locked(above, &q.user.Own, "callingBehavior", service.String())...)
	}
	return out
}

// violations counts the users whose own values a changed lock-holding layer
// would make wrong, of those whom applies selects.
func (q *question) violations(changed *layer, applies func(*resolve.Class) bool) []Obstacle {
	if changed.locks == nil {
		return nil
	}
	section, field := q.section()
	users, id := 0, diag.LockFixed
	for i := range q.result.Classes {
		c := &q.result.Classes[i]
		if !applies(c) {
			continue
		}
		if found := q.locked([]layer{*changed}, &c.Own, section, field); found != nil {
			users += c.Users
			if found[0].Rule == diag.LockOffOnly.String() {
				id = diag.LockOffOnly
			}
		}
	}
	if users == 0 {
		return nil
	}
	at := placeOf(q.cfg.Range(changed.below("locks", section+"."+field)...))
	if users == 1 {
		return q.obstacle(id, at, "the own value of 1 user would break the lock of %s", changed.name())
	}
	return q.obstacle(id, at, "the own values of %d users would break the lock of %s", users, changed.name())
}

// licensedFor reports whether a user may choose for a service.
func licensedFor(class resolve.LicenseClass, service config.Service) bool {
	switch service {
	case config.WebexCalling:
		return class == resolve.WebexCalling || class == resolve.Migrating
	case config.UnifiedCM:
		return class == resolve.UnifiedCM || class == resolve.Migrating
	case config.NoPaidCalling:
	}
	return class == resolve.None
}

// choiceObstacles returns the rules about a calling behavior at the user level.
func (q *question) choiceObstacles(service config.Service, choice config.Choice) []Obstacle {
	at := q.at("licenses")
	if id, why, ok := forbiddenAt(q.cfg, service, resolve.User); ok {
		return q.obstacle(id, nil, "%s", why)
	}
	var out []Obstacle
	if !licensedFor(q.inputs.License, service) {
		out = append(out, q.obstacle(diag.LicenseBehaviorNeedsLicense, at, "the user has no license for %s", serviceTitle(service))...)
	}
	if service == config.WebexCalling && choice.App == "thirdParty" {
		out = append(out, q.obstacle(diag.LevelThirdPartyAtUserLevel, nil, "a third-party app for a single user")...)
	}
	inherited := q.inputs
	inherited.Own = config.Settings{}
	above := resolve.Resolve(q.cfg, inherited)
	if choice.EmailDomain && above.Calling.Profile != "" {
		out = append(out, q.obstacle(diag.LevelEmailDomainNeedsControlHub, nil,
			"below the profile %s, the e-mail domain can be set in Control Hub only", above.Calling.Profile)...)
	}
	return out
}

// seats warns where a license has no seat left.
func (q *question) seats(license int) []Obstacle {
	l := &q.cfg.Licenses[license]
	if l.Purchased < 0 {
		return nil
	}
	held := 0
	for i := range q.cfg.Users {
		if slices.Contains(q.cfg.Users[i].Licenses, l.Name) {
			held++
		}
	}
	if held < l.Purchased {
		return nil
	}
	return q.obstacle(diag.LicenseOverAllocated, placeOf(q.cfg.Range("licenses", l.Name, "purchased")),
		"all %d seats of the license %s are taken", l.Purchased, l.Name)
}
