package resolve

import "callpolicy/compiler/config"

// Migration is the migration that concerns a user, and where it is written.
type Migration struct {
	config.Migration
	Group int32 // the group that it is a group's, as an index; -1: the user's own
}

// MigrationOf returns the migration of a user: the own one, or else that of a
// group; of several groups, the one that is to be complete first, so that no
// day is overlooked.
func MigrationOf(cfg *config.Config, u *config.User) (m Migration, ok bool) {
	if u.Migration != nil {
		return Migration{*u.Migration, -1}, true
	}
	for _, g := range u.Groups {
		gm := cfg.Groups[g].Migration
		if gm == nil {
			continue
		}
		if !ok || gm.CompleteBy != "" && (m.CompleteBy == "" || gm.CompleteBy < m.CompleteBy) {
			m, ok = Migration{*gm, g}, true
		}
	}
	return m, ok
}
