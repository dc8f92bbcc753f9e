package compiler

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"callpolicy/compiler/config/load"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/rules"
)

// checkOnce is check, unless the very same files were checked before on the same
// day: then it is known what the rules say. What is kept is of states without
// errors, as those of a branch are, and of people who are all in policy files.
func (c *Compilation) checkOnce(ctx context.Context, program string) (*findings, error) {
	cache := c.options.cache
	if cache == nil || c.Config.Faulty || c.Config.Roster.Files > 0 {
		return c.check(ctx)
	}
	key := sha256.Sum256(fmt.Appendf(nil, "checked 1\x00%s\x00%s\x00%s\x00%t", program, c.Config.InputDigest, c.At.Format("2006-01-02"), c.options.errorsOnly))
	if data, ok := cache.Get(key); ok {
		if diags, waived, ok := load.UnpackFindings(data); ok {
			return &findings{diags: diags, stats: rules.Stats{Waived: waived}, result: c.Result}, nil
		}
	}
	found, err := c.check(ctx)
	if err != nil {
		return nil, err
	}
	// A rule that was given up may come to an end on another machine.
	givenUp := func(d *diag.Diagnostic) bool { return d.ID == diag.RuleInvalid }
	if !found.diags.HasErrors() && !found.compared && found.withheld == 0 && !slices.ContainsFunc(found.diags, givenUp) {
		cache.Put(load.PackFindings(found.diags, found.stats.Waived), key)
	}
	return found, nil
}
