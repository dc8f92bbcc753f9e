package compiler

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
)

// checkOnce is check, unless the very same files were checked before on the same
// day: then it is known what the rules say. What is kept is of states without
// errors, as those of a branch are, and of people who are all in policy files.
func (c *Compilation) checkOnce(ctx context.Context, program string, found diag.List) (diag.List, error) {
	cache := c.options.cache
	if cache == nil || c.Config.Faulty || c.Config.Roster.Files > 0 {
		return c.check(ctx, found)
	}
	key := sha256.Sum256(fmt.Appendf(nil, "checked 1\x00%s\x00%s\x00%s\x00%t", program, c.Config.InputDigest, c.At.Format("2006-01-02"), c.options.errorsOnly))
	if data, ok := cache.Get(key); ok {
		if diags, waived, ok := config.UnpackFindings(data); ok {
			c.Rules.Waived = waived
			return diags, nil
		}
	}
	diags, err := c.check(ctx, found)
	// A rule that was given up may come to an end on another machine.
	givenUp := func(d *diag.Diagnostic) bool { return d.ID == diag.RuleInvalid }
	if err == nil && !diags.HasErrors() && c.Withheld == 0 && !slices.ContainsFunc(diags, givenUp) {
		cache.Put(config.PackFindings(diags, c.Rules.Waived), key)
	}
	return diags, err
}
