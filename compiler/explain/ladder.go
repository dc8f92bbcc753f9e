package explain

import (
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/resolve"
)

// layer is one level that may say something about a person's settings.
type layer struct {
	resolve.Source
	rank     int // of a template
	loser    bool
	settings *config.Settings
	locks    []config.Lock
	path     config.Path // where it is written; nil for the user level of a persona
}

// layers returns the levels, the strongest first. Templates that did not win
// follow the one that did: they say nothing, but people ask about them.
func (p *person) layers() []layer {
	user := layer{Source: resolve.Source{Level: resolve.User}, settings: &p.user.Own}
	if p.real() {
		user.path = p.path()
	}
	out := []layer{user}
	for _, i := range templateIndexes(p.cfg, p.user.Groups) {
		out = append(out, templateLayer(p.cfg, i, i != p.inputs.Template))
	}
	return append(out, orgLayer(p.cfg))
}

func templateLayer(cfg *config.Config, i int32, loser bool) layer {
	t := &cfg.Templates[i]
	return layer{
		Source: resolve.Source{Level: resolve.Template, Template: t.Name}, rank: t.Rank, loser: loser,
		settings: &t.Settings, locks: t.Locks, path: config.Path{"templates", t.Name},
	}
}

func orgLayer(cfg *config.Config) layer {
	return layer{
		Source:   resolve.Source{Level: resolve.Org},
		settings: &cfg.Org.Settings, locks: cfg.Org.Locks, path: config.Path{"org"},
	}
}

func (l *layer) by() By { return By{l.Level.String(), l.Template, l.rank} }

// below is a path below the layer.
func (l *layer) below(names ...string) config.Path {
	if l.path == nil {
		return nil
	}
	return slices.Concat(l.path, names)
}

// settings explains every setting.
func (p *person) settings() []Setting {
	layers := p.layers()
	out := []Setting{{
		Name: "callingBehavior", Value: callingOf(&p.now.Calling), Ladders: p.behavior(layers, &p.now.Calling),
	}}
	if p.now.Pending != nil {
		out = append(out, Setting{
			Name: "pendingCallingBehavior", Value: callingOf(p.now.Pending), Ladders: p.behavior(layers, p.now.Pending),
		})
	}
	for i, name := range p.cfg.Toggles {
		if s, ok := p.toggle(layers, i, name); ok {
			out = append(out, s)
		}
	}
	return out
}

// toggle explains an in-call toggle. One that the edition does not know is
// explained where somebody has written it nevertheless.
func (p *person) toggle(layers []layer, i int, name string) (Setting, bool) {
	knows := p.cfg.Knows(name)
	var ladder Ladder
	written := false
	for n := range layers {
		l := &layers[n]
		r := l.rung(p.cfg, "inCall", name)
		if on, set := l.settings.InCall.Get(i); set {
			r.State, r.Value = Beaten, on
			r.At = placeOf(p.cfg.Range(l.below("inCall", name)...))
			r.Breaks = breaks(layers[n+1:], func(above *layer) bool { return above.breaksToggle(p.cfg, i, on) })
			written = true
			if !knows {
				r.forbid(diag.LevelNotInEdition, p.cfg.Schema.Edition.Title+" knows no such setting")
			}
		}
		ladder.Rungs = append(ladder.Rungs, r)
	}
	s := Setting{Name: "inCall." + name}
	if knows {
		at := slices.IndexFunc(p.now.InCall, func(t resolve.Toggle) bool { return t.Name == name })
		ladder.Rungs = append(ladder.Rungs, Rung{By: By{Level: resolve.Default.String()}, State: Beaten, Value: p.cfg.Schema.Edition.Default.InCall})
		ladder.decide(p.now.InCall[at].From)
		s.Value = p.now.InCall[at].On
	}
	s.Ladders = []Ladder{ladder}
	return s, knows || written
}

// behavior explains a calling behavior. A level at which the edition allows none
// is shown where somebody has written one nevertheless.
func (p *person) behavior(layers []layer, b *resolve.Behavior) []Ladder {
	service := b.Service.String()
	var ladder Ladder
	for n := range layers {
		l := &layers[n]
		r := l.rung(p.cfg, "callingBehavior", service)
		id, why, forbidden := forbiddenAt(p.cfg, b.Service, l.Level)
		if choice := l.settings.For(b.Service); !choice.IsZero() {
			r.State, r.Value = Beaten, choiceOf(choice.Whole(b.Service))
			path := l.below("callingBehavior", service)
			r.Path, r.At = path.String(), placeOf(p.cfg.Range(path...))
			r.Breaks = breaks(layers[n+1:], func(above *layer) bool { return above.breaksChoice(b.Service, choice) })
			if forbidden {
				r.forbid(id, why)
			}
		} else if forbidden && r.Lock == nil {
			continue // nobody would look for it there
		}
		ladder.Rungs = append(ladder.Rungs, r)
	}
	byDefault := resolve.DefaultChoice(&p.cfg.Schema.Edition, b.Service)
	ladder.Rungs = append(ladder.Rungs, Rung{By: By{Level: resolve.Default.String()}, State: Beaten, Value: choiceOf(byDefault)})
	ladder.decide(b.AppFrom)
	return []Ladder{ladder}
}

// rung returns what a level says of a setting as long as it says nothing.
func (l *layer) rung(cfg *config.Config, section, name string) Rung {
	r := Rung{By: l.by(), State: NotSet, Lock: l.lock(cfg, section, name)}
	if path := l.below(section, name); path != nil {
		r.Path = path.String()
	}
	return r
}

// forbid marks a value that is passed by.
func (r *Rung) forbid(id diag.ID, why string) {
	r.State, r.Rule, r.Why = NotAllowed, id.String(), why
	r.Breaks = nil
}

// decide marks the winner, and says of everything else what beats it.
func (l *Ladder) decide(from resolve.Source) {
	l.Level = from.Level.String()
	first := slices.IndexFunc(l.Rungs, func(r Rung) bool { return r.Level == l.Level && r.Template == from.Template })
	winner := &l.Rungs[first]
	winner.State = Wins
	var template *By // that wins, whether or not it sets this
	for i := range l.Rungs {
		r := &l.Rungs[i]
		isTemplate := r.Level == resolve.Template.String()
		if isTemplate && template == nil {
			template = &r.By
			if r.State == NotSet {
				continue
			}
		}
		switch {
		case r.State != Beaten:
			continue
		case isTemplate && r.By != *template:
			r.BeatenBy, r.Because = template, "rank"
		default:
			r.BeatenBy, r.Because = &winner.By, "level"
		}
		if *r.BeatenBy == winner.By {
			winner.Beats = append(winner.Beats, r.By)
		}
	}
}

// forbiddenAt says why a level cannot hold a calling behavior in this edition.
func forbiddenAt(cfg *config.Config, service config.Service, level resolve.Level) (diag.ID, string, bool) {
	edition := &cfg.Schema.Edition
	levels := edition.CallingBehavior[service.String()]
	switch {
	case slices.Contains(levels, level.String()):
		return diag.ID{}, "", false
	case len(levels) == 0:
		return diag.LevelNotInEdition, edition.Title + " lets nobody configure it", true
	case service == config.NoPaidCalling:
		return diag.LevelNoPaidCallingOrgOnly, "it can be set for the whole organization only", true
	}
	return diag.LevelBehaviorNotAtTemplate, edition.Title + " lets no template hold it", true
}

// idle lists the user's own choices for services that are not in use.
func (p *person) idle() []Idle {
	var out []Idle
	for _, service := range config.Services {
		choice := p.user.Own.For(service)
		if choice.IsZero() || service == p.now.Calling.Service || p.now.Pending != nil && service == p.now.Pending.Service {
			continue
		}
		path := p.path("callingBehavior", service.String())
		id, why, forbidden := forbiddenAt(p.cfg, service, resolve.User)
		if !forbidden {
			id, why = diag.LicenseBehaviorNeedsLicense, "the user has no license for this service"
		}
		out = append(out, Idle{
			Path: path.String(), Value: choiceOf(choice), At: placeOf(p.cfg.Range(path...)), Rule: id.String(), Why: why,
		})
	}
	return out
}
