package plan

import (
	"context"
	"errors"
	"strings"
	"sync"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/identity"
)

// Compare returns the plan that leads from base to head. What the plan holds is
// shared among users who have it in common, and not to be changed.
func Compare(ctx context.Context, base, head *Side) (*Plan, error) {
	c := &comparison{
		base: base, head: head, pairs: map[digests]*situation{}, changed: []*UserChange{},
		search: searching{ctx: ctx, left: planQuestions},
	}
	c.why = attributionOf(base, head)
	var seats []SeatChange
	var background sync.WaitGroup
	background.Go(func() { seats = seatChanges(base, head) })
	err := c.users(ctx)
	background.Wait()
	if err != nil {
		return nil, err
	}
	causes := c.causes()
	if err := ctx.Err(); err != nil {
		return nil, err // the search for causes ended early
	}
	return &Plan{
		FormatVersion: FormatVersion, Base: base.State, Head: head.State,
		Summary: c.summary, Notes: c.search.notes(), Causes: causes, Users: c.changed, Seats: seats, Waivers: waiverChanges(base, head),
	}, nil
}

// comparison walks both sides, which are sorted by address, in step.
type comparison struct {
	base, head *Side
	why        *attribution           // nil: a side is known by its bundles only
	pairs      map[digests]*situation // where a side is
	situations []*situation           // in the order of the first user in each
	summary    Summary
	changed    []*UserChange
	effects    []*effect // of edits that are about one person
	unknown    *effect   // of whatever has no known cause
	ids        []pending // to be filled in when all causes are in order
	search     searching // for causes
}

// digests are the bundles of one user on both sides.
type digests struct{ base, head bundle.Digest }

type settingDiff struct {
	name          string
	before, after any // as a plan has them; nil: not there
}

func (c *comparison) users(ctx context.Context) error {
	renamed := c.renames()
	b, h := c.base.Users, c.head.Users
	for i, j := 0, 0; i < len(b) || j < len(h); {
		if (i+j)&0xfff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		c.summary.Users++
		var err error
		switch order := compareAt(b, h, i, j); {
		case order < 0:
			switch _, ok := renamed.to[i]; {
			case ok:
				c.summary.Users-- // counted under the new address
			case c.head.quarantines(b[i].User):
				c.summary.Quarantined++
				if !c.base.quarantines(b[i].User) {
					c.summary.NewlyQuarantined++
				}
			default:
				c.removed(i)
			}
			i++
		case order > 0:
			if old, ok := renamed.from[j]; ok {
				err = c.both(old, j)
			} else if kept, ok := c.base.keptEntry(h[j].User); ok && c.why != nil {
				err = c.mended(kept, j)
			} else {
				c.added(j)
			}
			j++
		default:
			err = c.both(i, j)
			i, j = i+1, j+1
		}
		if err != nil {
			return err
		}
	}
	c.quarantined()
	return nil
}

func compareAt(b, h []bundle.Entry, i, j int) int {
	switch {
	case i == len(b):
		return 1
	case j == len(h):
		return -1
	}
	return strings.Compare(b[i].User, h[j].User)
}

// renames pairs users whose address changed, as `previously` says.
type renames struct{ to, from map[int]int }

func (c *comparison) renames() renames {
	r := renames{map[int]int{}, map[int]int{}}
	if c.head.Result == nil {
		return r
	}
	for j := range c.head.Result.Config.Users {
		u := &c.head.Result.Config.Users[j]
		if len(u.Previously) == 0 || c.base.user(u.Key) >= 0 {
			continue
		}
		for _, old := range u.Previously {
			old = identity.Address(old)
			i := c.base.user(old)
			if i < 0 || c.head.user(old) >= 0 {
				continue
			}
			if _, taken := r.to[i]; !taken {
				r.to[i], r.from[j] = j, i
				break
			}
		}
	}
	return r
}

func (c *comparison) removed(i int) {
	c.summary.Removed++
	u := &UserChange{User: c.base.Users[i].User, Action: Remove}
	c.changed = append(c.changed, u)
	if c.why != nil && c.why.baseCfg.Users[i].Row.Line > 0 {
		c.moved(u, c.why.came(&c.why.baseCfg.Users[i], false))
		return
	}
	c.person(u, &edit{kind: UserRemoved, path: config.Path{"users", addressOf(c.base, i)}, user: u.User, before: true})
}

func (c *comparison) added(j int) {
	c.summary.Added++
	u := &UserChange{User: c.head.Users[j].User, Action: Add}
	c.changed = append(c.changed, u)
	if c.why != nil && c.why.headCfg.Users[j].Row.Line > 0 {
		c.moved(u, c.why.came(&c.why.headCfg.Users[j], true))
		return
	}
	c.person(u, &edit{kind: UserAdded, path: config.Path{"users", addressOf(c.head, j)}, user: u.User, after: true})
}

// addressOf returns an address as it is written, where that is known.
func addressOf(s *Side, i int) string {
	if s.Result == nil {
		return s.Users[i].User
	}
	return s.Result.Config.Users[i].Address
}

// moved notes that somebody comes or goes with the directory.
func (c *comparison) moved(u *UserChange, e *edit) {
	e.effectOf().users++
	u.Causes = c.promise(e.effectOf())
}

// person notes that somebody comes, goes or has another address.
func (c *comparison) person(u *UserChange, e *edit) {
	var of *effect
	if c.why != nil || e.kind == UserRenamed {
		of = &effect{edit: e}
		c.effects = append(c.effects, of)
	} else {
		of = c.unknownCause()
	}
	of.users++
	u.Causes = c.promise(of)
}

// both compares a user who is on both sides.
func (c *comparison) both(i, j int) error {
	b, h := c.base.Users[i], c.head.Users[j]
	renamed, rewritten := b.User != h.User, b.Bundle != h.Bundle
	if c.why != nil && !rewritten && !renamed && c.why.untouched(i, j) {
		c.summary.Unchanged++
		return nil
	}
	s, err := c.situation(i, j)
	if err != nil {
		return err
	}
	s.add(h.User)
	var u *UserChange // nil where no effective value changes
	switch {
	case len(s.settings) > 0 || renamed:
		c.summary.Changed++
		u = &UserChange{User: h.User, Action: Modify, Changes: s.changes}
		if s.losesLicense() && !c.completes(i, j) {
			c.summary.LostLicense++
		}
		c.changed = append(c.changed, u)
	case rewritten:
		c.summary.Rewritten++
	default:
		c.summary.Unchanged++
	}
	if renamed {
		u.Was = b.User
		c.person(u, &edit{kind: UserRenamed, path: config.Path{"users", addressOf(c.head, j)}, user: h.User, before: b.User, after: h.User})
	}
	if s.mix != nil && len(s.mine) > 0 {
		c.personal(s, u, &c.why.baseCfg.Users[i], &c.why.headCfg.Users[j])
	}
	return nil
}

// situation returns the situation that a user of both sides is in.
func (c *comparison) situation(i, j int) (*situation, error) {
	d := digests{c.base.Users[i].Bundle, c.head.Users[j].Bundle}
	if c.why != nil {
		key := c.why.key(i, j)
		if have := c.why.situations[key]; have != nil {
			return have, nil
		}
		settings, err := c.difference(d)
		if err = errors.Join(err, c.search.ctx.Err()); err != nil {
			return nil, err
		}
		s := newSituation(newMix(c.why, i, j), settings, d.base != d.head, &c.search)
		s.head, s.memberOf = c.why.head.Class(j), c.why.headCfg.Users[j].Groups
		c.why.situations[key] = s
		c.explain(s)
		return s, nil
	}
	if have := c.pairs[d]; have != nil {
		return have, nil
	}
	settings, err := c.difference(d)
	if err != nil {
		return nil, err
	}
	s := newSituation(nil, settings, d.base != d.head, &c.search)
	c.pairs[d] = s
	c.explain(s)
	return s, nil
}

// difference compares two bundles.
func (c *comparison) difference(d digests) ([]settingDiff, error) {
	if d.base == d.head {
		return nil, nil
	}
	before, err := c.base.of(d.base)
	if err != nil {
		return nil, err
	}
	after, err := c.head.of(d.head)
	if err != nil {
		return nil, err
	}
	var diff []settingDiff
	for _, b := range before {
		if h := find(after, b.Name); !bundle.Same(h, b.Value) {
			diff = append(diff, settingDiff{b.Name, b.Value, h})
		}
	}
	for _, h := range after {
		if find(before, h.Name) == nil {
			diff = append(diff, settingDiff{h.Name, nil, h.Value})
		}
	}
	return diff, nil
}

// find returns the value of a setting, or nil where it is not there.
func find(settings []bundle.Setting, name string) any {
	for _, s := range settings {
		if s.Name == name {
			return s.Value
		}
	}
	return nil
}

// unknownCause stands for all changes whose cause is not in the files: those
// of a base that is known by its bundles only.
func (c *comparison) unknownCause() *effect {
	if c.unknown == nil {
		c.unknown = &effect{edit: &edit{kind: Unknown}}
	}
	return c.unknown
}
