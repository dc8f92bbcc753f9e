package plan

import (
	"slices"
	"strings"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/identity"
)

// Recorded reports whether a compilation gives what a target holds. Bundles
// that the target only keeps, for users in quarantine, are in no
// compilation: the side takes them over, so that nothing becomes of them
// unsaid.
func (s *Side) Recorded(target *Side) bool {
	var kept []bundle.Entry
	made := slices.DeleteFunc(slices.Clone(target.Users), func(e bundle.Entry) bool {
		if !s.quarantines(e.User) || s.user(e.User) >= 0 {
			return false
		}
		kept = append(kept, e)
		return true
	})
	if !slices.Equal(s.Users, made) {
		return false
	}
	s.kept = kept
	compiled := s.Bundle
	s.Bundle = func(d bundle.Digest) (*bundle.Bundle, error) {
		if b, err := compiled(d); b != nil || err != nil {
			return b, err
		}
		return target.Bundle(d)
	}
	return true
}

// Quarantine says who is in quarantine on a side that was read back from a target,
// by address in lower case, sorted.
func (s *Side) Quarantine(addresses []string) { s.quarantined = addresses }

// quarantines reports whether whoever has an address is in quarantine on this side.
func (s *Side) quarantines(address string) bool {
	_, ok := slices.BinarySearch(s.quarantined, address)
	return ok
}

// keptEntry finds a bundle that the side keeps for somebody.
func (s *Side) keptEntry(address string) (bundle.Entry, bool) {
	i, ok := slices.BinarySearchFunc(s.kept, address, func(e bundle.Entry, a string) int { return strings.Compare(e.User, a) })
	if !ok {
		return bundle.Entry{}, false
	}
	return s.kept[i], true
}

// mended compares somebody who was in quarantine in the base, and is compiled now,
// with the bundle that was kept.
func (c *comparison) mended(was bundle.Entry, j int) error {
	is := c.head.Users[j]
	settings, err := c.difference(digests{was.Bundle, is.Bundle})
	switch {
	case err != nil:
		return err
	case was.Bundle == is.Bundle:
		c.summary.Unchanged++
		return nil
	case len(settings) == 0:
		c.summary.Rewritten++
		return nil
	}
	c.summary.Changed++
	of := c.why.rosterEdit(nil, "mended", addressOf(c.head, j), "quarantine").effectOf()
	of.users++
	u := &UserChange{User: is.User, Action: Modify}
	alone := &situation{users: 1, examples: []string{is.User}, head: c.why.head.Class(j), memberOf: c.why.headCfg.Users[j].Groups}
	for _, d := range settings {
		of.count(alone, d)
		u.Changes = append(u.Changes, SettingChange{Setting: d.name, Before: d.before, After: d.after, Causes: c.promise(of)})
	}
	c.changed = append(c.changed, u)
	return nil
}

// quarantined counts those whom the walk over both sides does not meet: people whose
// bundle the base only keeps, and those in quarantine who have none.
func (c *comparison) quarantined() {
	for _, e := range c.base.kept {
		switch {
		case c.head.user(e.User) >= 0: // it was compared with what the user has now
		case c.head.quarantines(e.User):
			c.summary.Users++
			c.summary.Quarantined++
		default:
			c.summary.Users++
			c.summary.Removed++
			u := &UserChange{User: e.User, Action: Remove}
			c.changed = append(c.changed, u)
			c.moved(u, c.why.rosterEdit(true, nil, e.User, "users"))
		}
	}
	if c.head.Result == nil {
		return
	}
	for i := range c.head.Result.Config.Quarantined {
		if u := &c.head.Result.Config.Quarantined[i]; !c.met(u) {
			c.summary.Users++
			c.summary.Quarantined++
		}
	}
	slices.SortStableFunc(c.changed, func(a, b *UserChange) int { return strings.Compare(a.User, b.User) })
}

// met reports whether somebody in quarantine was counted already.
func (c *comparison) met(u *config.User) bool {
	for _, address := range append([]string{u.Key}, u.Previously...) {
		address = identity.Address(address)
		if _, kept := c.base.keptEntry(address); kept || c.base.user(address) >= 0 {
			return true
		}
	}
	return false
}
