package workspace

import (
	"fmt"
	"strings"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/resolve"
)

// licenseNotes says what cannot be taken back of what a plan does to licenses:
// who loses Webex Calling, and whose migration is completed although nobody said
// that Webex Calling is ready. Where a side is known by its bundles only there is
// nothing to say.
func licenseNotes(base, head *resolve.Result) []string {
	if base == nil || head == nil {
		return nil
	}
	lost := 0
	var early []string
	for i := range base.Config.Users {
		u := &base.Config.Users[i]
		j, ok := head.Config.User(u.Key)
		if !ok {
			continue
		}
		was, is := base.Class(i).Inputs.License, head.Class(j).Inputs.License
		if was == is {
			continue
		}
		if hasWebexCalling(was) && !hasWebexCalling(is) {
			lost++
		}
		m, migrates := resolve.MigrationOf(base.Config, u)
		if was == resolve.Migrating && is == resolve.WebexCalling && !(migrates && m.WebexCallingReady) {
			early = append(early, u.Address)
		}
	}
	var notes []string
	if lost > 0 {
		notes = append(notes, fmt.Sprintf("%s a Webex Calling license. The number, the extension, voicemail, forwarding and devices go with it, and giving it back does not bring them back.",
			diag.Plural(lost, "user loses", "users lose")))
	}
	if len(early) > 0 {
		const most = 3
		names := strings.Join(early[:min(len(early), most)], ", ")
		if more := len(early) - most; more > 0 {
			names += fmt.Sprintf(" and %s more", diag.Count(more))
		}
		notes = append(notes, fmt.Sprintf("%s the Unified CM license, and nobody said before that Webex Calling is ready (webexCallingReady: true): %s [%s]",
			diag.Plural(len(early), "user loses", "users lose"), names, diag.MigrationNotReady))
	}
	return notes
}

func hasWebexCalling(c resolve.LicenseClass) bool {
	return c == resolve.WebexCalling || c == resolve.Migrating
}
