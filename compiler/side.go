package compiler

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/plan"
)

// Side returns the compilation as one of the two sides of a plan.
func (c *Compilation) Side(state plan.State) *plan.Side {
	state.Digest = c.Config.InputDigest
	return plan.Compiled(state, c.Result, c.Bundles())
}

// TargetSide reads what a target holds as the base of a plan: everybody's
// bundles, but not what led to them. A target that holds nothing gives a side
// without users and no manifest.
func TargetSide(ctx context.Context, target fs.FS, state plan.State) (*plan.Side, *bundle.Manifest, error) {
	m, err := bundle.ReadManifest(target)
	if errors.Is(err, bundle.ErrNoManifest) {
		return plan.Nothing(state), nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	state.Digest = m.InputDigest.String()
	side := plan.Nothing(state)
	side.Quarantine(m.Quarantined)
	for _, shard := range m.Shards() {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		entries, err := m.Index(target, shard)
		if err != nil {
			return nil, nil, err
		}
		side.Users = append(side.Users, entries...)
	}
	slices.SortFunc(side.Users, func(a, b bundle.Entry) int { return strings.Compare(a.User, b.User) })
	first := make(map[bundle.Digest]int32, len(m.Bundles))
	for i, e := range slices.Backward(side.Users) {
		first[e.Bundle] = int32(i)
	}
	side.Bundle = func(d bundle.Digest) (*bundle.Bundle, error) {
		i := first[d]
		b, err := m.Bundle(target, side.Users[i])
		for _, e := range side.Users[i+1:] { // one copy may be damaged, and another not
			if !isDamaged(err) || m.Layout == bundle.Store {
				break
			}
			if e.Bundle == d {
				b, err = m.Bundle(target, e)
			}
		}
		return b, err
	}
	return side, m, nil
}
