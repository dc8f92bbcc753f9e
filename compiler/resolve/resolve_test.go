package resolve_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/syntax/cue"
)

// base is what all cases have in common: four licenses, two templates, three groups.
const base = `licenses:
  wx: { service: webexCalling, controlHubName: Webex Calling - Professional }
  ucm: { service: unifiedCM }
  free: { service: none, controlHubName: "Call on Webex (1:1 call, non-PSTN)" }
ucManagerProfiles: { ams: {}, utr: {} }
groups:
  desks: { template: desk }
  wards: { template: ward }
  more: { template: ward }
  staff: {}
`

// TestLevels holds what applies to one person, sentence by sentence. The want is
// "service app level", with the profile and its level for Unified CM in the Webex
// App, what is pending, and the toggles that are no default.
func TestLevels(t *testing.T) {
	for _, c := range []struct{ name, edition, policy, user, want string }{
		// What a license gives.
		{"without paid calling, Call on Webex is the default", "classic", "", "{}", "none webex default"},
		{"the free license that everybody holds is no paid calling", "classic", "", "licenses: [free]", "none webex default"},
		{"a third-party app for all without paid calling", "classic", "org: { callingBehavior: { noPaidCalling: { app: thirdParty } } }", "licenses: [free]", "none thirdParty org"},
		{"and for nobody who has a license", "classic", "org: { callingBehavior: { noPaidCalling: { app: thirdParty } } }", "licenses: [wx]", "webexCalling webex default"},
		{"by default Webex Calling users call in the Webex App", "classic", "", "licenses: [wx]", "webexCalling webex default"},
		{"by default Unified CM users use the e-mail domain", "classic", "", "licenses: [ucm]", "unifiedCM webex default, email default"},
		{"a choice for another service does not matter", "classic", "org: { callingBehavior: { unifiedCM: { app: jabber } } }", "licenses: [wx]", "webexCalling webex default"},

		// Organization, template, user: the later level wins.
		{"everybody starts with the organization's value", "classic", "org: { inCall: { screenSharing: false } }", "groups: [staff]", "none webex default, screenSharing=false org"},
		{
			"a template wins over the organization", "classic",
			"org: { inCall: { screenSharing: false } }\ntemplates: { desk: { rank: 1, inCall: { screenSharing: true } }, ward: { rank: 2 } }",
			"groups: [desks]", "none webex default, screenSharing=true template desk",
		},
		{
			"a user wins over both", "classic",
			"org: { inCall: { screenSharing: true } }\ntemplates: { desk: { rank: 1, inCall: { screenSharing: true } }, ward: { rank: 2 } }",
			"groups: [desks], inCall: { screenSharing: false }", "none webex default, screenSharing=false user",
		},
		{
			"an override is of one setting, and the rest follows the template", "classic",
			"templates: { desk: { rank: 1, inCall: { screenSharing: false, videoOnMobile: false } }, ward: { rank: 2 } }",
			"groups: [desks], inCall: { screenSharing: true }", "none webex default, screenSharing=true user, videoOnMobile=false template desk",
		},
		{"a value equal to the inherited one is the user's all the same", "classic", "org: { inCall: { screenSharing: false } }", "inCall: { screenSharing: false }", "none webex default, screenSharing=false user"},
		{"the organization's choice for a service", "classic", "org: { callingBehavior: { webexCalling: { app: webexCallingApp } } }", "licenses: [wx]", "webexCalling webexCallingApp org"},
		{"the user's own", "classic", "org: { callingBehavior: { webexCalling: { app: webexCallingApp } } }", "licenses: [wx], callingBehavior: { webexCalling: { app: thirdParty } }", "webexCalling thirdParty user"},

		// Rank.
		{
			"the smallest rank wins, whatever the order", "classic",
			"templates: { desk: { rank: 2, inCall: { videoOnMobile: false } }, ward: { rank: 1, inCall: { videoOnMobile: true } } }",
			"groups: [desks, wards]", "none webex default, videoOnMobile=true template ward",
		},
		{
			"it wins whole: what it leaves out is not the next template's", "classic",
			"org: { inCall: { screenSharing: true } }\ntemplates: { desk: { rank: 2, inCall: { screenSharing: false } }, ward: { rank: 1, inCall: { videoOnMobile: false } } }",
			"groups: [desks, wards]", "none webex default, screenSharing=true org, videoOnMobile=false template ward",
		},
		{
			"one template for several groups", "classic",
			"templates: { desk: { rank: 2 }, ward: { rank: 1, inCall: { videoOnMobile: false } } }",
			"groups: [more]", "none webex default, videoOnMobile=false template ward",
		},

		// The classic edition: a choice is replaced whole, and templates hold none.
		{
			"classic: a profile of the organization", "classic", "org: { callingBehavior: { unifiedCM: { app: webex, ucManagerProfile: ams } } }",
			"licenses: [ucm]", "unifiedCM webex org, ams org",
		},
		{
			"classic: the user's e-mail domain", "classic", "org: { callingBehavior: { unifiedCM: { app: webex, ucManagerProfile: ams } } }",
			"licenses: [ucm], callingBehavior: { unifiedCM: { app: webex, domain: email } }", "unifiedCM webex user, email user",
		},
		{
			"classic: with Jabber no profile matters", "classic", "org: { callingBehavior: { unifiedCM: { app: webex, ucManagerProfile: ams } } }",
			"licenses: [ucm], callingBehavior: { unifiedCM: { app: jabber } }", "unifiedCM jabber user",
		},

		// The current edition: app and profile, each by itself.
		{
			"current: the app alone is the e-mail domain, not the profile of the organization", "current",
			"org: { callingBehavior: { unifiedCM: { app: webex, ucManagerProfile: ams } } }\ntemplates: { desk: { rank: 1, callingBehavior: { unifiedCM: { app: jabber } } }, ward: { rank: 2 } }",
			"licenses: [ucm], groups: [desks], callingBehavior: { unifiedCM: { app: webex } }", "unifiedCM webex user, email user",
		},
		{
			"current: the profile of a template", "current",
			"org: { callingBehavior: { unifiedCM: { app: webex, ucManagerProfile: ams } } }\ntemplates: { desk: { rank: 1, callingBehavior: { unifiedCM: { ucManagerProfile: utr } } }, ward: { rank: 2 } }",
			"licenses: [ucm], groups: [desks]", "unifiedCM webex template desk, utr template desk",
		},
		{
			"current: clearing Jabber is the e-mail domain, not the profile of the organization", "current",
			"org: { callingBehavior: { unifiedCM: { app: webex, ucManagerProfile: ams } } }\ntemplates: { desk: { rank: 1, callingBehavior: { unifiedCM: { app: jabber } } }, ward: { rank: 2 } }",
			"licenses: [ucm], groups: [desks], callingBehavior: { unifiedCM: { domain: email } }", "unifiedCM webex user, email user",
		},
		{"current: Webex Calling users always call in the Webex App", "current", "", "licenses: [wx]", "webexCalling webex default"},
		{"current: nobody without paid calling is left out", "current", "org: { callingBehavior: { noPaidCalling: { app: thirdParty } } }", "licenses: []", "none thirdParty org"},

		// Migration.
		{
			"while both licenses are held, Unified CM is in service and Webex Calling is what is coming", "classic",
			"org: { callingBehavior: { unifiedCM: { app: webex, ucManagerProfile: ams }, webexCalling: { app: webexCallingApp } } }",
			"licenses: [wx, ucm], migration: {}", "unifiedCM webex org, ams org, pending webexCallingApp org",
		},
		{
			"without the Unified CM license the migration is complete", "classic",
			"org: { callingBehavior: { unifiedCM: { app: webex, ucManagerProfile: ams }, webexCalling: { app: webexCallingApp } } }",
			"licenses: [wx], migration: {}", "webexCalling webexCallingApp org",
		},
		{
			"before the Webex Calling license nothing is pending", "classic",
			"org: { callingBehavior: { webexCalling: { app: webexCallingApp } } }",
			"licenses: [ucm], migration: {}", "unifiedCM webex default, email default",
		},
		{"in the current edition the Webex App is what is coming", "current", "", "licenses: [wx, ucm], migration: {}", "unifiedCM webex default, email default, pending webex default"},
	} {
		t.Run(c.name, func(t *testing.T) {
			policy := base + c.policy + "\nusers: { a@voorbeeld.example: {" + bare(c.user) + "} }\n"
			if !strings.Contains(c.policy, "templates:") {
				policy += "templates: { desk: { rank: 1 }, ward: { rank: 2 } }\n"
			}
			if got := describe(t, c.edition, policy); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func bare(user string) string {
	if user == "{}" {
		return ""
	}
	return " " + user + " "
}

// describe resolves a repository with one user, and says what applies to them.
func describe(t *testing.T, edition, policy string) string {
	t.Helper()
	fsys := fstest.MapFS{
		"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: " + edition + "\n")},
		"policies/a.yaml": {Data: []byte(policy)},
	}
	cfg, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
	if err != nil || diags.HasErrors() {
		t.Fatalf("%v %v\n%s", err, diags, policy)
	}
	e := resolve.Users(cfg).Class(0).Effective
	from := func(s resolve.Source) string {
		if s.Level == resolve.Template {
			return "template " + s.Template
		}
		return s.Level.String()
	}
	service := "none"
	if e.Calling.Service != config.NoPaidCalling {
		service = e.Calling.Service.String()
	}
	out := fmt.Sprint(service, " ", e.Calling.App, " ", from(e.Calling.AppFrom))
	if e.Calling.HasProfile {
		profile := e.Calling.Profile
		if profile == "" {
			profile = "email"
		}
		out += fmt.Sprint(", ", profile, " ", from(e.Calling.ProfileFrom))
	}
	if e.Pending != nil {
		out += fmt.Sprint(", pending ", e.Pending.App, " ", from(e.Pending.AppFrom))
	}
	for _, toggle := range e.InCall {
		if toggle.From.Level != resolve.Default {
			out += fmt.Sprintf(", %s=%t %s", toggle.Name, toggle.On, from(toggle.From))
		} else if !toggle.On {
			t.Errorf("%s is off by default", toggle.Name)
		}
	}
	return out
}
