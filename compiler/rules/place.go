package rules

import (
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

// placeOf says where a field of a user's subject is written, as a policy path:
// for an effective value, at the level that it comes from. What is written
// nowhere is looked for where somebody would write it.
func (r *run) placeOf(user, item int, path []string) []string {
	u := &r.cfg.Users[user]
	base := []string{"users", u.Address}
	if len(path) == 0 {
		return base
	}
	switch path[0] {
	case "overrides":
		return slices.Concat(base, path[1:])
	case "attributes":
		return slices.Concat(base, path)
	case "services", "licenseClass", "licenseKinds":
		return append(base, "licenses")
	case "licenses":
		return listed(append(base, "licenses"), u.Licenses, path[1:])
	case "groups":
		return listed(append(base, "groups"), u.InGroups, path[1:])
	case "template":
		return r.placeOfTemplate(user, base, path[1:])
	case "migration":
		if m := migrationOf(r.cfg, u); m.there && m.group >= 0 {
			base = []string{"groups", r.cfg.Groups[m.group].Name}
		}
		return slices.Concat(base, written(path, "migration", "completeBy", "webexCallingReady"))
	case "setting":
		if item >= 0 {
			o := r.own(user)[item]
			return o.placed(path[1:], base)
		}
	case "effective":
		return r.placeOfEffective(user, base, path[1:])
	}
	return base
}

// written returns a path of two names if the second is one that can be
// written, else of the first alone.
func written(path []string, first string, names ...string) []string {
	if len(path) > 1 && slices.Contains(names, path[1]) {
		return []string{first, path[1]}
	}
	return []string{first}
}

// listed goes on to an item of a list, where there is one.
func listed(base, list, path []string) []string {
	if len(path) > 0 {
		if i := slices.Index(list, path[0]); i >= 0 {
			return append(base, index(i))
		}
	}
	return base
}

// placeOfTemplate finds the group that brings a user the winning template.
func (r *run) placeOfTemplate(user int, base, path []string) []string {
	t := r.result.Class(user).Template
	if t < 0 {
		return base
	}
	if len(path) > 0 && path[0] == "rank" {
		return []string{"templates", r.cfg.Templates[t].Name, "rank"}
	}
	for _, g := range r.cfg.Users[user].Groups {
		if r.cfg.Groups[g].Template == t {
			return []string{"groups", r.cfg.Groups[g].Name, "template"}
		}
	}
	return base
}

func (r *run) placeOfEffective(user int, base, path []string) []string {
	class := r.result.Class(user)
	if len(path) == 0 {
		return base
	}
	var from resolve.Source
	var rest []string
	switch path[0] {
	case "inCall":
		if len(path) < 2 {
			return base
		}
		i := slices.IndexFunc(class.InCall, func(t resolve.Toggle) bool { return t.Name == path[1] })
		if i < 0 {
			return base
		}
		from, rest = class.InCall[i].From, path[:2]
	case "callingBehavior", "pendingCallingBehavior":
		b := &class.Calling
		if path[0] == "pendingCallingBehavior" {
			if b = class.Pending; b == nil {
				return base
			}
		}
		from, rest = b.AppFrom, []string{"callingBehavior", b.Service.String(), "app"}
		if len(path) > 1 && path[1] == "ucManagerProfile" && b.HasProfile {
			from, rest[2] = b.ProfileFrom, "ucManagerProfile"
			if b.Profile == "" {
				rest[2] = "domain"
			}
		}
	}
	if from.Level == resolve.User {
		return slices.Concat(base, rest)
	}
	if at := pathOf(from, rest); at != nil {
		return at
	}
	if r.cfg.Org.At != (config.Place{}) { // a default: the organization is where most would decide it
		return slices.Concat([]string{"org"}, rest[:1])
	}
	return base
}
