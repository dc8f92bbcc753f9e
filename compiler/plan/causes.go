package plan

import (
	"cmp"
	"slices"

	"callpolicy/compiler/resolve"
)

// effect is an edit and what it does: a cause in the making.
type effect struct {
	edit  *edit
	users int // who change because of it
	id    int

	in  *situation // of an edit that is about one user
	bit int

	changes map[changeKey]*tally // of any other edit
}

type changeKey struct {
	setting       string
	before, after any
}

// tally counts the users of one change.
type tally struct {
	users    int
	classes  [resolve.Migrating + 1]int
	groups   map[int32]int
	examples []string
}

// effectOf returns where what an edit does is gathered.
func (e *edit) effectOf() *effect {
	if e.effect == nil {
		e.effect = &effect{edit: e}
	}
	return e.effect
}

// count adds what happens in a situation because of the edit.
func (f *effect) count(s *situation, d settingDiff) {
	key := changeKey{d.name, d.before, d.after}
	t := f.changes[key]
	if t == nil {
		t = &tally{groups: map[int32]int{}}
		if f.changes == nil {
			f.changes = map[changeKey]*tally{}
		}
		f.changes[key] = t
	}
	t.users += s.users
	if s.head != nil {
		t.classes[s.head.Inputs.License] += s.users
	}
	for _, g := range s.memberOf {
		t.groups[g] += s.users
	}
	t.examples = append(t.examples, s.examples...)
	if len(t.examples) > 64*examples {
		t.trim()
	}
}

// trim keeps the first few examples by address.
func (t *tally) trim() {
	slices.Sort(t.examples)
	t.examples = slices.Clip(t.examples[:min(examples, len(t.examples))])
}

// causes returns everything that the plan lists, in its order, and fills in
// the ids that were promised.
func (c *comparison) causes() []*Cause {
	for _, s := range c.situations {
		c.gather(s)
	}
	effects, idle := c.effectsInOrder()
	list := make([]*Cause, 0, len(effects)+len(idle))
	for _, f := range effects {
		f.id = len(list)
		list = append(list, c.cause(f))
	}
	for _, f := range idle {
		f.id = len(list)
		cause := c.cause(f)
		c.why.idle(c.situations, f, cause)
		list = append(list, cause)
	}
	for _, p := range c.ids {
		for n, f := range p.of {
			p.ids[n] = f.id
		}
		slices.Sort(p.ids)
	}
	if c.why != nil {
		c.why.locate(append(effects, idle...), list)
	}
	return list
}

// gather adds what happens in a situation to the edits that are the causes.
func (c *comparison) gather(s *situation) {
	unknown := false
	var bits []int
	for k, d := range s.settings {
		if len(s.causedBy[k]) == 0 {
			unknown = true
			c.unknown.count(s, d)
		}
		for _, bit := range s.causedBy[k] {
			if !s.isMine(bit) {
				s.edits[bit].effectOf().count(s, d)
				bits = append(bits, bit)
			}
		}
	}
	if unknown {
		c.unknown.users += s.users
	}
	slices.Sort(bits)
	for _, bit := range slices.Compact(bits) {
		s.edits[bit].effect.users += s.users
	}
}

// effectsInOrder sorts edits by kind and path, those with an effect apart.
func (c *comparison) effectsInOrder() (effects, idle []*effect) {
	all := c.effects
	if c.why != nil {
		for _, e := range slices.Concat(c.why.edits.all, c.why.edits.mute, c.why.roster.all) {
			all = append(all, e.effectOf())
		}
	}
	if c.unknown != nil {
		all = append(all, c.unknown)
	}
	order := make(map[Kind]int, len(kinds))
	for i, k := range kinds {
		order[k] = i
	}
	slices.SortStableFunc(all, func(x, y *effect) int {
		return cmp.Or(cmp.Compare(order[x.edit.kind], order[y.edit.kind]), slices.Compare(x.edit.path, y.edit.path))
	})
	for _, f := range all {
		if f.users > 0 {
			effects = append(effects, f)
		} else {
			idle = append(idle, f)
		}
	}
	return effects, idle
}

func (c *comparison) cause(f *effect) *Cause {
	e := f.edit
	cause := &Cause{ID: f.id, Kind: e.kind, Path: e.path.String(), User: e.user, Before: e.before, After: e.after, Users: f.users}
	if f.in != nil {
		cause.Changes = c.changesOfOne(f)
		return cause
	}
	for key, t := range f.changes {
		t.trim()
		cause.Changes = append(cause.Changes, Change{
			Setting: key.setting, Before: key.before, After: key.after, Users: t.users,
			Classes: t.licenseClasses(), Groups: c.groupCounts(t.groups), Examples: t.examples,
		})
	}
	slices.SortFunc(cause.Changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(b.Users, a.Users), cmp.Compare(a.Setting, b.Setting), cmp.Compare(text(a.Before), text(b.Before)), cmp.Compare(text(a.After), text(b.After)))
	})
	if c.why != nil && e.note == "" && (e.kind == OrgSetting || e.kind == TemplateSetting) {
		cause.Shielded = shields(c.why.headCfg, c.situations, e)
	}
	return cause
}

// changesOfOne returns what an edit about one user changes.
func (c *comparison) changesOfOne(f *effect) []Change {
	var out []Change
	for k, d := range f.in.settings {
		if _, caused := slices.BinarySearch(f.in.causedBy[k], f.bit); caused {
			out = append(out, Change{
				Setting: d.name, Before: d.before, After: d.after, Users: 1,
				Classes: []Count{{f.in.head.Inputs.License.String(), 1}}, Groups: c.groupsOfOne(f.in), Examples: []string{f.edit.user},
			})
		}
	}
	return out
}

// groupsOfOne lists the groups of a user in a situation, the first few.
func (c *comparison) groupsOfOne(s *situation) []Count {
	if s.groupsOfOne == nil {
		s.groupsOfOne = make([]Count, 0, len(s.memberOf))
		for _, g := range s.memberOf[:min(len(s.memberOf), MostGroupsOfOne)] {
			s.groupsOfOne = append(s.groupsOfOne, Count{c.why.headCfg.Groups[g].Name, 1})
		}
	}
	return s.groupsOfOne
}

func (t *tally) licenseClasses() []Count {
	out := []Count{}
	for class := resolve.None; class <= resolve.Migrating; class++ {
		if n := t.classes[class]; n > 0 {
			out = append(out, Count{class.String(), n})
		}
	}
	return largestFirst(out)
}

func (c *comparison) groupCounts(groups map[int32]int) []Count {
	out := make([]Count, 0, len(groups))
	for g, n := range groups {
		out = append(out, Count{c.why.headCfg.Groups[g].Name, n})
	}
	return largestFirst(out)
}

func largestFirst(counts []Count) []Count {
	slices.SortFunc(counts, func(x, y Count) int {
		return cmp.Or(cmp.Compare(y.Users, x.Users), cmp.Compare(x.Name, y.Name))
	})
	return counts
}
