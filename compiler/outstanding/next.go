package outstanding

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/resolve"
)

// Next returns what is outstanding once a target holds a set: what was so
// before and still is, and what the set no longer holds for single people of what
// the target does. A new value of somebody's own ends it, and so does their
// leaving. revision is that of the set's source.
func Next(fsys fs.FS, set *bundle.Set, revision string) (List, error) {
	m, err := bundle.ReadManifest(fsys)
	if errors.Is(err, bundle.ErrNoManifest) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	before, err := In(fsys)
	if err != nil {
		return nil, err
	}
	n := next{m, fsys, set, revision, map[pair]*change{}, nil}
	for i := range 256 {
		if err := n.shard(bundle.Shard(i), before); err != nil {
			return nil, err
		}
	}
	return n.list.sorted(), nil
}

type next struct {
	manifest *bundle.Manifest
	fsys     fs.FS
	set      *bundle.Set
	revision string
	changes  map[pair]*change
	list     List
}

// pair is the bundle of a user before and after; equal pairs lose the same.
type pair struct{ before, after bundle.Digest }

// change is what follows from a pair.
type change struct {
	given []Entry         // values that are given up, without a user
	holds map[string]bool // settings that the user level holds afterward
	knows map[string]bool // settings that there are afterward
}

func (n *next) shard(shard bundle.Shard, before List) error {
	after := n.set.Index(shard)
	was, err := n.manifest.Index(n.fsys, shard)
	if err != nil {
		return err
	}
	for _, e := range after {
		i, ok := slices.BinarySearchFunc(was, e.User, func(e bundle.Entry, user string) int { return strings.Compare(e.User, user) })
		open := before.of(e.User)
		switch {
		case !ok, was[i].Bundle == e.Bundle && len(open) == 0:
			continue
		case was[i].Bundle == e.Bundle:
			n.list = append(n.list, open...)
			continue
		}
		c, err := n.change(was[i], e)
		if err != nil {
			return err
		}
		for _, o := range open {
			if c.knows[o.Setting] && !c.holds[o.Setting] {
				n.list = append(n.list, o)
			}
		}
		for _, given := range c.given {
			given.User = e.User
			n.list = append(n.list, given)
		}
	}
	return nil
}

// of returns the entries of a user, of a list that is in order.
func (l List) of(user string) List {
	first, _ := slices.BinarySearchFunc(l, user, func(e Entry, user string) int { return strings.Compare(e.User, user) })
	last := first
	for last < len(l) && l[last].User == user {
		last++
	}
	return l[first:last]
}

func (n *next) change(before, after bundle.Entry) (*change, error) {
	key := pair{before.Bundle, after.Bundle}
	if have := n.changes[key]; have != nil {
		return have, nil
	}
	old, err := n.manifest.Bundle(n.fsys, before)
	if err != nil {
		return nil, err
	}
	was, err := old.Document()
	if err != nil {
		return nil, &bundle.DamagedError{File: bundle.DocumentFile, Err: err}
	}
	is, err := n.set.Bundle(after.Bundle).Document()
	if err != nil {
		return nil, err
	}
	c := &change{holds: map[string]bool{}, knows: map[string]bool{}}
	for _, v := range values(is) {
		c.knows[v.Setting] = true
		c.holds[v.Setting] = v.own
	}
	for _, v := range values(was) {
		if v.own && c.knows[v.Setting] && !c.holds[v.Setting] {
			v.Since, v.Step = n.revision, stepOf(v.Setting)
			c.given = append(c.given, v.Entry)
		}
	}
	n.changes[key] = c
	return c, nil
}

type value struct {
	Entry

	own bool // it is set at the user level
}

// values lists the settings of a bundle that can be set for single people.
func values(d *bundle.Document) []value {
	user := resolve.User.String()
	var out []value
	for name, v := range d.InCall {
		on := v.Value
		out = append(out, value{Entry{Setting: "inCall." + name, Keeps: Value{On: &on}}, v.Level == user})
	}
	for _, b := range []*bundle.Behavior{&d.CallingBehavior, d.PendingCallingBehavior} {
		if b == nil {
			continue
		}
		keeps := Value{App: b.App.Value}
		if b.UCManagerProfile != nil && b.UCManagerProfile.Value != nil {
			keeps.Profile = *b.UCManagerProfile.Value
		}
		out = append(out, value{Entry{Setting: "callingBehavior." + b.Service, Keeps: keeps}, b.App.Level == user})
	}
	return out
}

// stepOf is the id of the step that resets a setting.
func stepOf(setting string) string {
	kind := "behavior-reset-request"
	if strings.HasPrefix(setting, "inCall.") {
		kind = "in-call-reset"
	}
	return StepID(kind, "users."+setting, "reset")
}
