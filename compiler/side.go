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
	example := map[bundle.Digest]bundle.Entry{}
	for _, shard := range m.Shards() {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		entries, err := m.Index(target, shard)
		if err != nil {
			return nil, nil, err
		}
		for _, e := range entries {
			example[e.Bundle] = e
		}
		side.Users = append(side.Users, entries...)
	}
	slices.SortFunc(side.Users, func(a, b bundle.Entry) int { return strings.Compare(a.User, b.User) })
	side.Bundle = func(d bundle.Digest) (*bundle.Bundle, error) { return m.Bundle(target, example[d]) }
	return side, m, nil
}
