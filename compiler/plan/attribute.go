package plan

import (
	"cmp"
	"maps"
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/resolve"
)

// attribution finds, for every change, the edits that made it. Users with
// equal inputs on both sides are one case, and each case is looked at once.
type attribution struct {
	base, head       *resolve.Result
	baseCfg, headCfg *config.Config
	edits            *edits
	mixes            map[mixKey]*mix
	pairs            map[classes]int // users on both sides, by their classes
	personal         []*accumulator  // edits of single users that change something
	idle             map[idleKey]*accumulator
	people           []*accumulator // users added, removed, renamed
}

// mixKey tells cases apart: what is written about a user and the groups that
// the user is in, on both sides. Both are shared by users who have the same.
type mixKey struct {
	baseBlock, headBlock   *config.Block
	baseGroups, headGroups *int32
}

// classes are the classes of one user on both sides.
type classes struct{ base, head int32 }

// idleKey tells edits of single users that change nothing apart.
type idleKey struct {
	kind          Kind
	path          string
	before, after any
}

func newAttribution(base, head *resolve.Result) *attribution {
	return &attribution{
		base: base, head: head, baseCfg: base.Config, headCfg: head.Config,
		edits: editsOf(base.Config, head.Config),
		mixes: map[mixKey]*mix{}, pairs: map[classes]int{}, idle: map[idleKey]*accumulator{},
	}
}

// personal reports whether the edit is about one user.
func (e *edit) personal() bool {
	switch e.kind {
	case Membership, Migration, UserSetting, UserAdded, UserRemoved, UserRenamed:
		return true
	case License:
		return len(e.path) == 1 // a user's list, and not the kind of a license
	case EditionChange, OrgSetting, TemplateSetting, TemplateRank, TemplateAssignment, Profile, Roster, Tool, Unknown:
	}
	return false
}

// org returns the organization's settings on a side.
func (a *attribution) org(side int) *config.Settings {
	if side == atBase {
		return &a.baseCfg.Org.Settings
	}
	return &a.headCfg.Org.Settings
}

// serviceOf returns what a license is for on a side, or on the only side that knows it.
func (a *attribution) serviceOf(license string, side int) config.Service {
	first, second := a.headCfg, a.baseCfg
	if side == atBase {
		first, second = second, first
	}
	if i, ok := first.License(license); ok {
		return first.Licenses[i].Service
	}
	if i, ok := second.License(license); ok {
		return second.Licenses[i].Service
	}
	return 0
}

// both notes a user of both sides: what changes, and why.
func (a *attribution) both(i, j int, u *UserChange, settings []settingDiff, rewritten bool) {
	pair := classes{a.base.Of[i], a.head.Of[j]}
	a.pairs[pair]++
	m := a.mix(&a.baseCfg.Users[i], &a.headCfg.Users[j])
	mine := map[*edit]*accumulator{} // this user's own edits that do something
	for k, s := range settings {
		for _, e := range m.causes(s.name) {
			acc := a.accumulatorOf(e, u.User, mine)
			acc.add(u, &u.Changes[k], a.head, j, pair)
		}
	}
	if rewritten && u == nil {
		for _, e := range a.edits.profiles {
			if a.headCfg.Users[j].Own.For(config.UnifiedCM).Profile == e.path[1] {
				a.accumulatorOf(e, "", nil).rewritten++
			}
		}
	}
	if u != nil && u.Was != "" {
		acc := &accumulator{edit: &edit{kind: UserRenamed, path: config.Path{"users", a.headCfg.Users[j].Address}, before: u.Was, after: u.User, user: u.User}}
		acc.person(u)
		a.people = append(a.people, acc)
	}
	for _, e := range m.mine {
		if mine[e] == nil {
			a.idleEdit(e, a.headCfg.Users[j].Address)
		}
	}
}

// mix returns the case that a user belongs to.
func (a *attribution) mix(base, head *config.User) *mix {
	key := mixKey{base.Block, head.Block, first(base.Groups), first(head.Groups)}
	m := a.mixes[key]
	if m == nil {
		m = newMix(a, base, head)
		a.mixes[key] = m
	}
	return m
}

func first(groups []int32) *int32 {
	if len(groups) == 0 {
		return nil
	}
	return &groups[0]
}

// accumulatorOf returns where the effect of an edit is gathered. An edit of a
// mix that is about one user stands for an edit of each user of the case.
func (a *attribution) accumulatorOf(e *edit, user string, mine map[*edit]*accumulator) *accumulator {
	if !e.personal() {
		if e.cause == nil {
			e.cause = &accumulator{edit: e}
		}
		return e.cause
	}
	acc := mine[e]
	if acc == nil {
		acc = &accumulator{edit: ofUser(e, user)}
		mine[e] = acc
		a.personal = append(a.personal, acc)
	}
	return acc
}

// ofUser makes an edit of a case the edit of one user.
func ofUser(e *edit, user string) *edit {
	mine := *e
	mine.user = user
	mine.path = slices.Concat(config.Path{"users", user}, e.path)
	return &mine
}

// idleEdit counts a user's edit that changes nothing.
func (a *attribution) idleEdit(e *edit, user string) {
	key := idleKey{e.kind, e.path.String(), e.before, e.after}
	acc := a.idle[key]
	if acc == nil {
		acc = &accumulator{edit: ofUser(e, user)}
		a.idle[key] = acc
	}
	acc.rewritten++
}

func (a *attribution) added(u *UserChange, j int) {
	acc := &accumulator{edit: &edit{kind: UserAdded, path: config.Path{"users", a.headCfg.Users[j].Address}, user: u.User, after: true}}
	acc.person(u)
	a.people = append(a.people, acc)
}

func (a *attribution) removed(u *UserChange, i int) {
	acc := &accumulator{edit: &edit{kind: UserRemoved, path: config.Path{"users", a.baseCfg.Users[i].Address}, user: u.User, before: true}}
	acc.person(u)
	a.people = append(a.people, acc)
}

// accumulator gathers what one edit does.
type accumulator struct {
	edit      *edit
	users     int
	last      *UserChange // the last user counted, to count each once
	rewritten int
	changes   map[changeKey]*tally
	reached   map[classes]int
	people    []*UserChange // of added, removed and renamed users
	settings  []*SettingChange
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

// examples is how many users are named as examples.
const examples = 3

func (a *accumulator) add(u *UserChange, s *SettingChange, head *resolve.Result, j int, pair classes) {
	if a.last != u {
		a.last = u
		a.users++
		if a.reached == nil {
			a.reached = map[classes]int{}
		}
		a.reached[pair]++
	}
	key := changeKey{s.Setting, s.Before, s.After}
	t := a.changes[key]
	if t == nil {
		t = &tally{groups: map[int32]int{}}
		if a.changes == nil {
			a.changes = map[changeKey]*tally{}
		}
		a.changes[key] = t
	}
	t.users++
	t.classes[head.Class(j).Inputs.License]++
	for _, g := range head.Config.Users[j].Groups {
		t.groups[g]++
	}
	if len(t.examples) < examples {
		t.examples = append(t.examples, u.User)
	}
	a.settings = append(a.settings, s)
}

func (a *accumulator) person(u *UserChange) {
	a.users++
	a.people = append(a.people, u)
}

// causes turns everything gathered into the list of the plan.
func (a *attribution) causes(_ []*UserChange) []*Cause {
	var effects, idle []*accumulator
	for _, e := range a.edits.all {
		if e.cause != nil && e.cause.users > 0 {
			effects = append(effects, e.cause)
		} else {
			acc := e.cause
			if acc == nil {
				acc = &accumulator{edit: e}
			}
			idle = append(idle, acc)
		}
	}
	effects = append(append(effects, a.personal...), a.people...)
	for _, key := range slices.SortedFunc(maps.Keys(a.idle), compareIdle) {
		idle = append(idle, a.idle[key])
	}
	sortEdits(effects)
	sortEdits(idle)
	list := make([]*Cause, 0, len(effects)+len(idle))
	for _, acc := range effects {
		list = append(list, a.cause(acc, len(list)))
	}
	for _, acc := range idle {
		c := a.cause(acc, len(list))
		c.Note = a.whyIdle(acc)
		list = append(list, c)
	}
	a.locate(list, append(effects, idle...))
	return list
}

func compareIdle(x, y idleKey) int {
	return cmp.Or(cmp.Compare(x.kind, y.kind), cmp.Compare(x.path, y.path), cmp.Compare(text(x.before), text(y.before)), cmp.Compare(text(x.after), text(y.after)))
}

func sortEdits(list []*accumulator) {
	slices.SortStableFunc(list, func(x, y *accumulator) int {
		return cmp.Or(
			cmp.Compare(slices.Index(kinds, x.edit.kind), slices.Index(kinds, y.edit.kind)),
			slices.Compare(x.edit.path, y.edit.path),
		)
	})
}

func (a *attribution) cause(acc *accumulator, id int) *Cause {
	e := acc.edit
	c := &Cause{
		ID: id, Kind: e.kind, Path: e.path.String(), User: e.user, Before: e.before, After: e.after,
		Users: acc.users, Rewritten: acc.rewritten,
	}
	for key, t := range acc.changes {
		c.Changes = append(c.Changes, Change{
			Setting: key.setting, Before: key.before, After: key.after, Users: t.users,
			Classes: t.licenseClasses(), Groups: t.groupCounts(a.headCfg), Examples: t.examples,
		})
	}
	sortChanges(c.Changes)
	for _, u := range acc.people {
		u.Causes = append(u.Causes, id)
	}
	for _, s := range acc.settings {
		s.Causes = append(s.Causes, id)
	}
	if e.kind == OrgSetting || e.kind == TemplateSetting {
		c.Shielded = a.shields(acc)
	}
	return c
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

func (t *tally) groupCounts(cfg *config.Config) []Count {
	out := make([]Count, 0, len(t.groups))
	for g, n := range t.groups {
		out = append(out, Count{cfg.Groups[g].Name, n})
	}
	return largestFirst(out)
}

func largestFirst(counts []Count) []Count {
	slices.SortFunc(counts, func(x, y Count) int {
		return cmp.Or(cmp.Compare(y.Users, x.Users), cmp.Compare(x.Name, y.Name))
	})
	return counts
}

// locate finds where the edits are written. They are looked up in the order of
// the files, so that each file is read again once.
func (a *attribution) locate(list []*Cause, accs []*accumulator) {
	order := make([]int, len(list))
	places := make([]config.Place, len(list))
	for i, acc := range accs {
		order[i] = i
		if acc.edit.user == "" {
			continue
		}
		if u, ok := a.headCfg.User(acc.edit.path[1]); ok {
			places[i] = a.headCfg.Users[u].At
		}
	}
	slices.SortStableFunc(order, func(x, y int) int {
		return cmp.Or(cmp.Compare(places[x].File, places[y].File), cmp.Compare(places[x].Line, places[y].Line))
	})
	for _, i := range order {
		list[i].At = a.at(accs[i].edit)
	}
}

func (a *attribution) at(e *edit) *At {
	if at := placeOf(a.headCfg, e, "head"); at != nil && e.after != nil {
		return at
	}
	if at := placeOf(a.baseCfg, e, "base"); at != nil && e.before != nil {
		return at
	}
	return nil
}

func placeOf(cfg *config.Config, e *edit, side string) *At {
	var r diag.Range
	switch {
	case e.kind == EditionChange:
		r = cfg.ProjectRange("edition")
	case e.kind == Membership && len(e.path) == 4:
		r = cfg.MembershipRange(e.path[1], e.path[3])
	case e.kind == UserRenamed:
		r = cfg.Range("users", e.path[1], "previously")
	case e.kind == UserAdded || e.kind == UserRemoved:
		r = cfg.KeyRange("users", e.path[1])
	default:
		r = cfg.Range(e.path...)
	}
	if r.IsZero() {
		return nil
	}
	return &At{Side: side, File: r.File, Line: r.Start.Line, Column: r.Start.Column}
}
