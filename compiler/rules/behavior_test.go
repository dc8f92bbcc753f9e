package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/rules"
)

// lines writes diagnostics as id, place and number of users, one a line.
func lines(list diag.List) string {
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "%s %s:%d:%d", d.ID, d.Subject.File, d.Subject.Start.Line, d.Subject.Start.Column)
		if d.Users > 0 {
			fmt.Fprintf(&b, " users=%d", d.Users)
		}
		for _, r := range d.Related {
			fmt.Fprintf(&b, " see %d:%d", r.Start.Line, r.Start.Column)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func expect(t *testing.T, list diag.List, want ...string) {
	t.Helper()
	if got := strings.TrimSuffix(lines(list), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("found\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func only(list diag.List, prefix string) (out diag.List) {
	for _, d := range list {
		if strings.HasPrefix(d.ID.String(), prefix) {
			out = append(out, d)
		}
	}
	return out
}

const finance = `package guardrails

rules: "finance.no-third-party": {
	title:    "Finance calls stay in Webex"
	severity: "error"
	when: attributes: department: "Finance"
	require: effective: callingBehavior: app: value: "webex"
	fix: "Remove the override, or ask the voice team for a waiver."
}
`

// TestAValueThatManyShareIsOneDiagnostic: at the level that set it, with the
// number of those whom the rule concerns.
func TestAValueThatManyShareIsOneDiagnostic(t *testing.T) {
	var users strings.Builder
	for i := range 20 {
		department := []string{"Finance", "Zorg"}[i%2]
		fmt.Fprintf(&users, "  u%02d@voorbeeld.example: { licenses: [unifiedCM], attributes: { department: %s, number: n%d } }\n", i, department, i)
	}
	users.WriteString("  x@voorbeeld.example: { licenses: [unifiedCM], attributes: { department: Finance }, callingBehavior: { unifiedCM: { app: jabber } } }\n")
	list, stats := check(t, "classic", "", map[string]string{
		"policies/org.yaml":     "org:\n  callingBehavior:\n    unifiedCM: { app: jabber }\n",
		"policies/users.yaml":   "users:\n" + users.String(),
		"guardrails/house.cue":  finance,
		"guardrails/house2.cue": "package guardrails\n",
	})
	own := only(list, "finance.")
	expect(t, own,
		"finance.no-third-party policies/org.yaml:3:23 users=10",
		"finance.no-third-party policies/users.yaml:22:123")
	if want := []string{"u00@voorbeeld.example", "u02@voorbeeld.example", "u04@voorbeeld.example"}; !slices.Equal(own[0].Examples, want) {
		t.Errorf("the examples are %q, want %q", own[0].Examples, want)
	}
	if own[0].Summary != "Finance calls stay in Webex" || !strings.Contains(own[0].Hint, "waiver") {
		t.Errorf("%q %q", own[0].Summary, own[0].Hint)
	}
	// The users' numbers differ, but no rule looks at them.
	if stats.Kinds != 3 {
		t.Errorf("%d kinds of users, want 3", stats.Kinds)
	}
}

func TestWaivers(t *testing.T) {
	policy := func(waivers string) map[string]string {
		return map[string]string{
			"guardrails/house.cue": finance,
			"policies/policy.yaml": "org:\n  callingBehavior:\n    unifiedCM: { app: jabber }\ngroups:\n  board: { members: [u2@voorbeeld.example] }\nusers:\n" +
				"  u1@voorbeeld.example: { licenses: [unifiedCM], attributes: { department: Finance } }\n" +
				"  U2@voorbeeld.example: { licenses: [unifiedCM], attributes: { department: Finance } }\nwaivers:\n" + waivers,
		}
	}
	waiver := func(who, expires string) string {
		return "  - { rule: finance.no-third-party, " + who + ", reason: r, owner: o, expires: " + expires + " }\n"
	}
	t.Run("of a user, in any letters", func(t *testing.T) {
		list, stats := check(t, "classic", "2026-09-01", policy(waiver("user: U1@Voorbeeld.example", "2026-09-01")))
		expect(t, list, "finance.no-third-party policies/policy.yaml:3:23 users=1")
		if stats.Waived != 1 {
			t.Errorf("waived %d", stats.Waived)
		}
	})
	t.Run("of everybody", func(t *testing.T) {
		list, stats := check(t, "classic", "2026-09-01", policy(waiver("user: u1@voorbeeld.example", "2026-12-31")+waiver("group: board", "2026-12-31")))
		expect(t, list)
		if stats.Waived != 1 {
			t.Errorf("waived %d", stats.Waived)
		}
	})
	t.Run("expired", func(t *testing.T) {
		list, stats := check(t, "classic", "2026-09-02", policy(waiver("user: u1@voorbeeld.example", "2026-09-01")))
		expect(t, list, "finance.no-third-party policies/policy.yaml:3:23 users=2", "waiver.expired policies/policy.yaml:10:95")
		if stats.Waived != 0 {
			t.Errorf("waived %d", stats.Waived)
		}
	})
	t.Run("of nobody who exists, which is one fault", func(t *testing.T) {
		list, _ := check(t, "classic", "2026-09-01", policy(waiver("user: u9@voorbeeld.example", "2026-12-31")+waiver("group: bord", "2026-12-31")))
		expect(t, only(list, "waiver."))
		expect(t, only(list, "ref."), "ref.unknown-user policies/policy.yaml:10:43", "ref.unknown-group policies/policy.yaml:11:44 see 5:3")
	})
	t.Run("for nobody, and for two", func(t *testing.T) {
		list, _ := check(t, "classic", "2026-09-01", policy("  - { rule: lint.tel-loop, reason: r, owner: o, expires: 2026-12-31 }\n"+waiver("user: u1@voorbeeld.example, group: board", "2026-12-31")))
		expect(t, only(list, "waiver."))
		expect(t, only(list, "schema."), "schema.missing-field policies/policy.yaml:10:5", "schema.bad-value policies/policy.yaml:11:65")
	})
	t.Run("of a rule unlike any other", func(t *testing.T) {
		list, _ := check(t, "classic", "2026-09-01", policy("  - { rule: nope, user: u1@voorbeeld.example, reason: r, owner: o, expires: 2026-12-31 }\n"))
		expect(t, only(list, "schema."), "schema.bad-value policies/policy.yaml:10:13")
		if hint := only(list, "schema.")[0].Hint; hint != "callpolicy rules lists the rules there are." {
			t.Error(hint)
		}
	})
	t.Run("of an unknown rule", func(t *testing.T) {
		list, _ := check(t, "classic", "2026-09-01", policy("  - { rule: finance.no-thirdparty, user: u1@voorbeeld.example, reason: r, owner: o, expires: 2026-12-31 }\n"))
		expect(t, only(list, "schema."), "schema.bad-value policies/policy.yaml:10:13")
		if hint := only(list, "schema.")[0].Hint; hint != "Did you mean finance.no-third-party?" {
			t.Error(hint)
		}
	})
}

func TestSeverities(t *testing.T) {
	over := "licenses:\n  webexCalling: { service: webexCalling, purchased: 0 }\nusers:\n  u1@voorbeeld.example: { licenses: [webexCalling] }\n"
	project := "apiVersion: callpolicy/v1\nedition: classic\nrules:\n"
	for _, c := range []struct {
		choice string
		want   []string
		errors int
	}{
		{"", []string{"license.over-allocated policies/policy.yaml:2:53"}, 1},
		{"  license.over-allocated: warning\n", []string{"license.over-allocated policies/policy.yaml:2:53"}, 0},
		{"  license.over-allocated: off\n", nil, 0},
		{"  license.professional-and-standard: off\n", []string{"schema.bad-value callpolicy.yaml:4:38", "license.over-allocated policies/policy.yaml:2:53"}, 2},
		{"  license.over-alocated: off\n", []string{"schema.bad-value callpolicy.yaml:4:3", "license.over-allocated policies/policy.yaml:2:53"}, 2},
	} {
		list, _ := check(t, "classic", "", map[string]string{"callpolicy.yaml": project + c.choice, "policies/policy.yaml": over})
		expect(t, list, c.want...)
		if n := list.Count(diag.Error); n != c.errors {
			t.Errorf("%q: %d errors", c.choice, n)
		}
	}
}

// TestTheFirstRuleSpeaks: of several level and license rules that fit one
// value, the first of the catalogue's order.
func TestTheFirstRuleSpeaks(t *testing.T) {
	list, _ := check(t, "current", "", map[string]string{"policies/policy.yaml": `users:
  u1@voorbeeld.example:
    callingBehavior:
      webexCalling: { app: thirdParty }
      unifiedCM: { app: webex, domain: email }
      noPaidCalling: { app: webex }
    inCall: { screenSharing: true, giveControl: true }
`})
	expect(t, list,
		"level.not-in-edition policies/policy.yaml:4:7",
		"license.behavior-needs-license policies/policy.yaml:5:7 see 2:3",
		"level.no-paid-calling-org-only policies/policy.yaml:6:7",
		"lint.override-equals-inherited policies/policy.yaml:7:30",
		"lint.override-equals-inherited policies/policy.yaml:7:49")
}

// TestLocks walks through who may write what below a lock.
func TestLocks(t *testing.T) {
	policy := `org:
  inCall: { screenSharing: true, videoOnMobile: false }
  callingBehavior: { unifiedCM: { app: jabber } }
  locks: { inCall.screenSharing: fixed, inCall.videoOnMobile: offOnly, callingBehavior.unifiedCM: fixed }
templates:
  ward:
    rank: 1
    inCall: { screenSharing: %s, videoOnMobile: %s, videoOnDesktop: true, requestRemoteControl: true }
    locks: { inCall.videoOnDesktop: fixed }
groups:
  wards: { template: ward, members: [a@voorbeeld.example] }
users:
  a@voorbeeld.example:
    licenses: [unifiedCM]
    inCall: { %s }
    callingBehavior: { unifiedCM: { app: %s } }
  b@voorbeeld.example:
    licenses: [unifiedCM]
    inCall: { videoOnDesktop: false }
`
	for _, c := range []struct {
		args []any
		want []string
	}{
		{[]any{"true", "false", "videoOnDesktop: true", "jabber"}, nil}, // equal values are allowed
		{
			[]any{"false", "true", "videoOnDesktop: true", "jabber"},
			[]string{"lock.fixed policies/policy.yaml:8:30 see 4:12 see 2:28", "lock.off-only policies/policy.yaml:8:52 see 4:41 see 2:49"},
		},
		{[]any{"true", "false", "videoOnDesktop: false", "jabber"}, // a template's lock binds those it wins for
			[]string{"lock.fixed policies/policy.yaml:15:31 see 9:14 see 8:75"}},
		{[]any{"true", "false", "screenSharing: false, videoOnMobile: true", "webex, domain: email"}, []string{
			"lock.fixed policies/policy.yaml:15:30 see 4:12 see 2:28",
			"lock.off-only policies/policy.yaml:15:52 see 4:41 see 2:49",
			"lock.fixed policies/policy.yaml:16:24 see 4:72 see 3:22",
		}},
	} {
		list, _ := check(t, "classic", "", map[string]string{"policies/policy.yaml": fmt.Sprintf(policy, c.args...)})
		var got []string
		for line := range strings.SplitSeq(lines(only(list, "lock.")), "\n") {
			if line != "" {
				got = append(got, line)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%v: found\n%s", c.args, strings.Join(got, "\n"))
			continue
		}
		for i := range got {
			// A lock's key may be shown with its value; the line is what matters here.
			if strings.Join(strings.Fields(got[i])[:2], " ") != strings.Join(strings.Fields(c.want[i])[:2], " ") {
				t.Errorf("%v: found %s, want %s", c.args, got[i], c.want[i])
			}
		}
	}
}

// TestALockAndAnotherFault: one value is one fault, though two rules may mind it.
func TestALockAndAnotherFault(t *testing.T) {
	list, _ := check(t, "classic", "", map[string]string{"policies/policy.yaml": `org:
  inCall: { screenSharing: false }
  callingBehavior: { webexCalling: { app: webex }, unifiedCM: { app: webex, domain: email }, noPaidCalling: { app: webex } }
  locks: { inCall.screenSharing: fixed, callingBehavior.webexCalling: fixed, callingBehavior.unifiedCM: fixed, callingBehavior.noPaidCalling: fixed }
templates:
  ward:
    rank: 1
    inCall: { screenSharing: true, videoOnMobile: true, videoOnDesktop: true, requestRemoteControl: true }
groups:
  wards: { template: ward, members: [a@voorbeeld.example] }
users:
  a@voorbeeld.example:
    licenses: [webexCalling]
    inCall: { screenSharing: true }
    callingBehavior:
      webexCalling: { app: thirdParty }
      unifiedCM: { app: jabber }
      noPaidCalling: { app: thirdParty }
`})
	var errs diag.List
	for _, d := range list {
		if d.Subject.Start.Line != 3 { // of the organization's choices for services that nobody has
			errs.Add(d)
		}
	}
	expect(t, errs,
		"lock.fixed policies/policy.yaml:8:30 see 4:34 see 2:28",
		"lock.fixed policies/policy.yaml:14:30 see 4:34 see 2:28", // and equal to the template's, which is no matter
		"lock.fixed policies/policy.yaml:16:7 see 4:71 see 3:22",  // and a third-party app
		"license.behavior-needs-license policies/policy.yaml:17:7 see 13:5",
		"level.no-paid-calling-org-only policies/policy.yaml:18:7")
}

// TestWhatFollowsFromAFault: of licenses and values that could not be read, only that is said.
func TestWhatFollowsFromAFault(t *testing.T) {
	for text, want := range map[string][]string{
		`users:
  a@voorbeeld.example:
    license: [webexCalling]
    callingBehavior: { webexCalling: { app: webex } }
    migration: {}
`: {"schema.unknown-field policies/policy.yaml:3:5"},
		`users:
  a@voorbeeld.example:
    licenses: webexCalling
    callingBehavior: { webexCalling: { app: webexCallingApp } }
  b@voorbeeld.example: { callingBehavior: { webexCalling: { app: webexCallingApp } } }
`: {"schema.wrong-type policies/policy.yaml:3:15", "license.behavior-needs-license policies/policy.yaml:5:45 see 5:3"},
		`org:
  inCall: { videoOnMobil: true, screenSharing: yes }
  locks: { inCall.videoOnMobile: fixed, inCall.screenSharing: allways, videoOnMobile: fixed }
`: {
			"schema.unknown-field policies/policy.yaml:2:13", "schema.wrong-type policies/policy.yaml:2:48",
			"schema.bad-value policies/policy.yaml:3:63", "schema.bad-value policies/policy.yaml:3:72",
		},
	} {
		list, _ := check(t, "classic", "", map[string]string{"policies/policy.yaml": text})
		var errs diag.List
		for _, d := range list {
			if d.Severity == diag.Error {
				errs.Add(d)
			}
		}
		expect(t, errs, want...)
	}
}

func TestLocksThemselves(t *testing.T) {
	list, _ := check(t, "classic", "", map[string]string{"policies/policy.yaml": `org:
  inCall: { screenSharing: true }
  callingBehavior: { noPaidCalling: { app: webex } }
  locks:
    inCall.screenShring: fixed
    inCall.videoOnMobile: fixed
    callingBehavior.noPaidCalling: offOnly
    callingBehavior.unifiedCM: fixed
users: { u1@voorbeeld.example: {} }
`})
	expect(t, list,
		"schema.unknown-field policies/policy.yaml:5:26",
		"lock.without-value policies/policy.yaml:6:27 see 2:3",
		"schema.bad-value policies/policy.yaml:7:36",
		"lock.without-value policies/policy.yaml:8:32 see 3:3")
	if list[0].Hint != "Did you mean inCall.screenSharing?" {
		t.Error(list[0].Hint)
	}
}

// TestLocksOnWhatIsNotThere: a lock on what the edition does not know names the
// edition that does, unless the value beside it says so already.
func TestLocksOnWhatIsNotThere(t *testing.T) {
	list, _ := check(t, "classic", "", map[string]string{"policies/policy.yaml": `org:
  inCall: { giveControl: true }
  locks: { inCall.giveControl: fixed, inCall.moveCallsToMeetings: offOnly }
templates:
  ward: { rank: 1, locks: { callingBehavior.unifiedCM: fixed } }
users: { u1@voorbeeld.example: {} }
`})
	var errs diag.List
	for _, d := range list {
		if d.Severity == diag.Error {
			errs.Add(d)
		}
	}
	expect(t, errs,
		"level.not-in-edition policies/policy.yaml:2:26",
		"level.not-in-edition policies/policy.yaml:3:67",
		"lock.without-value policies/policy.yaml:5:56 see 5:3")
	if !strings.HasSuffix(errs[1].Summary, "; the current Control Hub has it") || !strings.Contains(errs[2].Hint, "a template cannot hold") {
		t.Error(errs[1].Summary, errs[2].Hint)
	}
	list, _ = check(t, "current", "", map[string]string{"policies/policy.yaml": "org:\n  locks: { callingBehavior.webexCalling: fixed }\nusers: { u1@voorbeeld.example: {} }\n"})
	expect(t, list, "level.not-in-edition policies/policy.yaml:2:42")
}

// TestMigrationOfAGroup: a user's own migration beats the group's, and what a
// group's block is about is one diagnostic.
func TestMigrationOfAGroup(t *testing.T) {
	list, _ := check(t, "classic", "2026-09-01", map[string]string{"policies/policy.yaml": `org:
  callingBehavior: { unifiedCM: { app: jabber } }
groups:
  wave: { migration: { completeBy: 2026-08-31, webexCallingReady: true } }
users:
  both@voorbeeld.example: { licenses: [webexCalling, unifiedCM], groups: [wave] }
  done@voorbeeld.example: { licenses: [webexCalling], groups: [wave] }
  later@voorbeeld.example: { licenses: [webexCalling, unifiedCM], groups: [wave], migration: { completeBy: 2026-09-01 } }
  none@voorbeeld.example: { groups: [wave] }
  notYet@voorbeeld.example: { licenses: [unifiedCM], groups: [wave] }
`})
	expect(t, list,
		"migration.overdue policies/policy.yaml:4:36 users=2",
		"migration.ready-to-complete policies/policy.yaml:4:67 users=1")
}

// TestEmailDomainBelowAProfile: whatever keeps a user's own choice from being
// sent to the Webex API is said, wherever the e-mail domain comes from.
func TestEmailDomainBelowAProfile(t *testing.T) {
	for _, c := range []struct{ name, edition, org, template, user, want string }{
		{"below the organization's profile", "classic", "{ app: webex, ucManagerProfile: ams }", "", "{ app: webex, domain: email }", "16:57"},
		{"below no profile", "classic", "{ app: webex, domain: email }", "", "{ app: webex, domain: email }", ""},
		{"below a template's profile", "current", "", "{ ucManagerProfile: ams }", "{ domain: email }", "16:45"},
		{"below the same in a template", "current", "{ app: webex, ucManagerProfile: ams }", "{ domain: email }", "{ domain: email }", "16:45"},
		{"the app alone, below a template's e-mail domain", "current", "{ app: webex, ucManagerProfile: ams }", "{ domain: email }", "{ app: webex }", "16:24"},
		{"below a profile that Jabber hides", "current", "{ app: webex, ucManagerProfile: ams }", "{ app: jabber }", "{ app: webex, domain: email }", "16:57"},
		{"the app alone, below a profile", "current", "{ app: webex, ucManagerProfile: ams }", "", "{ app: webex }", "16:24"},
		{"the domain alone, below Jabber", "current", "{ app: webex, ucManagerProfile: ams }", "{ app: jabber }", "{ domain: email }", "16:45"},
		{"a profile of the user's own", "current", "{ app: webex, ucManagerProfile: ams }", "{ domain: email }", "{ ucManagerProfile: ams }", ""},
		{"Jabber", "current", "{ app: webex, ucManagerProfile: ams }", "{ domain: email }", "{ app: jabber }", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			behavior := func(choice string) string {
				if choice == "" {
					return "{}"
				}
				return "{ unifiedCM: " + choice + " }"
			}
			list, _ := check(t, c.edition, "", map[string]string{"policies/policy.yaml": `ucManagerProfiles: { ams: {} }
licenses: { ucm: { service: unifiedCM } }
org:
  callingBehavior: ` + behavior(c.org) + `
templates:
  desk:
    rank: 1
    callingBehavior: ` + behavior(c.template) + `
groups:
  desks:
    template: desk
    members: [a@voorbeeld.example]
users:
  a@voorbeeld.example:
    licenses: [ucm]
    callingBehavior: ` + behavior(c.user) + `
`})
			got := ""
			for _, d := range only(list, "level.email-domain") {
				got += fmt.Sprintf("%d:%d", d.Subject.Start.Line, d.Subject.Start.Column)
			}
			if got != c.want || list.HasErrors() {
				t.Errorf("warned at %q, want %q; found\n%s", got, c.want, lines(list))
			}
		})
	}
}

// TestAFaultHidesWhatFollowsFromIt: a license that does not exist is one fault,
// whatever the user would need it for.
func TestAFaultHidesWhatFollowsFromIt(t *testing.T) {
	list, _ := check(t, "classic", "", map[string]string{"policies/policy.yaml": `users:
  u1@voorbeeld.example:
    licenses: [webexCaling]
    callingBehavior: { webexCalling: { app: webexCallingApp } }
`})
	expect(t, list, "ref.unknown-license policies/policy.yaml:3:16")

	list, _ = check(t, "classic", "", map[string]string{"policies/policy.yaml": `licenses:
  calling: { service: webexcalling }
users:
  u1@voorbeeld.example:
    licenses: [calling]
    migration: {}
    callingBehavior: { webexCalling: { app: webexCallingApp } }
`})
	expect(t, list, "schema.bad-value policies/policy.yaml:2:23")
}

func TestGuardrailFaults(t *testing.T) {
	head := `rules: "house.a": {title: "A", severity: "error", `
	for _, c := range []struct{ name, rule, want, hint string }{
		{"syntax", "rules: {", "rule.invalid guardrails/a.cue:1:9", ""},
		{"unknown field of a rule", head + "requires: x: 1}", "rule.invalid guardrails/a.cue:1:51", "Did you mean require?"},
		{"severity", `rules: "house.a": {title: "A", severity: "fatal", require: users: 1}`, "rule.invalid guardrails/a.cue:1:42", "Write one of error, warning, info, off."},
		{"no demand", head + "}", "rule.invalid guardrails/a.cue:1:8", "Add require, for what must hold, or forbid, for what must not."},
		{"reserved id", `rules: "license.mine": {title: "A", severity: "error", forbid: licenses: x: _}`, "rule.invalid guardrails/a.cue:1:8", "Begin it with a word of your own, such as house.mine."},
		{"no title", `rules: "house.a": {severity: "error", forbid: licenses: x: _}`, "rule.invalid guardrails/a.cue:1:8", ""},
		{"unknown field", head + "forbid: atributes: x: _}", "rule.unknown-field guardrails/a.cue:1:59", "Did you mean attributes?"},
		{"unknown field below", head + "forbid: effective: inCal: x: _}", "rule.unknown-field guardrails/a.cue:1:70", "Did you mean inCall?"},
		{"unknown field, said to be absent", head + "require: atributes?: _|_}", "rule.unknown-field guardrails/a.cue:1:60", "Did you mean attributes?"},
		{"unknown field in the message", head + `message: "{user.adress}", forbid: licenses: x: _}`, "rule.unknown-field guardrails/a.cue:1:51", "Did you mean address?"},
		{"contradiction", head + `forbid: licenses: x: 1 & 2}`, "rule.invalid guardrails/a.cue:1:72", ""},
		{"an import from elsewhere", `import "shop.example/rules"` + "\n" + `rules: "house.a": rules.a`, "rule.invalid guardrails/a.cue:1:8", ""},
		{"text for fields", head + `forbid: user: "a@voorbeeld.example"}`, "rule.invalid guardrails/a.cue:1:65", `Did you mean user: address: "a@voorbeeld.example", or user: domain: "a@voorbeeld.example"?`},
		{"a word in no enumeration", head + `forbid: licenseClass: "webexcalling"}`, "rule.invalid guardrails/a.cue:1:73", `Did you mean "webexCalling"?`},
		{"a word far from all", head + `forbid: licenseClass: "telephony"}`, "rule.invalid guardrails/a.cue:1:73", `Write one of "none", "webexCalling", "unifiedCM", "migrating".`},
		{"one word of several", head + `forbid: licenseClass: "none" | "unifiedcm"}`, "rule.invalid guardrails/a.cue:1:82", `Did you mean "unifiedCM"?`},
		{"a word that it must not be", head + `require: licenseClass: !="nonne"}`, "rule.invalid guardrails/a.cue:1:76", `Did you mean "none"?`},
		{"a pattern that no word fits", head + `forbid: licenseClass: =~"^webex$"}`, "rule.invalid guardrails/a.cue:1:73", ""},
		{"a list of names", head + `forbid: licenses: ["profesional"]}`, "rule.invalid guardrails/a.cue:1:69", "It has a field for each. Write licenses: profesional: _."},
		{"a value beside .value", head + `forbid: effective: inCall: videoOnMobile: true}`, "rule.invalid guardrails/a.cue:1:93", "Did you mean effective: inCall: videoOnMobile: value: true?"},
		{"a word for a boolean", head + `forbid: effective: inCall: videoOnMobile: value: "on"}`, "rule.invalid guardrails/a.cue:1:100", "Did you mean true?"},
		{"a number for a text", head + `forbid: attributes: floor: 3}`, "rule.invalid guardrails/a.cue:1:78", `Write it in quotes: "3".`},
		{"a text for a number", head + `scope: "template", forbid: template: rank: "1"}`, "rule.invalid guardrails/a.cue:1:94", "Write a number, without quotes."},
		{"a set, as if it had both", head + `forbid: services: unifiedCM: false}`, "rule.invalid guardrails/a.cue:1:80", "Did you mean true?"},
		{"nothing, as if it were absence", head + `forbid: template: null}`, "rule.invalid guardrails/a.cue:1:69", "It has fields: name, rank."},
		{"inside an alternative", head + `when: matchN(1, [{licenseClass: "unified"}, {licenseClass: "none"}]), require: template: _}`, "rule.invalid guardrails/a.cue:1:83", `Did you mean "unifiedCM"?`},
		{"under a condition", head + `require: {L=licenseClass: _, if L == "none" {effective: callingBehavior: app: "webex"}}}`, "rule.invalid guardrails/a.cue:1:129", `Did you mean effective: callingBehavior: app: value: "webex"?`},
		{"of every license", head + `require: licenses: [string]: service: "webexcalling"}`, "rule.invalid guardrails/a.cue:1:89", `Did you mean "webexCalling"?`},
		{"through a reference", `_words: ["unifiedcm"]` + "\n" + head + `forbid: licenseClass: _words[0]}`, "rule.invalid guardrails/a.cue:1:10", ""},
		{"a closed definition", `#ward: attributes: department: "Zorg"` + "\n" + head + `when: #ward, forbid: template: _}`, "rule.invalid guardrails/a.cue:2:51", ""},
		{"two items", `rules: "house.a": {title: "A", severity: "error", scope: "organization", forbid: {license: _, profile: _}}`, "rule.invalid guardrails/a.cue:1:8", "Make it two rules."},
	} {
		t.Run(c.name, func(t *testing.T) {
			own, diags, err := rules.Compile(t.Context(), []rules.Source{{File: "guardrails/a.cue", Data: []byte(c.rule)}})
			if err != nil {
				t.Fatal(err)
			}
			if len(diags) == 0 || strings.TrimSpace(lines(diags[:1])) != c.want {
				t.Fatalf("found\n%swant %s", lines(diags), c.want)
			}
			if c.hint != "" && diags[0].Hint != c.hint {
				t.Errorf("the hint is %q", diags[0].Hint)
			}
			if len(own.IDs()) != 0 {
				t.Errorf("%v is used all the same", own.IDs())
			}
		})
	}
}

// TestWhatCanMatch holds rules that are not plain, and right all the same.
func TestWhatCanMatch(t *testing.T) {
	for _, demand := range []string{
		`forbid: setting: value: app: "jabber"`,
		`forbid: setting: value: false`,
		`forbid: setting: {value: false | {app: "thirdParty"}}`,
		`require: licenses: [string]: service: !="none"`,
		`require: licenses: close({})`,
		`require: template?: _|_`,
		`require: template: !=null`,
		`require: template: rank: >=10 & <100`,
		`require: licenseClass: =~"^(webexCalling|migrating)$"`,
		`require: licenseClass: !="none"`,
		`require: licenseClass: *"none" | "unifiedCM"`,
		`require: attributes: {department!: string, site?: =~"^U"}`,
		`require: attributes: [=~"^dep"]: strings.MaxRunes(20)`,
		`require: effective: callingBehavior: {service: "unifiedCM", ucManagerProfile: value: null}`,
		`require: effective: inCall: [string]: value: true`,
		`require: {_hidden: 1, licenseClass: string}`,
		`require: {let x = "none", licenseClass: x}`,
		`require: {L=licenseClass: _, if L == "none" {attributes: department: "Trainees"}}`,
		`require: {A=attributes: _, for k, v in A {(k): string, (v): _}}`,
		`require: {A=attributes: _, groups: (A.department): _}`,
		`require: matchN(>=1, [{licenses: [string]: kind: "professional"}, {licenseClass: "none"}])`,
		`require: or([{licenseClass: "none"}, {template: _}])`,
		`require: {migration: completeBy: >T, T=today: _}`,
		`require: user: address: strings.ToLower("A") + "@voorbeeld.example"`,
		`require: _ward`,
		`require: _ward & {licenseClass: "none"}`,
		`when: _ward | {template: name: "none"}, require: groups: {}`,
		`scope: "organization", require: license: {purchased?: int, assigned: <500}`,
		`scope: "organization", require: users: >0`,
		`scope: "group", require: group: members: >0`,
		`scope: "template", require: {missing: 0, unset: close({})}`,
	} {
		text := "import \"strings\"\n_unused: strings.ToUpper(\"a\")\n_ward: attributes: department: =~\"^Ward\"\n" + `rules: "house.a": {title: "A", severity: "error", ` + demand + "}"
		own, diags, err := rules.Compile(t.Context(), []rules.Source{{File: "guardrails/a.cue", Data: []byte(text)}})
		if err != nil || len(diags) > 0 || len(own.IDs()) != 1 {
			t.Errorf("%s: %v %v", demand, err, diags)
		}
	}
}

// TestNamesInGuardrails: a rule that names a license, group, template, profile or
// toggle that the organization does not have is told so, and not asked.
func TestNamesInGuardrails(t *testing.T) {
	const policy = `licenses:
  professional: { service: webexCalling }
  ucm: { service: unifiedCM }
ucManagerProfiles:
  amsterdam: {}
org: { callingBehavior: { unifiedCM: { app: webex, ucManagerProfile: amsterdam } } }
templates:
  ward: { rank: 1, inCall: { requestRemoteControl: true, videoOnDesktop: true, videoOnMobile: true, screenSharing: true } }
groups:
  nurses: { template: ward, members: [a@voorbeeld.example] }
users:
  a@voorbeeld.example: { licenses: [ucm] }
  b@voorbeeld.example: { licenses: [professional] }
`
	for _, c := range []struct{ name, demand, want, hint string }{
		{"as they are", `forbid: {licenses: professional: _, groups: nurses: template: "ward", template: name: "ward", effective: callingBehavior: ucManagerProfile: value: "amsterdam"}`, "", ""},
		{"license", `forbid: licenses: profesional: _`, "rule.unknown-field guardrails/a.cue:1:69", "Did you mean professional?"},
		{"license, said to be absent", `require: licenses: {profesional?: _|_}`, "rule.unknown-field guardrails/a.cue:1:71", "Did you mean professional?"},
		{"far from all", `forbid: licenses: phone: _`, "rule.unknown-field guardrails/a.cue:1:69", "There are: professional, ucm."},
		{"group", `when: groups: nurse: _, require: template: _`, "rule.unknown-field guardrails/a.cue:1:65", "Did you mean nurses?"},
		{"template", `forbid: template: name: "wards"`, "rule.invalid guardrails/a.cue:1:75", "Did you mean ward?"},
		{"template of a group", `scope: "group", forbid: group: template: "wards"`, "rule.invalid guardrails/a.cue:1:92", "Did you mean ward?"},
		{"profile", `forbid: effective: callingBehavior: ucManagerProfile: value: "amsterdm"`, "rule.invalid guardrails/a.cue:1:112", "Did you mean amsterdam?"},
		{"toggle", `forbid: effective: inCall: videoOnMobil: value: true`, "rule.unknown-field guardrails/a.cue:1:78", "Did you mean videoOnMobile?"},
		{"toggle of another edition", `forbid: overrides: inCall: giveControl: true`, "rule.unknown-field guardrails/a.cue:1:78", "The current Control Hub has it."},
		{"toggle of a setting", `forbid: setting: toggle: "screenshare"`, "rule.invalid guardrails/a.cue:1:76", "Did you mean screenSharing?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{
				"policies/policy.yaml": policy,
				"guardrails/a.cue":     `rules: "house.a": {title: "A", severity: "error", ` + c.demand + `}`,
			}
			list, _ := check(t, "classic", "", files)
			own := append(only(list, "rule."), only(list, "house.")...)
			if got := strings.TrimSpace(lines(own)); got != c.want {
				t.Fatalf("found\n%s\nwant %s", got, c.want)
			}
			if len(own) > 0 && own[0].Hint != c.hint {
				t.Errorf("the hint is %q", own[0].Hint)
			}
			files["policies/broken.yaml"] = "users: ["
			if list, _ := check(t, "classic", "", files); len(only(list, "rule.")) > 0 {
				t.Errorf("a name is called unknown while not all files could be read:\n%s", lines(list))
			}
		})
	}
}

// TestGuardrailsInEveryScope writes a rule of each scope, one that only CUE can
// match, and one that tells single people apart.
func TestGuardrailsInEveryScope(t *testing.T) {
	list, stats := check(t, "classic", "", map[string]string{
		"guardrails/house.cue": `package house

import "strings"

_short: strings.MaxRunes(4)

rules: "house.short-labels": {
	title:    "Sites have short names"
	severity: "warning"
	require: attributes: site?: _short
}
rules: "house.own-domain": {
	title:    "Addresses are ours"
	severity: "error"
	message:  "{user.address} is not ours"
	require: user: domain: "voorbeeld.example"
}
rules: "house.templates-named": {
	title:    "Templates have long names"
	severity: "info"
	scope:    "template"
	forbid: template: name: _short
	at: "template"
}
rules: "house.no-empty-plan": {
	title:    "Profiles have an id"
	severity: "error"
	scope:    "organization"
	when: profile: _
	require: profile: id: string
}
rules: "house.groups-have-templates": {
	title:    "Groups have templates"
	severity: "error"
	scope:    "group"
	require: group: template: string
}
rules: "house.video-stays": {
	title:    "Nobody turns video off alone"
	severity: "error"
	forbid: setting: {toggle: "videoOnMobile", value: false}
}
`,
		"policies/policy.yaml": `org:
  callingBehavior: { unifiedCM: { app: webex, ucManagerProfile: utr } }
ucManagerProfiles: { utr: {} }
templates:
  ward: { rank: 1, inCall: { screenSharing: true, videoOnMobile: true, videoOnDesktop: true, requestRemoteControl: true } }
groups:
  wards: { template: ward }
  board: {}
users:
  a@voorbeeld.example: { licenses: [unifiedCM], groups: [wards, board], attributes: { site: Utrecht } }
  b@elders.example: { licenses: [unifiedCM], groups: [board], attributes: { site: Ede }, inCall: { videoOnMobile: false } }
`,
	})
	expect(t, list,
		"house.no-empty-plan policies/policy.yaml:3:22",
		"house.templates-named policies/policy.yaml:5:3",
		"house.groups-have-templates policies/policy.yaml:8:3",
		"house.short-labels policies/policy.yaml:10:93",
		"house.own-domain policies/policy.yaml:11:3",
		"house.video-stays policies/policy.yaml:11:115")
	if list[4].Summary != "b@elders.example is not ours" {
		t.Error(list[4].Summary)
	}
	if stats.CUE == 0 {
		t.Error("CUE was never asked")
	}
}

// TestCheckIsTheSameEachTime: nothing depends on the order of maps.
func TestCheckIsTheSameEachTime(t *testing.T) {
	cfg, found := loaded(t, "classic", scattered(300, false))
	own := compile(t, map[string]string{"guardrails/house.cue": finance})
	first, stats := checkConfig(t, cfg, "", own.get(), found)
	if len(first) == 0 {
		t.Fatal("there is nothing to compare")
	}
	for range 5 {
		again, same := checkConfig(t, cfg, "", own.get(), found)
		if lines(again) != lines(first) || same != stats {
			t.Fatalf("%v %v\n%s\n%s", stats, same, lines(first), lines(again))
		}
	}
	if got := resolve.Users(cfg); len(got.Of) != 300 {
		t.Fatal(len(got.Of))
	}
}

// scattered writes an organization of many different people, a thousand to a
// file. The tidy one gives little to find fault with.
func scattered(n int, tidy bool) map[string]string {
	var b strings.Builder
	b.WriteString("org:\n  callingBehavior: { unifiedCM: { app: jabber }, webexCalling: { app: webex } }\n  inCall: { screenSharing: false }\n" +
		"  locks: { inCall.screenSharing: offOnly }\ntemplates:\n")
	for i := range 20 {
		fmt.Fprintf(&b, "  t%d: { rank: %d, inCall: { videoOnMobile: %v } }\n", i, i+1, i%2 == 0)
	}
	b.WriteString("groups:\n")
	for i := range 200 {
		fmt.Fprintf(&b, "  g%d: { template: t%d }\n", i, i%20)
	}
	files := map[string]string{"policies/policy.yaml": b.String()}
	b.Reset()
	b.WriteString("users:\n")
	for i := range n {
		fmt.Fprintf(&b, "  u%06d@voorbeeld.example:\n    licenses: [%s]\n    groups: [g%d, g%d]\n    attributes: { department: %s, site: s%d }\n", i,
			[]string{"webexCalling", "unifiedCM", "", "webexCalling"}[i%4], i%200, (i+i/200%2*20)%200, []string{"Finance", "Zorg", "IT"}[i%3], i/7%40)
		switch {
		case tidy && i%20 == 0:
			fmt.Fprintf(&b, "    inCall: { %s }\n    callingBehavior: { %s }\n",
				[]string{"", "videoOnDesktop: false", "requestRemoteControl: false", "videoOnDesktop: false, requestRemoteControl: false"}[i/20%4],
				[]string{"webexCalling: { app: webexCallingApp }", ""}[i/80%2])
		case !tidy && i%20 == 1:
			fmt.Fprintf(&b, "    inCall: { videoOnMobile: %v, videoOnDesktop: %v, requestRemoteControl: %v, screenSharing: false }\n", i/20%2 == 0, i/40%2 == 0, i/80%2 == 0)
		}
		if i%40 == 1 && !tidy {
			fmt.Fprintf(&b, "    callingBehavior: { unifiedCM: { app: webex, domain: email } }\n")
		}
		if i%1000 == 999 || i == n-1 {
			files[fmt.Sprintf("policies/users%04d.yaml", i/1000)] = b.String()
			b.Reset()
			b.WriteString("users:\n")
		}
	}
	return files
}
