package workspace

import (
	"fmt"

	"callpolicy/compiler"
	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
)

// Notes says what a reader must know of a compilation to judge what was found in
// its files, in sentences; nothing where it is nil.
func Notes(c *compiler.Compilation) []string {
	if c == nil {
		return nil
	}
	var said []string
	if c.Config.Incomplete {
		unread := "A part of the files was not read, so nothing is said of what is unused"
		if n := c.Config.Withheld; n > 0 {
			unread += fmt.Sprintf(", or of %s that may lead there", diag.Plural(n, "name", "names"))
		}
		said = append(said, unread+".")
	}
	if c.Withheld > 0 {
		said = append(said, fmt.Sprintf("%s withheld until the errors in the files are mended.",
			diag.Plural(c.Withheld, "warning is", "warnings are")))
	}
	return append(said, rosterNotes(c.Config)...)
}

// QuarantineNotes says how many people are set aside; nothing where nobody is.
func QuarantineNotes(cfg *config.Config) []string {
	n := len(cfg.Quarantined)
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s set aside, as only the roster is at fault: left out of the output, while a bundle from before stays as it is.",
		diag.Plural(n, "user is", "users are"))}
}

// rosterNotes says what the roster led to, beside what is wrong in it.
func rosterNotes(cfg *config.Config) []string {
	said := QuarantineNotes(cfg)
	if n := cfg.Roster.OtherGroups; n > 0 {
		said = append(said, fmt.Sprintf("%s in no policy file, and passed by.", diag.Plural(n, "group of the roster is", "groups of the roster are")))
	}
	if n := cfg.Roster.OtherMembers; n > 0 {
		said = append(said, fmt.Sprintf("%s somebody who does not exist here, and passed by.", diag.Plural(n, "membership of the roster is for", "memberships of the roster are for")))
	}
	return said
}
