package explain

import (
	"cmp"
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

// with returns settings of which one level says what is wanted.
func (q *question) with(s config.Settings) config.Settings {
	if q.isToggle {
		i, _ := q.cfg.Toggle(q.toggleName)
		s.InCall = s.InCall.With(i, q.on)
		return s
	}
	service := q.service()
	s.Behavior[service-1] = q.complete(service)
	return s
}

// change makes a way of what a level says before and after.
func (q *question) change(kind Kind, l *layer, after config.Settings) Way {
	section, field := q.section()
	path := l.below(section, field)
	w := Way{Kind: kind, Path: path.String(), At: placeOf(q.cfg.Range(path...)), Template: l.Template, Rank: l.rank}
	if !q.isToggle {
		service := q.service()
		w.After = choiceOf(after.For(service))
		if have := l.settings.For(service); !have.IsZero() {
			w.Before = choiceOf(have)
		}
		if id, why, ok := forbiddenAt(q.cfg, service, l.Level); ok {
			w.Obstacles = q.obstacle(id, nil, "%s", why)
		}
		return w
	}
	w.After = q.on
	i, _ := q.cfg.Toggle(q.toggleName)
	if on, set := l.settings.InCall.Get(i); set {
		w.Before = on
	}
	return w
}

// askable reports whether a policy file could say what is wanted for the service in use.
func (q *question) askable() bool { return q.isToggle || q.offered(q.service()) }

// atTemplate tries to change the winning template.
func (q *question) atTemplate() {
	if q.inputs.Template < 0 || !q.askable() {
		return
	}
	l := templateLayer(q.cfg, q.inputs.Template, false)
	after := q.with(*l.settings)
	if after == *l.settings {
		return
	}
	w := q.change(TemplateSetting, &l, after)
	changed := *q.cfg
	changed.Templates = slices.Clone(q.cfg.Templates)
	changed.Templates[q.inputs.Template].Settings = after
	section, field := q.section()
	w.Obstacles = append(w.Obstacles, q.locked([]layer{orgLayer(q.cfg)}, &after, section, field)...)
	mine := func(c *resolve.Class) bool { return c.Template == q.inputs.Template }
	own := l
	own.settings = &after
	w.Obstacles = append(w.Obstacles, q.violations(&own, mine)...)
	works, _ := q.try(&w, &changed, q.inputs.Template)
	q.reach(&w, &changed, mine)
	q.add(w, works)
}

// atOrg tries to change the value of the organization.
func (q *question) atOrg() {
	if !q.askable() {
		return
	}
	l := orgLayer(q.cfg)
	after := q.with(*l.settings)
	if after == *l.settings {
		return
	}
	w := q.change(OrgSetting, &l, after)
	changed := *q.cfg
	changed.Org.Settings = after
	own := l
	own.settings = &after
	everybody := func(*resolve.Class) bool { return true }
	w.Obstacles = append(w.Obstacles, q.violations(&own, everybody)...)
	section, field := q.section()
	for i := range q.cfg.Templates {
		t := templateLayer(q.cfg, int32(i), false)
		if q.locked([]layer{own}, t.settings, section, field) != nil {
			w.Obstacles = append(w.Obstacles, q.brokenBy(&own, &t)...)
		}
	}
	works, worth := q.try(&w, &changed, q.inputs.Template)
	if !worth {
		in := q.inputs
		now := resolve.Resolve(&changed, in)
		if from := q.holder(&now); from.Level > resolve.Org {
			w.Obstacles = append(w.Obstacles, q.inTheWay(from)...)
		}
	}
	q.reach(&w, &changed, everybody)
	q.add(w, works)
}

// brokenBy says that a template would break the lock of a changed organization.
func (q *question) brokenBy(org, template *layer) []Obstacle {
	section, field := q.section()
	found := q.locked([]layer{*org}, template.settings, section, field)
	for i := range found {
		found[i].Why = "template " + template.Template + " would break the organization's lock"
		found[i].At = placeOf(q.cfg.Range(template.below(section, field)...))
	}
	return found
}

// reach counts whose values a change of a level changes, and whom it does not
// give what is wanted.
func (q *question) reach(w *Way, changed *config.Config, applies func(*resolve.Class) bool) {
	counts := map[Shield]int{}
	w.Users = 0
	for i := range q.result.Classes {
		c := &q.result.Classes[i]
		if !applies(c) {
			continue
		}
		after := resolve.Resolve(changed, c.Inputs)
		if !sameValues(&c.Effective, &after) {
			w.Users += c.Users
			continue
		}
		if s, ok := q.shield(&after); ok {
			counts[s] += c.Users
		}
	}
	for s, n := range counts {
		s.Users = n
		w.Shielded = append(w.Shielded, s)
	}
	order := []string{"template", "user", "license"}
	slices.SortFunc(w.Shielded, func(x, y Shield) int {
		return cmp.Or(cmp.Compare(slices.Index(order, x.By), slices.Index(order, y.By)), cmp.Compare(y.Users, x.Users), cmp.Compare(x.Name, y.Name))
	})
}

// shield says what keeps a class from what is wanted; ok is false where it has that.
func (q *question) shield(e *resolve.Effective) (s Shield, ok bool) {
	license := Shield{By: "license", Name: e.License.String()}
	if !q.isToggle {
		// Whatever they have, they have it of another service.
		if b := q.behaviorOf(e); b == nil || b.Service != q.service() {
			return license, true
		}
	}
	if q.granted(e) {
		return Shield{}, false
	}
	switch from := q.holder(e); from.Level {
	case resolve.Template:
		return Shield{By: "template", Name: from.Template}, true
	case resolve.User:
		return Shield{By: "user"}, true
	case resolve.Org, resolve.Default:
	}
	return license, true
}

// ranks tries to have a template win that the user has already, but that lost.
func (q *question) ranks() {
	for _, template := range templateIndexes(q.cfg, q.user.Groups) {
		if template == q.inputs.Template {
			continue
		}
		t, winner := &q.cfg.Templates[template], &q.cfg.Templates[q.inputs.Template]
		w := Way{
			Kind: TemplateRank, Template: t.Name, Rank: t.Rank, Before: t.Rank,
			Path: config.Path{"templates", t.Name, "rank"}.String(), At: placeOf(q.cfg.Range("templates", t.Name, "rank")),
		}
		works, worth := q.try(&w, q.cfg, template)
		if !worth {
			continue
		}
		if rank, ok := q.rankBefore(q.inputs.Template); ok {
			w.After = rank
		} else {
			w.Obstacles = append(w.Obstacles, Obstacle{
				Severity: "warning", At: placeOf(q.cfg.Range("templates", winner.Name, "rank")),
				Why: "there is no free rank just before that of template " + winner.Name + ", so others have to move",
			})
		}
		w.Obstacles = append(w.Obstacles, q.ownLocked(q.cfg, template)...)
		w.Users = q.reordered(template, q.inputs.Template)
		q.add(w, works)
	}
}

// rankBefore returns a rank that is free directly before that of a template.
func (q *question) rankBefore(template int32) (int, bool) {
	free, taken := q.cfg.Templates[template].Rank-1, 0
	if template > 0 {
		taken = q.cfg.Templates[template-1].Rank
	}
	return free, free > taken
}

// reordered counts whose values change when a template goes directly before
// another one that is stronger today.
func (q *question) reordered(moved, before int32) int {
	type pair struct{ class, template int32 }
	changes := map[pair]bool{}
	users := 0
	for i := range q.cfg.Users {
		class := q.result.Of[i]
		in := q.result.Classes[class].Inputs
		if in.Template < before || in.Template >= moved || !slices.Contains(templateIndexes(q.cfg, q.cfg.Users[i].Groups), moved) {
			continue
		}
		in.Template = moved
		differs, ok := changes[pair{class, moved}]
		if !ok {
			after := resolve.Resolve(q.cfg, in)
			differs = !sameValues(&q.result.Classes[class].Effective, &after)
			changes[pair{class, moved}] = differs
		}
		if differs {
			users++
		}
	}
	return users
}
