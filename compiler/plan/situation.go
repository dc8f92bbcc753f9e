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
	probes    map[int]probe  // by bit
}

// examples is how many users are named as examples.
const examples = 3

func newSituation(m *mix, settings []settingDiff, rewritten bool) *situation {
	s := &situation{mix: m, settings: settings, rewritten: rewritten, causedBy: make([][]int, len(settings))}
	if m != nil {
		for i, d := range settings {
			s.causedBy[i] = m.causes(d.name, d.before, maxTrials)
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

// changedBy reports whether an edit is among the causes of some change.
func (s *situation) changedBy(bit int) bool {
	return slices.ContainsFunc(s.causedBy, func(bits []int) bool { return slices.Contains(bits, bit) })
}

// isMine reports whether an edit is about each user by itself.
func (s *situation) isMine(bit int) bool { return slices.Contains(s.mine, bit) }

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
		if s.changedBy(bit) {
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
			if i := slices.Index(s.mine, bit); i >= 0 {
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

// without tells what would be otherwise for these users without an edit.
func (s *situation) without(bit int) probe {
	if p, ok := s.probes[bit]; ok {
		return p
	}
	with, without := s.effective(s.trial()), s.effective(s.trial(bit))
	nameWith, _ := s.winner(s.trial())
	nameWithout, _ := s.winner(s.trial(bit))
	p := probe{template: nameWith != nameWithout}
	p.values, p.levels = differ(&with, &without)
	if s.probes == nil {
		s.probes = map[int]probe{}
	}
	s.probes[bit] = p
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
