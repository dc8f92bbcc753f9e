package bundle_test

import (
	"encoding/json"
	"testing"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

func TestExpression(t *testing.T) {
	type choice = config.Choice
	const (
		sip      = "NATIVE_SIP_CALL_TO_UCM"
		ciscotel = "CALL_WITH_APP_REGISTERED_FOR_CISCOTEL"
	)
	tests := []struct {
		name                 string
		edition              string
		license              resolve.LicenseClass
		service              config.Service
		org, template, user  choice
		want                 bundle.Expression
		wantType, wantProfID string
	}{
		{name: "inherits all", edition: "classic", license: resolve.UnifiedCM, service: config.UnifiedCM, org: choice{App: "webex", Profile: "known"}, want: bundle.NoChoice},
		{name: "another service's choice", edition: "classic", license: resolve.WebexCalling, service: config.UnifiedCM, user: choice{App: "jabber"}, want: bundle.NoChoice},
		{name: "the pending service's choice", edition: "classic", license: resolve.Migrating, service: config.WebexCalling, user: choice{App: "thirdParty"}, want: bundle.NoChoice},
		{name: "no paid calling has no user level", edition: "classic", license: resolve.None, service: config.NoPaidCalling, user: choice{App: "thirdParty"}, want: bundle.NoChoice},
		{name: "not configurable in this edition", edition: "current", license: resolve.WebexCalling, service: config.WebexCalling, user: choice{App: "thirdParty"}, want: bundle.NoChoice},
		{name: "equal to what is inherited", edition: "classic", license: resolve.UnifiedCM, service: config.UnifiedCM, org: choice{App: "jabber"}, user: choice{App: "jabber"}, want: bundle.Expressible, wantType: ciscotel},
		{name: "Webex Calling app", edition: "classic", license: resolve.WebexCalling, service: config.WebexCalling, user: choice{App: "webexCallingApp"}, want: bundle.Expressible, wantType: "CALL_WITH_APP_REGISTERED_FOR_WEBEXCALLTEL"},
		{name: "Webex App", edition: "classic", license: resolve.WebexCalling, service: config.WebexCalling, org: choice{App: "thirdParty"}, user: choice{App: "webex"}, want: bundle.Expressible, wantType: "NATIVE_WEBEX_TEAMS_CALLING"},
		{name: "migrating", edition: "classic", license: resolve.Migrating, service: config.UnifiedCM, user: choice{App: "jabber"}, want: bundle.Expressible, wantType: ciscotel},
		{name: "profile with id", edition: "classic", license: resolve.UnifiedCM, service: config.UnifiedCM, user: choice{App: "webex", Profile: "known"}, want: bundle.Expressible, wantType: sip, wantProfID: "known-id"},
		{name: "profile without id", edition: "classic", license: resolve.UnifiedCM, service: config.UnifiedCM, user: choice{App: "webex", Profile: "unknown"}, want: bundle.ProfileWithoutID},
		{name: "profile that is not there", edition: "classic", license: resolve.UnifiedCM, service: config.UnifiedCM, user: choice{App: "webex", Profile: "dangling"}, want: bundle.ProfileWithoutID},
		{name: "e-mail domain below nothing", edition: "classic", license: resolve.UnifiedCM, service: config.UnifiedCM, user: choice{App: "webex", EmailDomain: true}, want: bundle.Expressible, wantType: sip},
		{name: "e-mail domain below e-mail domain", edition: "classic", license: resolve.UnifiedCM, service: config.UnifiedCM, org: choice{App: "webex", EmailDomain: true}, user: choice{App: "webex", EmailDomain: true}, want: bundle.Expressible, wantType: sip},
		{name: "e-mail domain below Jabber", edition: "classic", license: resolve.UnifiedCM, service: config.UnifiedCM, org: choice{App: "jabber"}, user: choice{App: "webex", EmailDomain: true}, want: bundle.Expressible, wantType: sip},
		{name: "e-mail domain below profile", edition: "classic", license: resolve.UnifiedCM, service: config.UnifiedCM, org: choice{App: "webex", Profile: "known"}, user: choice{App: "webex", EmailDomain: true}, want: bundle.EmailDomainBelowProfile},

		{name: "current, app alone", edition: "current", license: resolve.UnifiedCM, service: config.UnifiedCM, user: choice{App: "webex"}, want: bundle.Expressible, wantType: sip},
		{name: "current, app alone, below a profile", edition: "current", license: resolve.UnifiedCM, service: config.UnifiedCM, org: choice{Profile: "known"}, user: choice{App: "webex"}, want: bundle.EmailDomainBelowProfile},
		{name: "current, app alone, below a template's profile", edition: "current", license: resolve.UnifiedCM, service: config.UnifiedCM, template: choice{Profile: "unknown"}, user: choice{App: "webex"}, want: bundle.EmailDomainBelowProfile},
		{name: "current, profile alone", edition: "current", license: resolve.UnifiedCM, service: config.UnifiedCM, user: choice{Profile: "known"}, want: bundle.Expressible, wantType: sip, wantProfID: "known-id"},
		{name: "current, profile alone, over Jabber", edition: "current", license: resolve.UnifiedCM, service: config.UnifiedCM, template: choice{App: "jabber"}, user: choice{Profile: "known"}, want: bundle.Expressible, wantType: sip, wantProfID: "known-id"},
		{name: "current, Jabber over profile", edition: "current", license: resolve.UnifiedCM, service: config.UnifiedCM, org: choice{App: "webex", Profile: "unknown"}, user: choice{App: "jabber"}, want: bundle.Expressible, wantType: ciscotel},
		{name: "current, e-mail domain below a template's profile", edition: "current", license: resolve.UnifiedCM, service: config.UnifiedCM, template: choice{Profile: "known"}, user: choice{EmailDomain: true}, want: bundle.EmailDomainBelowProfile},
		{name: "current, e-mail domain below the same, below a profile", edition: "current", license: resolve.UnifiedCM, service: config.UnifiedCM, org: choice{Profile: "known"}, template: choice{EmailDomain: true}, user: choice{EmailDomain: true}, want: bundle.EmailDomainBelowProfile},
		{name: "current, app alone, below the same", edition: "current", license: resolve.UnifiedCM, service: config.UnifiedCM, org: choice{Profile: "known"}, template: choice{EmailDomain: true}, user: choice{App: "webex"}, want: bundle.EmailDomainBelowProfile},
		{name: "current, e-mail domain below a profile that Jabber hides", edition: "current", license: resolve.UnifiedCM, service: config.UnifiedCM, org: choice{Profile: "known"}, template: choice{App: "jabber"}, user: choice{App: "webex", EmailDomain: true}, want: bundle.EmailDomainBelowProfile},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := newConfig(t, test.edition)
			cfg.Profiles = []config.Profile{{Name: "known", ID: "known-id"}, {Name: "unknown"}}
			cfg.Org.Settings = behavior(test.service, test.org)
			cfg.Templates = []config.Template{{Name: "template", Rank: 1, Settings: behavior(test.service, test.template)}}
			in := resolve.Inputs{License: test.license, Template: 0, Own: behavior(test.service, test.user)}
			e := resolve.Resolve(cfg, in)
			if got := bundle.ExpressionOf(cfg, in, e); got != test.want {
				t.Fatalf("got %d, want %d", got, test.want)
			}
			var data []byte
			for _, f := range bundle.Formats() {
				if f.File() == bundle.CallingBehaviorFile {
					data = f.Render(cfg, in, e)
				}
			}
			if test.want != bundle.Expressible {
				if data != nil {
					t.Errorf("there is a file:\n%s", data)
				}
				return
			}
			var body map[string]any
			if err := json.Unmarshal(data, &body); err != nil {
				t.Fatal(err)
			}
			id, ok := body["profileId"]
			if wantNull := test.wantProfID == ""; !ok || wantNull != (id == nil) || !wantNull && id != test.wantProfID {
				t.Errorf("profileId: got %v, want %q", id, test.wantProfID)
			}
			if body["behaviorType"] != test.wantType || len(body) != 2 {
				t.Errorf("got %v, want %s and two keys", body, test.wantType)
			}
		})
	}
}
