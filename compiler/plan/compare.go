package plan

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"callpolicy/compiler/bundle"
)

// Compare returns the plan that leads from base to head.
func Compare(ctx context.Context, base, head *Side) (*Plan, error) {
	c := &comparison{base: base, head: head, pairs: map[digests]*difference{}}
	if base.Result != nil && head.Result != nil {
		c.why = newAttribution(base.Result, head.Result)
	}
	if err := c.users(ctx); err != nil {
		return nil, err
	}
	p := &Plan{
		FormatVersion: FormatVersion, Base: base.State, Head: head.State,
		Summary: c.summary, Causes: []*Cause{}, Users: c.changed,
	}
	if p.Users == nil {
		p.Users = []*UserChange{}
	}
	p.Causes = c.causes()
	return p, nil
}

// comparison walks both sides, which are sorted by address, in step.
type comparison struct {
	base, head *Side
	why        *attribution // nil: a side is known by its bundles only
	pairs      map[digests]*difference
	summary    Summary
	changed    []*UserChange
	unknown    *Cause
}

// digests are the bundles of one user on both sides.
type digests struct{ base, head bundle.Digest }

// difference is what differs between two bundles.
type difference struct{ settings []settingDiff }

type settingDiff struct {
	name          string
	before, after any // of package bundle; nil: not there
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
			if _, ok := renamed.to[i]; ok {
				c.summary.Users-- // counted under the new address
			} else {
				c.removed(i)
			}
			i++
		case order > 0:
			if old, ok := renamed.from[j]; ok {
				err = c.both(old, j)
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
			old = strings.ToLower(old)
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
	if c.why == nil {
		c.unknownCause().user(u)
		return
	}
	c.why.removed(u, i)
}

func (c *comparison) added(j int) {
	c.summary.Added++
	u := &UserChange{User: c.head.Users[j].User, Action: Add}
	c.changed = append(c.changed, u)
	if c.why == nil {
		c.unknownCause().user(u)
		return
	}
	c.why.added(u, j)
}

// both compares a user who is on both sides.
func (c *comparison) both(i, j int) error {
	b, h := c.base.Users[i], c.head.Users[j]
	var settings []settingDiff
	if b.Bundle != h.Bundle {
		diff, err := c.difference(digests{b.Bundle, h.Bundle})
		if err != nil {
			return err
		}
		settings = diff.settings
	}
	renamed := b.User != h.User
	var u *UserChange // nil where no effective value changes
	switch {
	case len(settings) > 0 || renamed:
		c.summary.Changed++
		u = &UserChange{User: h.User, Action: Modify}
		if renamed {
			u.Was = b.User
		}
		for _, s := range settings {
			u.Changes = append(u.Changes, SettingChange{Setting: s.name, Before: value(s.before), After: value(s.after), Causes: []int{}})
		}
		c.changed = append(c.changed, u)
	case b.Bundle != h.Bundle:
		c.summary.Rewritten++
	default:
		c.summary.Unchanged++
	}
	switch {
	case c.why != nil:
		c.why.both(i, j, u, settings, b.Bundle != h.Bundle)
	case u != nil:
		cause := c.unknownCause()
		cause.Users++
		for k := range u.Changes {
			cause.setting(&u.Changes[k])
		}
	}
	return nil
}

// difference compares two bundles, once for all users who move between them.
func (c *comparison) difference(d digests) (*difference, error) {
	if have, ok := c.pairs[d]; ok {
		return have, nil
	}
	before, err := c.base.of(d.base)
	if err != nil {
		return nil, err
	}
	after, err := c.head.of(d.head)
	if err != nil {
		return nil, err
	}
	diff := new(difference)
	for _, b := range before {
		h, ok := find(after, b.Name)
		if !ok {
			diff.settings = append(diff.settings, settingDiff{b.Name, b.Value, nil})
		} else if h != b.Value {
			diff.settings = append(diff.settings, settingDiff{b.Name, b.Value, h})
		}
	}
	for _, h := range after {
		if _, ok := find(before, h.Name); !ok {
			diff.settings = append(diff.settings, settingDiff{h.Name, nil, h.Value})
		}
	}
	c.pairs[d] = diff
	return diff, nil
}

func find(settings []bundle.Setting, name string) (any, bool) {
	for _, s := range settings {
		if s.Name == name {
			return s.Value, true
		}
	}
	return nil, false
}

// unknownCause stands for all changes of a base that is known by its bundles only.
func (c *comparison) unknownCause() *Cause {
	if c.unknown == nil {
		c.unknown = &Cause{Kind: Unknown}
	}
	return c.unknown
}

func (c *Cause) user(u *UserChange) {
	c.Users++
	u.Causes = append(u.Causes, c.ID)
}

func (c *Cause) setting(s *SettingChange) {
	s.Causes = append(s.Causes, c.ID)
	i := slices.IndexFunc(c.Changes, func(have Change) bool {
		return have.Setting == s.Setting && have.Before == s.Before && have.After == s.After
	})
	if i < 0 {
		i = len(c.Changes)
		c.Changes = append(c.Changes, Change{Setting: s.Setting, Before: s.Before, After: s.After, Classes: []Count{}, Groups: []Count{}, Examples: []string{}})
	}
	c.Changes[i].Users++
}

// causes returns everything that the plan lists, in its order, with ids.
func (c *comparison) causes() []*Cause {
	if c.why == nil {
		if c.unknown == nil {
			return []*Cause{}
		}
		sortChanges(c.unknown.Changes)
		return []*Cause{c.unknown}
	}
	return c.why.causes(c.changed)
}

func sortChanges(changes []Change) {
	slices.SortStableFunc(changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(b.Users, a.Users), cmp.Compare(a.Setting, b.Setting), cmp.Compare(text(a.Before), text(b.Before)), cmp.Compare(text(a.After), text(b.After)))
	})
}
