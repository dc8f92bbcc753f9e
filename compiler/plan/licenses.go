package plan

import "callpolicy/compiler/resolve"

// licenseClass is the setting that says which calling licenses somebody has.
const licenseClass = "licenseClass"

// completes reports whether somebody's migration was said to be ready, and now is
// complete: that is no loss.
func (c *comparison) completes(i, j int) bool {
	if c.why == nil || c.why.head.Class(j).Effective.License != resolve.WebexCalling {
		return false
	}
	m, ok := resolve.MigrationOf(c.why.baseCfg, &c.why.baseCfg.Users[i])
	return ok && m.WebexCallingReady
}

// losesLicense reports whether whoever is in the situation loses a calling license
// and gains none.
func (s *situation) losesLicense() bool {
	for _, d := range s.settings {
		if d.name != licenseClass {
			continue
		}
		before, _ := d.before.(string)
		after, _ := d.after.(string)
		return after == resolve.None.String() || before == resolve.Migrating.String()
	}
	return false
}
