package explain_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/explain"
)

const currentPolicy = `
org:
  callingBehavior:
    webexCalling: { app: thirdParty }
    unifiedCM: { app: webex, ucManagerProfile: north }
  inCall: { giveControl: false }
  locks: { callingBehavior.unifiedCM: fixed }
ucManagerProfiles: { north: {}, south: {} }
templates:
  desk: { rank: 5, callingBehavior: { unifiedCM: { ucManagerProfile: south } } }
  lab: { rank: 9, callingBehavior: { unifiedCM: { app: jabber } } }
groups:
  desks: { template: desk, where: { job: desk } }
  labs: { template: lab, members: [Ann@a.example] }
users:
  ann@a.example: { licenses: [unifiedCM], groups: [labs], attributes: { job: desk }, previously: [old@a.example] }
  bob@a.example: { licenses: [webexCalling], callingBehavior: { unifiedCM: { app: jabber } } }
  cem@a.example: { licenses: [unifiedCM], callingBehavior: { unifiedCM: { app: jabber } } }
  dot@a.example: { licenses: [unifiedCM], groups: [labs] }
`

func TestUserIsFound(t *testing.T) {
	p := files(t, "current", currentPolicy)
	for _, address := range []string{"ann@a.example", "ANN@A.example", "Old@a.example"} {
		if got := p.user(t, address).User; got != "ann@a.example" {
			t.Errorf("%s finds %s", address, got)
		}
	}
}

func TestUnknownUser(t *testing.T) {
	p := files(t, "current", currentPolicy)
	for address, near := range map[string][]string{
		"anm@a.example":   {"ann@a.example"},
		"bob":             {"bob@a.example"},
		"bob@b.example":   {"bob@a.example"},
		"xyz@far.example": nil,
		"xyz":             nil,
	} {
		_, err := explain.User(p.cfg, p.result, address)
		missing, ok := errors.AsType[*explain.NotFoundError](err)
		if !ok || missing.What != "user" || !slices.Equal(missing.Near, near) {
			t.Errorf("%s gives %+v", address, err)
		}
	}
}

func TestOnly(t *testing.T) {
	p := files(t, "current", currentPolicy)
	for _, name := range []string{"inCall.giveControl", "giveControl"} {
		e := p.user(t, "ann@a.example")
		if err := e.Only(name); err != nil || !slices.Equal(e.Names(), []string{"inCall.giveControl"}) {
			t.Errorf("%s leaves %v, %v", name, e.Names(), err)
		}
	}
	err := p.user(t, "ann@a.example").Only("givControl")
	missing, ok := errors.AsType[*explain.NotFoundError](err)
	if !ok || missing.What != "setting" || !slices.Equal(missing.Near, []string{"inCall.giveControl"}) || len(missing.Known) != 1+len(p.result.Config.Schema.Edition.Toggles) {
		t.Errorf("a setting that is none gives %+v", err)
	}
}

func TestEveryReasonForAGroup(t *testing.T) {
	e := files(t, "current", currentPolicy).user(t, "ann@a.example")
	var got []string
	for _, g := range e.Groups {
		for _, m := range g.By {
			got = append(got, g.Name+" "+m.How)
		}
	}
	if want := []string{"desks where", "labs own-list", "labs members"}; !slices.Equal(got, want) {
		t.Errorf("the reasons are %v, not %v", got, want)
	}
	places := []int{e.Groups[0].By[0].At.Line, e.Groups[1].By[0].At.Line, e.Groups[1].By[1].At.Line}
	if want := []int{12, 15, 13}; !slices.Equal(places, want) {
		t.Errorf("they are in lines %v, not %v", places, want)
	}
}

// A choice is replaced whole: the template's profile is its app, too.
func TestChoicesAreWhole(t *testing.T) {
	e := files(t, "current", currentPolicy).user(t, "ann@a.example")
	l := ladder(t, e, "callingBehavior")
	if l.Level != "template" || l.Winner().Template != "desk" {
		t.Errorf("it is from %s", l.Level)
	}
	lab := rung(t, l, "template", "lab")
	if lab.State != explain.Beaten || lab.Because != "rank" || lab.BeatenBy.Template != "desk" {
		t.Errorf("lab lost by %+v", lab)
	}
	if south := rung(t, l, "template", "desk"); len(south.Breaks) != 1 || south.Breaks[0].Level != "org" {
		t.Errorf("the template breaks %v", south.Breaks)
	}
	if lock := rung(t, l, "org", "").Lock; lock == nil || lock.Kind != "fixed" || !lock.Binds || lock.At.Line != 6 {
		t.Errorf("the lock is %+v", lock)
	}
}

func TestWhatNobodyMayWrite(t *testing.T) {
	p := files(t, "current", currentPolicy)
	bob := p.user(t, "bob@a.example")
	org := rung(t, ladder(t, bob, "callingBehavior"), "org", "")
	if org.State != explain.NotAllowed || org.Rule != "level.not-in-edition" {
		t.Errorf("the organization's choice is %+v", org)
	}
	if len(bob.Idle) != 1 || bob.Idle[0].Rule != "license.behavior-needs-license" || bob.Idle[0].Path != `users."bob@a.example".callingBehavior.unifiedCM` {
		t.Errorf("without effect is %+v", bob.Idle)
	}

	classic := files(t, "classic", `
templates:
  t: { rank: 1, callingBehavior: { webexCalling: { app: webexCallingApp } }, inCall: { giveControl: true } }
groups: { g: { template: t } }
users:
  a@a.example: { licenses: [webexCalling], groups: [g] }
  n@a.example: { callingBehavior: { noPaidCalling: { app: thirdParty } } }
`)
	a := classic.user(t, "a@a.example")
	if r := rung(t, ladder(t, a, "callingBehavior"), "template", "t"); r.State != explain.NotAllowed || r.Rule != "level.behavior-not-at-template" {
		t.Errorf("the template's choice is %+v", r)
	}
	give := ladder(t, a, "inCall.giveControl")
	if r := rung(t, give, "template", "t"); give.Winner() != nil || r.State != explain.NotAllowed || r.Rule != "level.not-in-edition" {
		t.Errorf("an unknown toggle is %+v", r)
	}
	n := classic.user(t, "n@a.example")
	if r := rung(t, ladder(t, n, "callingBehavior"), "user", ""); r.State != explain.NotAllowed || r.Rule != "level.no-paid-calling-org-only" {
		t.Errorf("the user's choice is %+v", r)
	}
}

func TestPersonaEqualsAUser(t *testing.T) {
	p := example(t, "voorbeeld-zorg")
	persona, err := explain.Persona(p.cfg, []string{"unifiedCM"}, []string{"emergency", "utrecht", "ward-surgery"})
	if err != nil {
		t.Fatal(err)
	}
	user := p.user(t, "u0616@voorbeeld.example")
	if persona.User != "" || persona.LicenseClass != user.LicenseClass || len(persona.Templates) != 2 {
		t.Errorf("the persona is %+v", persona)
	}
	for i, s := range user.Settings {
		if !reflect.DeepEqual(s.Value, persona.Settings[i].Value) {
			t.Errorf("%s is %v for the persona, and %v for the user", s.Name, persona.Settings[i].Value, s.Value)
		}
	}
	for _, asked := range [][2][]string{{{"webexCaling"}, nil}, {nil, {"emergancy"}}} {
		_, err := explain.Persona(p.cfg, asked[0], asked[1])
		missing, ok := errors.AsType[*explain.NotFoundError](err)
		if !ok || len(missing.Near) == 0 || !slices.Contains([]string{"webexCalling", "emergency"}, missing.Near[0]) {
			t.Errorf("%v gives %+v", asked, err)
		}
	}
}

func TestBlame(t *testing.T) {
	e := files(t, "current", currentPolicy).user(t, "cem@a.example")
	asked := 0
	err := e.Blame(func(file string) ([]explain.Commit, error) {
		asked++
		lines := make([]explain.Commit, 17) // the line of cem is not among them
		for i := range lines {
			lines[i].ID = strings.Repeat("x", i+1)
		}
		return lines[:16], nil
	})
	if err != nil || asked != 1 {
		t.Fatalf("asked %d times: %v", asked, err)
	}
	app := ladder(t, e, "callingBehavior")
	if got := rung(t, app, "user", "").At.Touched; got != nil {
		t.Errorf("a line that is no longer there was touched by %v", got)
	}
	org := rung(t, app, "org", "")
	if org.At.Touched == nil || len(org.At.Touched.ID) != org.At.Line || org.Lock.At.Touched == nil {
		t.Errorf("the organization's line was touched by %v", org.At.Touched)
	}
	broken := errors.New("no history")
	if err := e.Blame(func(string) ([]explain.Commit, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("a failure gives %v", err)
	}
}

func TestCallingAsJSON(t *testing.T) {
	for want, c := range map[string]bundle.Choice{
		`{"service":"unifiedCM","app":"webex","ucManagerProfile":null}`: {Service: "unifiedCM", App: "webex", EmailDomain: true},
		`{"app":"webex","ucManagerProfile":"n\"x"}`:                     {App: "webex", Profile: `n"x`},
		`{"app":"jabber"}`: {App: "jabber"},
	} {
		if got, err := json.Marshal(c); err != nil || string(got) != want {
			t.Errorf("%+v is %s, %v", c, got, err)
		}
	}
}
