package plan

import (
	"encoding/binary"
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

// attribution finds, for every change, the edits that made it. Users with
// equal inputs on both sides are in one situation, which is looked at once.
type attribution struct {
	base, head       *resolve.Result
	baseCfg, headCfg *config.Config
	edits            *edits
	roster           rosterEdits

	conditional []string // the groups with conditions on some side
	asked       []string // the attributes that conditions ask for

	situations map[situationKey]*situation
	groupAt    []int32 // for each group of the base, its index in the head; -1: it is gone
	words      map[string]int32
	scratch    []byte
}

// situationKey tells situations apart: the classes say what users have of
// their own, the lists of groups are shared by users who have the same, and the
// words stand for the rest.
type situationKey struct {
	base, head             int32 // classes
	baseGroups, headGroups *int32
	words                  int32
}

// attributionOf is how to find what caused the changes between two sides; nil
// where that cannot be known, as of a side that is known by its bundles only.
//
// Where one side has nobody, what the other says is no edit of anything:
// everybody comes, or everybody goes, and that is all there is to it.
func attributionOf(base, head *Side) *attribution {
	nobody := &config.Config{}
	switch {
	case base.Result != nil && head.Result != nil:
		return newAttribution(base.Result, head.Result)
	case head.Result != nil && len(base.Users) == 0:
		return &attribution{headCfg: head.Result.Config, baseCfg: nobody, edits: &edits{}}
	case base.Result != nil && len(head.Users) == 0:
		return &attribution{headCfg: nobody, baseCfg: base.Result.Config, edits: &edits{}}
	}
	return nil
}

func newAttribution(base, head *resolve.Result) *attribution {
	a := &attribution{
		base: base, head: head, baseCfg: base.Config, headCfg: head.Config,
		edits: editsOf(base.Config, head.Config), situations: map[situationKey]*situation{},
		groupAt: make([]int32, len(base.Config.Groups)), words: map[string]int32{},
	}
	for i := range a.groupAt {
		a.groupAt[i] = -1
		if g, ok := a.headCfg.Group(a.baseCfg.Groups[i].Name); ok {
			a.groupAt[i] = int32(g)
		}
	}
	for _, cfg := range []*config.Config{a.baseCfg, a.headCfg} {
		for i := range cfg.Groups {
			g := &cfg.Groups[i]
			if len(g.Where) > 0 {
				a.conditional = append(a.conditional, g.Name)
			}
			for _, c := range g.Where {
				a.asked = append(a.asked, c.Attribute)
			}
		}
	}
	slices.Sort(a.conditional)
	slices.Sort(a.asked)
	a.conditional, a.asked = slices.Compact(a.conditional), slices.Compact(a.asked)
	return a
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

// untouched reports whether there is no edit that could concern a user.
func (a *attribution) untouched(i, j int) bool {
	if len(a.edits.all) > 0 {
		return false
	}
	b, h := &a.baseCfg.Users[i], &a.headCfg.Users[j]
	if b.Block == h.Block && len(a.edits.where) == 0 { // mostly so: what says the same on both sides is one
		return a.sameGroups(b.Groups, h.Groups)
	}
	return b.Own == h.Own && a.sameGroups(b.Groups, h.Groups) && sameNames(b.Licenses, h.Licenses) &&
		sameMigration(b.Migration, h.Migration) && !a.moving(b, h)
}

func (a *attribution) sameGroups(base, head []int32) bool {
	return slices.EqualFunc(base, head, func(b, h int32) bool { return a.groupAt[b] == h })
}

func sameMigration(a, b *config.Migration) bool { return a == b || a != nil && b != nil && *a == *b }

// moving reports whether a user may come into groups or leave them by
// attributes, or be in one by a list as well.
func (a *attribution) moving(base, head *config.User) bool {
	if len(a.conditional) == 0 {
		return false
	}
	if len(a.edits.where) > 0 {
		return true
	}
	for _, name := range a.asked {
		if attributeOf(base, name) != attributeOf(head, name) {
			return true
		}
	}
	for _, name := range a.conditional {
		if slices.Contains(base.InGroups, name) != slices.Contains(head.InGroups, name) {
			return true
		}
	}
	return false
}

// key returns what tells the situation of a user apart.
func (a *attribution) key(i, j int) situationKey {
	b, h := &a.baseCfg.Users[i], &a.headCfg.Users[j]
	k := situationKey{base: a.base.Of[i], head: a.head.Of[j], baseGroups: first(b.Groups), headGroups: first(h.Groups)}
	w := a.scratch[:0]
	w = appendList(w, b.Licenses)
	w = appendList(w, h.Licenses)
	if !sameMigration(b.Migration, h.Migration) {
		for _, m := range [2]*config.Migration{b.Migration, h.Migration} {
			switch {
			case m == nil:
				w = append(w, 'n')
			case m.WebexCallingReady:
				w = append(append(w, 'r'), m.CompleteBy...)
			default:
				w = append(append(w, 'm'), m.CompleteBy...)
			}
			w = append(w, 0)
		}
	}
	w = a.rosterKey(w, i, j)
	if a.moving(b, h) {
		for _, u := range [2]*config.User{b, h} {
			for _, name := range a.asked {
				w = append(append(w, attributeOf(u, name)...), 0)
			}
			for _, name := range a.conditional {
				listed := byte('-')
				if slices.Contains(u.InGroups, name) {
					listed = '+'
				}
				w = append(w, listed)
			}
		}
	}
	a.scratch = w
	number, ok := a.words[string(w)]
	if !ok {
		number = int32(len(a.words))
		a.words[string(w)] = number
	}
	k.words = number
	return k
}

// appendList appends a list so that different ones never look alike.
func appendList(w []byte, list []string) []byte {
	w = binary.AppendUvarint(w, uint64(len(list)))
	for _, s := range list {
		w = append(append(w, s...), 0)
	}
	return w
}

func first(groups []int32) *int32 {
	if len(groups) == 0 {
		return nil
	}
	return &groups[0]
}
