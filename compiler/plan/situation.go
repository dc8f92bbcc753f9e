package plan

import (
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

// situation is shared by users with equal inputs on both sides, so that the
// same happens to all of them for the same reasons. Where a side is known by
// its bundles only there is no mix: the same happens, for unknown reasons.
type situation struct {
	*mix
	settings  []settingDiff
	causedBy  [][]int         // by setting: bits of the edits that cause its change; none: unknown
	changes   []SettingChange // by setting; the causes are nil where an edit about each user is among them
	rewritten bool            // the bundles differ
	users     int
	examples  []string       // the first few
	head      *resolve.Class // nil: not known
	memberOf  []int32        // groups of the head
	caused    []bool         // by bit: the edit is among the causes of some change
	now       *present       // nil: nobody has asked yet

	groupsOfOne []Count // nil: nobody has asked yet
}

// examples is how many users are named as examples.
const examples = 3

// newSituation looks for the causes of what changes, as long as there is an end to it.
func newSituation(m *mix, settings []settingDiff, rewritten bool, search *searching) *situation {
	s := &situation{mix: m, settings: settings, rewritten: rewritten, causedBy: make([][]int, len(settings))}
	if m == nil {
		return s
	}
	s.caused = make([]bool, len(m.edits))
	for i, d := range settings {
		s.causedBy[i] = search.causes(m, d)
		for _, bit := range s.causedBy[i] {
			s.caused[bit] = true
		}
	}
	return s
}

// add counts a user; users come in the order of their addresses.
func (s *situation) add(user string) {
	s.users++
	if len(s.examples) < examples {
		s.examples = append(s.examples, user)
	}
}

// explain makes the changes of a new situation.
func (c *comparison) explain(s *situation) {
	c.situations = append(c.situations, s)
	s.changes = make([]SettingChange, len(s.settings))
	for k, d := range s.settings {
		s.changes[k] = SettingChange{Setting: d.name, Before: d.before, After: d.after}
		switch bits := s.causedBy[k]; {
		case len(bits) == 0:
			s.changes[k].Causes = c.promise(c.unknownCause())
		case !slices.ContainsFunc(bits, s.isMine):
			effects := make([]*effect, len(bits))
			for n, bit := range bits {
				effects[n] = s.edits[bit].effectOf()
			}
			s.changes[k].Causes = c.promise(effects...)
		}
	}
}

// promise returns room for the ids of causes, which are filled in at the end.
func (c *comparison) promise(effects ...*effect) []int {
	ids := make([]int, len(effects))
	c.ids = append(c.ids, pending{ids, effects})
	return ids
}

// pending are ids of causes that are not known yet.
type pending struct {
	ids []int
	of  []*effect
}

// personal makes an effect of each edit that is about this one user, and of the
// user's changes those that have such causes. u is nil where nothing changes.
func (c *comparison) personal(s *situation, u *UserChange, before, after *config.User) {
	own := make([]*effect, len(s.mine))
	for n, bit := range s.mine {
		e := *s.edits[bit]
		e.user = after.Key
		if before.Key != after.Key {
			e.inBase = slices.Concat(config.Path{"users", before.Address}, e.path)
		}
		e.path = slices.Concat(config.Path{"users", after.Address}, e.path)
		own[n] = &effect{edit: &e, in: s, bit: bit}
		if s.caused[bit] {
			own[n].users = 1
		}
	}
	c.effects = append(c.effects, own...)
	if u == nil {
		return
	}
	u.Changes = slices.Clone(s.changes)
	for k, bits := range s.causedBy {
		if u.Changes[k].Causes != nil {
			continue
		}
		effects := make([]*effect, len(bits))
		for n, bit := range bits {
			if i := s.place[bit]; i != same {
				effects[n] = own[i]
			} else {
				effects[n] = s.edits[bit].effectOf()
			}
		}
		u.Changes[k].Causes = c.promise(effects...)
	}
}

// probe is what would be otherwise without one edit.
type probe struct {
	values   bool // some effective value
	levels   bool // some level or template that a value comes from
	template bool // the template that wins
}

// present is what applies to these users with no edit undone, and what is known
// of what would be otherwise.
type present struct {
	trial     *trial
	effective resolve.Effective
	winner    string
	from      map[int]contest // by bit of an edit that has a say: how far the search for the template is by then
	groups    map[string]*mixGroup
	probes    map[int]probe // by bit
}

// present asks once what applies.
func (s *situation) present() *present {
	if s.now != nil {
		return s.now
	}
	t := s.trial()
	s.now = &present{trial: t, effective: s.effective(t), from: map[int]contest{}, groups: map[string]*mixGroup{}, probes: map[int]probe{}}
	s.now.winner, _ = s.winner(t)
	for _, a := range t.asked {
		s.now.from[a.bit] = a.at
	}
	for i := range s.mix.groups {
		s.now.groups[s.mix.groups[i].name] = &s.mix.groups[i]
	}
	return s.now
}

// without tells what would be otherwise for these users without an edit.
func (s *situation) without(bit int) probe {
	now := s.present()
	if p, ok := now.probes[bit]; ok {
		return p
	}
	var p probe // nothing, where nobody asks about the edit
	if from, asked := now.from[bit]; asked {
		now.trial.undone[bit] = true
		now.trial.again(from)
		without := s.effective(now.trial)
		winner, _ := s.winner(now.trial)
		now.trial.undone[bit] = false
		p.template = winner != now.winner
		p.values, p.levels = differ(&now.effective, &without)
	}
	now.probes[bit] = p
	return p
}

// differ compares effective settings by their values and by where they come from.
func differ(a, b *resolve.Effective) (values, levels bool) {
	behavior := func(a, b *resolve.Behavior) {
		if (a == nil) != (b == nil) {
			values = true
			return
		}
		if a != nil {
			values = values || callingOf(*a) != callingOf(*b)
			levels = levels || *a != *b
		}
	}
	values = a.License != b.License || len(a.InCall) != len(b.InCall)
	behavior(&a.Calling, &b.Calling)
	behavior(a.Pending, b.Pending)
	for i := range min(len(a.InCall), len(b.InCall)) {
		values = values || a.InCall[i].On != b.InCall[i].On || a.InCall[i].Name != b.InCall[i].Name
		levels = levels || a.InCall[i] != b.InCall[i]
	}
	return values, levels
}
