package explain

import (
	"slices"
	"strconv"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/resolve"
)

// atUser tries to write the value at the user.
func (q *question) atUser() {
	if q.isToggle {
		i, _ := q.cfg.Toggle(q.toggleName)
		in := q.inputs
		in.Own.InCall = in.Own.InCall.With(i, q.on)
		path := q.path("inCall", q.toggleName)
		w := Way{Kind: UserSetting, Path: path.String(), At: placeOf(q.cfg.Range(path...)), After: q.on, Users: 1}
		if on, set := q.user.Own.InCall.Get(i); set {
			w.Before = on
		}
		if !q.cfg.Knows(q.toggleName) {
			w.Obstacles = q.obstacle(diag.LevelNotInEdition, nil, "%s knows no such setting", q.cfg.Schema.Edition.Title)
		}
		w.Obstacles = append(w.Obstacles, q.locked(q.layers()[1:], &in.Own, "inCall", q.toggleName)...)
		after := resolve.Resolve(q.cfg, in)
		q.add(w, q.granted(&after))
		return
	}
	for _, service := range config.Services {
		// For another service there is something to write only if that alone knows the value.
		if q.offered(service) && (service == q.service() || !q.offered(q.service())) {
			q.choiceAtUser(service)
		}
	}
}

func (q *question) choiceAtUser(service config.Service) {
	in := q.inputs
	have := in.Own.For(service)
	choice := q.complete(service)
	in.Own.Behavior[service-1] = choice
	path := q.path("callingBehavior", service.String())
	w := Way{Kind: UserSetting, Path: path.String(), At: placeOf(q.cfg.Range(path...)), After: choiceOf(choice), Users: 1}
	if !have.IsZero() {
		w.Before = choiceOf(have)
	}
	w.Obstacles = append(q.choiceObstacles(service, choice), q.locked(q.layers()[1:], &in.Own, "callingBehavior", service.String())...)
	after := resolve.Resolve(q.cfg, in)
	q.add(w, q.granted(&after))
}

// reset tries to remove what the user level holds.
func (q *question) reset() {
	in := q.without()
	if in == q.inputs {
		return
	}
	section, field := q.section()
	path := q.path(section, field)
	w := Way{Kind: UserReset, Path: path.String(), At: placeOf(q.cfg.Range(path...)), Users: 1, Before: q.own()}
	after := resolve.Resolve(q.cfg, in)
	q.add(w, q.granted(&after))
}

// without returns the user's inputs without their own value.
func (q *question) without() resolve.Inputs {
	in := q.inputs
	if !q.isToggle {
		in.Own.Behavior[q.service()-1] = config.Choice{}
		return in
	}
	i, _ := q.cfg.Toggle(q.toggleName)
	in.Own.InCall.Set &^= 1 << i
	in.Own.InCall.On &^= 1 << i
	return in
}

// own returns the user's own value as it is shown.
func (q *question) own() any {
	if !q.isToggle {
		return choiceOf(q.user.Own.For(q.service()))
	}
	i, _ := q.cfg.Toggle(q.toggleName)
	on, _ := q.user.Own.InCall.Get(i)
	return on
}

// try resolves the user under changed settings and groups. Where the user's own
// value alone is in the way, that is an obstacle, and was tried as well.
func (q *question) try(w *Way, cfg *config.Config, template int32) (works, worth bool) {
	in := q.inputs
	in.Template = template
	after := resolve.Resolve(cfg, in)
	if q.granted(&after) {
		w.Also = q.also(&after)
		return true, true
	}
	in = q.without()
	in.Template = template
	bare := resolve.Resolve(cfg, in)
	if from := q.holder(&after); from.Level == resolve.User && q.granted(&bare) {
		w.Obstacles = append(w.Obstacles, q.inTheWay(from)...)
		w.Also = q.also(&bare)
		return false, true
	}
	return false, false
}

// join looks for templates with the value, and for groups that lead to them.
func (q *question) join() {
	for i := range q.cfg.Templates {
		template := int32(i)
		if slices.Contains(templateIndexes(q.cfg, q.user.Groups), template) {
			continue
		}
		groups := groupsLeadingTo(q.cfg, allGroups(q.cfg), template)
		if len(groups) == 0 {
			continue
		}
		t := &q.cfg.Templates[i]
		w := Way{
			Kind: JoinGroup, Path: q.path("groups").String(), At: q.at("groups"), Groups: groupNames(q.cfg, groups),
			Template: t.Name, Rank: t.Rank, Users: 1,
		}
		w.After = w.Groups[0]
		works, worth := q.try(&w, q.cfg, template)
		if !worth {
			continue
		}
		if q.inputs.Template >= 0 && q.inputs.Template < template {
			best := &q.cfg.Templates[q.inputs.Template]
			w.Also = nil
			w.Obstacles = append(w.Obstacles, Obstacle{
				Severity: diag.Error.String(), At: placeOf(q.cfg.Range("templates", best.Name, "rank")),
				Why: "template " + best.Name + " has the smaller rank, " + strconv.Itoa(best.Rank) + ", and would still win",
			})
		} else {
			w.Obstacles = append(w.Obstacles, q.ownLocked(q.cfg, template)...)
		}
		q.add(w, works)
	}
}

func allGroups(cfg *config.Config) []int32 {
	all := make([]int32, len(cfg.Groups))
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

// leave looks for the fewest of the winning groups that the user would have to leave.
func (q *question) leave() {
	rest := slices.Clone(q.user.Groups)
	var left []int32
	for _, template := range templateIndexes(q.cfg, q.user.Groups) {
		leading := groupsLeadingTo(q.cfg, rest, template)
		left = append(left, leading...)
		rest = slices.DeleteFunc(rest, func(g int32) bool { return slices.Contains(leading, g) })
		w := Way{Kind: LeaveGroups, Path: q.path("groups").String(), Groups: groupNames(q.cfg, left), Users: 1}
		next := resolve.TemplateOf(q.cfg, rest)
		if next >= 0 {
			w.Template, w.Rank = q.cfg.Templates[next].Name, q.cfg.Templates[next].Rank
		}
		works, worth := q.try(&w, q.cfg, next)
		if !worth {
			continue
		}
		slices.Sort(w.Groups)
		for _, g := range left {
			for _, m := range q.memberships(&q.cfg.Groups[g]) {
				if w.At == nil {
					w.At = m.At
				}
				if m.How == ByWhere {
					w.Obstacles = append(w.Obstacles, Obstacle{
						Severity: diag.Error.String(), At: m.At,
						Why: "the group " + q.cfg.Groups[g].Name + " takes in everybody with the user's attributes",
					})
				}
			}
		}
		w.Obstacles = append(w.Obstacles, q.ownLocked(q.cfg, next)...)
		q.add(w, works)
		return
	}
}

// licenseChange tries what another license would give.
func (q *question) licenseChange() {
	if q.isToggle || q.name != "callingBehavior" {
		return
	}
	for _, class := range []resolve.LicenseClass{resolve.WebexCalling, resolve.UnifiedCM, resolve.None} {
		if class == q.inputs.License || class.Service() == q.service() {
			continue
		}
		in := q.inputs
		in.License = class
		after := resolve.Resolve(q.cfg, in)
		if !q.granted(&after) {
			continue
		}
		w := Way{
			Kind: LicenseChange, Path: q.path("licenses").String(), At: q.at("licenses"),
			Before: slices.Clone(q.user.Licenses), Users: 1, Also: q.also(&after),
		}
		name, ok := q.licensesFor(class, &w)
		if !ok {
			continue
		}
		w.After = name
		q.add(w, true)
	}
}

// licensesFor returns the licenses by which the user would be of a class: the
// user's own add-ons stay, and so does a calling license that serves.
func (q *question) licensesFor(class resolve.LicenseClass, w *Way) ([]string, bool) {
	out := []string{}
	has := class == resolve.None
	for _, name := range q.user.Licenses {
		i, ok := q.cfg.License(name)
		if !ok {
			continue
		}
		service := q.cfg.Licenses[i].Service
		serves := class != resolve.None && service == class.Service()
		has = has || serves
		if serves || service == 0 {
			out = append(out, name)
		}
	}
	if has {
		return out, true
	}
	i := slices.IndexFunc(q.cfg.Licenses, func(l config.License) bool { return l.Service == class.Service() })
	if i < 0 {
		return nil, false
	}
	w.Obstacles = append(w.Obstacles, q.seats(i)...)
	return append(out, q.cfg.Licenses[i].Name), true
}
