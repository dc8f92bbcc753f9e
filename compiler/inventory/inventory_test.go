package inventory_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config/load"
	"callpolicy/compiler/inventory"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/syntax/cue"
)

const policy = `licenses:
  pro: { service: webexCalling, controlHubName: Webex Calling - Professional, purchased: 2 }
  ucm: { service: unifiedCM, purchased: 1 }
  desk: { service: none }
templates:
  front-desk:
    rank: 20
    description: "Desks: with visitors"
    inCall: { videoOnMobile: false, screenSharing: true }
    locks: { inCall.videoOnMobile: offOnly, inCall.screenSharing: fixed }
  ward: { rank: 10, inCall: { videoOnMobile: true } }
groups:
  desks: { template: front-desk }
  wards: { template: ward }
  wave: { migration: { completeBy: 2027-03-01 } }
users:
  Ann@voorbeeld.example: { licenses: [pro, desk], groups: [desks], inCall: { videoOnMobile: false } }
  bob@voorbeeld.example: { licenses: [ucm], groups: [desks, wards] }
  cem@voorbeeld.example: { licenses: [pro, ucm], groups: [wave], callingBehavior: { unifiedCM: { app: jabber } } }
  dee@voorbeeld.example: {}
`

func resolved(t *testing.T, edition, policy string) *resolve.Result {
	t.Helper()
	fsys := fstest.MapFS{
		"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: " + edition + "\n")},
		"policies/a.yaml": {Data: []byte(policy)},
	}
	cfg, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	return resolve.Users(cfg)
}

func TestPeople(t *testing.T) {
	r := resolved(t, "classic", policy)
	for _, c := range []struct {
		filter inventory.Filter
		want   string
	}{
		{inventory.Filter{}, "Ann bob cem dee"},
		{inventory.Filter{Text: "AN"}, "Ann"},
		{inventory.Filter{Text: "example"}, "Ann bob cem dee"},
		{inventory.Filter{Text: "nobody"}, ""},
		{inventory.Filter{Class: "none"}, "dee"},
		{inventory.Filter{Class: "migrating"}, "cem"},
		{inventory.Filter{Template: "front-desk"}, "Ann"}, // for bob the ward's rank is smaller
		{inventory.Filter{Template: "ward"}, "bob"},
		{inventory.Filter{Template: inventory.Nobody}, "cem dee"},
		{inventory.Filter{Group: "desks"}, "Ann bob"},
		{inventory.Filter{Group: "nowhere"}, ""},
		{inventory.Filter{License: "pro"}, "Ann cem"},
		{inventory.Filter{Own: true}, "Ann cem"},
		{inventory.Filter{Own: true, Group: "desks", License: "desk"}, "Ann"},
	} {
		var got []string
		for _, p := range inventory.People(r, c.filter) {
			name, _, _ := strings.Cut(p.User, "@")
			got = append(got, name)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v selects %v, want %s", c.filter, got, c.want)
		}
	}
	p := inventory.People(r, inventory.Filter{Text: "cem"})[0]
	if got, want := fmt.Sprintf("%+v", p), "{User:cem@voorbeeld.example Class:migrating Licenses:[pro ucm] Groups:[wave] Template: App:jabber Service:unifiedCM Own:[callingBehavior.unifiedCM] Outstanding:[] Migrating:true CompleteBy:2027-03-01}"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestSeatsOf: whoever is migrating takes a seat on each side.
func TestSeatsOf(t *testing.T) {
	var got []string
	for _, s := range inventory.SeatsOf(resolved(t, "classic", strings.Replace(policy, "purchased: 1 }", "purchased: 1, controlHubName: Unified Communication Manager (UCM) }", 1))) {
		line := fmt.Sprintf("%s (%s) gives %s: %d assigned, %d migrating", s.License, s.ControlHubName, s.Service, s.Assigned, s.Migrating)
		if s.Purchased != nil {
			line += fmt.Sprintf(", %d bought, %d free", *s.Purchased, *s.Free)
		}
		got = append(got, line)
	}
	want := `desk () gives none: 1 assigned, 0 migrating
pro (Webex Calling - Professional) gives webexCalling: 2 assigned, 1 migrating, 2 bought, 0 free
ucm (Unified Communication Manager (UCM)) gives unifiedCM: 2 assigned, 1 migrating, 1 bought, -1 free`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

func TestTemplates(t *testing.T) {
	r := resolved(t, "classic", policy)
	for text, want := range map[string]string{"": "ward front-desk", "DESK": "front-desk", "visitors": "front-desk", "none": ""} {
		var got []string
		for _, x := range inventory.Templates(r, text) {
			got = append(got, x.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q finds %v, want %s", text, got, want)
		}
	}
	x, ok := inventory.TemplateOf(r, "front-desk")
	if !ok {
		t.Fatal("it is not there")
	}
	got := fmt.Sprintf("%v %d members %d users %v loses to %v open %v", x.Groups, x.Members, x.Users, x.Classes, x.LosesTo, x.Open)
	if want := "[desks] 2 members 1 users [{webexCalling 1}] loses to [{ward 1}] open [inCall.requestRemoteControl inCall.videoOnDesktop]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got = ""
	for _, s := range x.Settings {
		got += fmt.Sprintf("%s %s %s %d at %d\n", s.Name, s.Value, s.Lock, s.Overridden, s.At.Start.Line)
	}
	if want := "inCall.screenSharing on fixed 0 at 9\ninCall.videoOnMobile off offOnly 1 at 9\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if _, ok := inventory.TemplateOf(r, "desk"); ok {
		t.Error("a template is there that nobody wrote")
	}
}

// TestDuplicate: the copy is a policy file that says the same, under another
// name and at a rank of its own.
func TestDuplicate(t *testing.T) {
	const current = `ucManagerProfiles: { "on": { id: x } }
templates:
  lab:
    rank: 3
    description: "Yes: the lab"
    callingBehavior: { unifiedCM: { app: webex, ucManagerProfile: "on" } }
    inCall: { giveControl: false }
    locks: { callingBehavior.unifiedCM: fixed }
  next: { rank: 4, callingBehavior: { unifiedCM: { domain: email } } }
`
	for _, c := range []struct{ edition, policy, name, as string }{
		{"classic", policy, "front-desk", "night"},
		{"classic", policy, "ward", "true"},
		{"current", current, "lab", "12: a"},
		{"current", current, "next", "other"},
	} {
		first := resolved(t, c.edition, c.policy)
		text := inventory.Duplicate(first.Config, c.name, c.as, 0)
		fsys := fstest.MapFS{
			"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: " + c.edition + "\n")},
			"policies/a.yaml": {Data: []byte(c.policy)}, "policies/b.yaml": {Data: []byte(text)},
		}
		cfg, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
		if err != nil || diags.HasErrors() {
			t.Errorf("%s: %v %v\n%s", c.name, err, diags, text)
			continue
		}
		one, _ := inventory.TemplateOf(resolve.Users(cfg), c.name)
		two, ok := inventory.TemplateOf(resolve.Users(cfg), c.as)
		if !ok || two.Rank == one.Rank || two.Description != one.Description || len(two.Settings) != len(one.Settings) || len(two.Groups) > 0 {
			t.Errorf("%+v became %+v\n%s", one, two, text)
			continue
		}
		for i := range one.Settings {
			a, b := one.Settings[i], two.Settings[i]
			if a.Name != b.Name || a.Value != b.Value || a.Lock != b.Lock {
				t.Errorf("%+v became %+v", a, b)
			}
		}
	}
}
