package explain_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/explain"
)

func TestWhyNotValues(t *testing.T) {
	p := files(t, "current", currentPolicy)
	for value, setting := range map[string]string{
		"maybe": "giveControl", "jaber": "callingBehavior", "ucManagerProfile=west": "callingBehavior",
		"domain=phone": "callingBehavior", "color=red": "callingBehavior", "app=jabber,domain=email": "callingBehavior",
		"ucManagerProfile=north,domain=email": "callingBehavior", "": "callingBehavior",
	} {
		_, err := explain.WhyNot(p.cfg, p.result, "ann@a.example", setting, value)
		if missing, ok := errors.AsType[*explain.NotFoundError](err); !ok || missing.What != "value" || len(missing.Known) == 0 {
			t.Errorf("%q gives %v", value, err)
		}
	}
	if _, err := explain.WhyNot(p.cfg, p.result, "ann@a.example", "pendingCallingBehavior", "webex"); err == nil {
		t.Error("who is not migrating has a pending calling behavior")
	}
	if a := p.whyNot(t, "ann@a.example", "callingBehavior", "webex"); !a.Already || len(a.Ways) != 0 {
		t.Errorf("what somebody has is answered by %+v", a)
	}
}

func TestLocksForbid(t *testing.T) {
	p := files(t, "classic", `
org:
  inCall: { screenSharing: false, videoOnMobile: true }
  locks: { inCall.screenSharing: fixed, inCall.videoOnMobile: offOnly }
templates:
  t: { rank: 3, inCall: { videoOnMobile: true } }
groups: { g: { template: t } }
users:
  a@a.example: { licenses: [webexCalling], groups: [g] }
  b@a.example: { licenses: [webexCalling], inCall: { videoOnMobile: true } }
`)
	sharing := p.whyNot(t, "a@a.example", "screenSharing", "on")
	for _, kind := range []explain.Kind{explain.UserSetting, explain.TemplateSetting} {
		if w := way(sharing, kind); w == nil || w.Possible || rules(w) != "lock.fixed" || w.Obstacles[0].At.Line != 3 {
			t.Errorf("%s is %+v", kind, w)
		}
	}
	if w := way(sharing, explain.OrgSetting); w == nil || !w.Possible || w.Users != 2 {
		t.Errorf("the organization is %+v", w)
	}
	mobile := p.whyNot(t, "a@a.example", "videoOnMobile", "off")
	if w := way(mobile, explain.UserSetting); w == nil || !w.Possible {
		t.Errorf("turning off is %+v", w)
	}
	// Off for the organization, the lock would forbid what b and the template have.
	w := way(mobile, explain.OrgSetting)
	if w == nil || w.Possible || len(w.Obstacles) != 3 || rules(w) != "lock.off-only lock.off-only " {
		t.Errorf("the organization is %+v", w)
	}
}

func TestOwnValueIsInTheWay(t *testing.T) {
	p := files(t, "classic", `
org: { inCall: { screenSharing: true } }
templates: { t: { rank: 3, inCall: { screenSharing: true } } }
groups: { g: { template: t } }
users:
  a@a.example: { licenses: [webexCalling], inCall: { screenSharing: false } }
`)
	a := p.whyNot(t, "a@a.example", "screenSharing", "true")
	if w := way(a, explain.UserReset); w == nil || !w.Possible || w.Before != false {
		t.Errorf("to remove the value is %+v", w)
	}
	if w := way(a, explain.JoinGroup); w == nil || w.Possible || w.Obstacles[0].At.Line != 5 {
		t.Errorf("to join is %+v", w)
	}
}

func TestConditionsHoldMembers(t *testing.T) {
	p := files(t, "current", currentPolicy)
	a := p.whyNot(t, "ann@a.example", "callingBehavior", "jabber")
	w := way(a, explain.LeaveGroups)
	if w == nil || w.Possible || !slices.Equal(w.Groups, []string{"desks"}) || w.Template != "lab" || w.Obstacles[0].At.Line != 12 {
		t.Errorf("to leave is %+v", w)
	}
	if w := way(a, explain.TemplateRank); w == nil || !w.Possible || w.After != 4 || w.Users != 1 {
		t.Errorf("another rank is %+v", w)
	}
}

func TestLicensesDecide(t *testing.T) {
	p := files(t, "classic", `
org: { callingBehavior: { unifiedCM: { app: jabber }, noPaidCalling: { app: thirdParty } } }
licenses:
  webexCalling: { service: webexCalling }
  unifiedCM: { service: unifiedCM, purchased: 1 }
  console: { service: none }
users:
  a@a.example: { licenses: [webexCalling, console] }
  b@a.example: { licenses: [unifiedCM] }
  n@a.example: {}
`)
	a := p.whyNot(t, "a@a.example", "callingBehavior", "jabber")
	w := way(a, explain.LicenseChange)
	if w == nil || w.Possible || rules(w) != "license.over-allocated" || !reflect.DeepEqual(w.After, []string{"console", "unifiedCM"}) {
		t.Errorf("another license is %+v", w)
	}
	if w := way(a, explain.UserSetting); w == nil || w.Possible || rules(w) != "license.behavior-needs-license" {
		t.Errorf("the user level is %+v", w)
	}
	if a.Note == "" {
		t.Error("nobody says what Webex Calling users are offered")
	}
	n := p.whyNot(t, "n@a.example", "callingBehavior", "webex")
	if w := way(n, explain.UserSetting); w == nil || w.Possible || rules(w) != "level.no-paid-calling-org-only" {
		t.Errorf("the user level is %+v", w)
	}
	if w := way(n, explain.OrgSetting); w == nil || !w.Possible || w.Users != 1 || len(w.Shielded) != 2 || w.Shielded[1] != (explain.Shield{By: "license", Name: "webexCalling", Users: 1}) {
		t.Errorf("the organization is %+v", w)
	}
}

func TestWholeChoices(t *testing.T) {
	p := files(t, "classic", `
org: { callingBehavior: { unifiedCM: { app: webex, ucManagerProfile: north } } }
ucManagerProfiles: { north: {}, south: {} }
users:
  a@a.example: { licenses: [unifiedCM] }
  j@a.example: { licenses: [unifiedCM], callingBehavior: { unifiedCM: { app: jabber } } }
`)
	for _, c := range []struct {
		user, value string
		want        bundle.Choice
		rules       string
	}{
		{"a@a.example", "jabber", bundle.Choice{App: "jabber"}, ""},
		{"a@a.example", "ucManagerProfile=south", bundle.Choice{App: "webex", Profile: "south"}, ""},
		{"a@a.example", "domain=email", bundle.Choice{App: "webex", EmailDomain: true}, "level.email-domain-needs-control-hub"},
		{"j@a.example", "webex", bundle.Choice{App: "webex", Profile: "north"}, ""},
	} {
		w := way(p.whyNot(t, c.user, "callingBehavior", c.value), explain.UserSetting)
		if w == nil || !w.Possible || w.After != c.want || rules(w) != c.rules {
			t.Errorf("%s for %s is %+v", c.value, c.user, w)
		}
	}
}
