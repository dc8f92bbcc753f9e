package report

import (
	"strings"
	"testing"

	"callpolicy/compiler/diag"
)

// on returns the range of the words in a line, which stands in for what the
// loader captures.
func on(t *testing.T, file string, line int, text, words string) diag.Range {
	t.Helper()
	i := strings.Index(text, words)
	if i < 0 {
		t.Fatalf("%q is not in %q", words, text)
	}
	return diag.Range{
		File:  file,
		Start: diag.Pos{Line: line, Column: i + 1},
		End:   diag.Pos{Line: line, Column: i + len(words) + 1},
		Text:  text,
	}
}

// sample is a report with a diagnostic from every corner of the model.
func sample(t *testing.T) Report {
	t.Helper()
	var list diag.List

	unknown := on(t, "policies/groups.yaml", 88,
		"  reception: { template: front-dsk, members: [u0142@voorbeeld.example] }", "front-dsk")
	list.Add(diag.New(diag.RefUnknownTemplate, unknown, "no template is called %q", "front-dsk").
		At("groups.reception.template").
		Because("A group gives its members the calling template it names, so a name without a template gives them nothing.").
		Try("front-desk").
		See(on(t, "policies/templates.yaml", 3, "  front-desk:", "front-desk"), "the template of the nearest name").
		Mend("write front-desk", diag.Edit{Range: unknown, NewText: "front-desk"}))

	boolean := on(t, "policies/org.yaml", 14, "    videoOnMobile: yes", "yes")
	list.Add(diag.New(diag.SchemaWrongType, boolean, "videoOnMobile is true or false, not the word %q", "yes").
		At("org.inCall.videoOnMobile").
		Because("YAML 1.2 reads yes, no, on and off as words. Older readers of YAML took them for true and false.").
		Try("true").
		Mend("write true", diag.Edit{Range: boolean, NewText: "true"}))

	app := "    callingBehavior: { webexCalling: { app: thirdParty } }    # ask Joost van den Berg-Østergård before you change this, see the minutes"
	behavior := on(t, "policies/users/utrecht.yaml", 1204, app, "webexCalling")
	user := `users."u1204@voorbeeld.example".callingBehavior.webexCalling`
	needs := diag.New(diag.LicenseBehaviorNeedsLicense, behavior,
		"u1204@voorbeeld.example has a choice for Webex Calling, but no license for it").At(user).
		Because("A user's calling behavior is looked up for the service of the license they hold. A choice for another service is never used, and Control Hub does not offer it.").
		Try("Remove the choice, or give the license:\n\n  licenses: [webexCalling]").
		See(on(t, "policies/users/utrecht.yaml", 1202, "    licenses: [unifiedCM]", "unifiedCM"), "the licenses of this user").
		See(on(t, "policies/licenses.yaml", 2, "  webexCalling: { service: webexCalling }", "webexCalling"), "the license that would allow it")
	list.Add(needs)

	pinned := on(t, "policies/users/utrecht.yaml", 311, "    inCall: { screenSharing: false }", "screenSharing: false")
	list.Add(diag.New(diag.LintOverrideEqualsInherited, pinned, "screenSharing is set to what it would be anyway").
		At(`users."u0311@voorbeeld.example".inCall.screenSharing`).
		Because("A value set at the user level sticks: later changes to the organization or the template pass it by."))

	lock := on(t, "policies/templates.yaml", 41, "    inCall:", "inCall")
	lock.End = diag.Pos{Line: 44, Column: 12}
	shared := diag.New(diag.LockOffOnly, lock, "the template turns screen sharing on, which the organization allows to turn off only").
		At("templates.ward.inCall").
		See(on(t, "policies/org.yaml", 20, "    inCall.screenSharing: offOnly", "offOnly"), "the lock is set here")
	shared.Users = 1198
	list.Add(shared)

	list.Add(diag.New(diag.LoadSyntax,
		diag.Range{File: "policies/broken.yaml", Start: diag.Pos{Line: 7, Column: 1}, End: diag.Pos{Line: 7, Column: 2}, Text: "\torg:\r\n"},
		"a tab indents this line, and YAML allows spaces only").Try("Put two spaces in place of the tab."))

	hostile := on(t, "policies/\x1b]0;gone\a/évil name.yaml", 2,
		"  \x1b[2Jzorg\u202e: 医療 \xff ##[add-mask]x # ::stop", "医療")
	list.Add(diag.New(diag.SchemaUnknownField, hostile, "no field is called %s", "\x1b[31m[zorg](https://evil.example) {0} ::warning\u009b").
		At("org.zorg"))

	list.Add(diag.New(diag.ProjectMissing, diag.Range{}, "there is no callpolicy.yaml here or in any folder above").
		Try("callpolicy init writes one."))
	list.Add(diag.New(diag.LoadNoFiles, diag.Range{File: "callpolicy.yaml"}, "no policy file was found"))
	list.Add(diag.New(diag.Custom("finance.no-third-party", diag.Warning),
		on(t, "policies/users/utrecht.yaml", 1204, app, "thirdParty"), "Finance calls stay in Webex").At(user))
	list.Add(diag.New(diag.MigrationReadyToComplete,
		on(t, "policies/users/utrecht.yaml", 90, "    migration: {}", "migration"), "this migration can be completed").
		At(`users."u0090@voorbeeld.example".migration`))

	return New(list, "examples/zorg", 2, []string{
		"One file could not be read, so names that may be defined in it are not reported as unknown.",
	})
}

// every returns a report with one diagnostic of each built-in id, each on a line of its own.
func every() Report {
	var list diag.List
	for i, id := range diag.BuiltIn {
		d := diag.New(id, diag.Range{
			File:  "policies/every.yaml",
			Start: diag.Pos{Line: i + 1, Column: 3},
			End:   diag.Pos{Line: i + 1, Column: 6},
			Text:  "  key: value",
		}, "something about %s", id)
		if d.Severity == diag.Off {
			d.Severity = diag.Warning // a project may raise it
		}
		list.Add(d)
	}
	return New(list, "", 0, nil)
}
