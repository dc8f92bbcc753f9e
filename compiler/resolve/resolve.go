// Package resolve turns levels into what applies to a user: organization,
// calling template and user in, effective settings with their level out.
//
// It is pure. What decides somebody's settings is a small [Inputs]; users with
// equal inputs share one [Class], so the work is done once per class and not
// once per user. Provenance is symbolic here (a level, a template's name);
// where a value is written, and what it won against, is found on demand.
package resolve

import "callpolicy/compiler/config"

// LicenseClass is what a user's licenses amount to. The zero value is invalid.
type LicenseClass uint8

// The license classes.
const (
	None         LicenseClass = iota + 1 // no paid calling service
	WebexCalling                         // a Webex Calling license
	UnifiedCM                            // a Unified CM license
	Migrating                            // both, on the way from Unified CM to Webex Calling
)

// String returns the word that bundles use.
func (c LicenseClass) String() string {
	return [...]string{None: "none", WebexCalling: "webexCalling", UnifiedCM: "unifiedCM", Migrating: "migrating"}[c]
}

// Service returns the service that is in use: a migrating user stays on Unified CM.
func (c LicenseClass) Service() config.Service {
	switch c {
	case WebexCalling:
		return config.WebexCalling
	case UnifiedCM, Migrating:
		return config.UnifiedCM
	case None:
	}
	return config.NoPaidCalling
}

// Level is where a value comes from. The zero value is invalid.
type Level uint8

// The levels, each winning over those before it.
const (
	Default Level = iota + 1
	Org
	Template
	User
)

// String returns the word that bundles and messages use.
func (l Level) String() string {
	return [...]string{Default: "default", Org: "org", Template: "template", User: "user"}[l]
}

// Inputs is all that decides a user's effective settings. It is comparable.
type Inputs struct {
	License  LicenseClass
	Template int32           // the winning template, an index into Config.Templates; -1: none
	Own      config.Settings // the user level
}

// Source is where an effective value comes from.
type Source struct {
	Level    Level
	Template string // the template's name where Level is Template
}

// Behavior is an effective calling behavior.
type Behavior struct {
	Service config.Service
	App     string // webex, webexCallingApp, jabber, thirdParty
	AppFrom Source

	// HasProfile is true for Unified CM users who call in the Webex App.
	// Profile is then the UC Manager profile; empty: the user's e-mail domain.
	HasProfile  bool
	Profile     string
	ProfileFrom Source

	Type string // the Webex API's behaviorType
}

// Toggle is an effective in-call toggle.
type Toggle struct {
	Name string
	On   bool
	From Source
}

// Effective is what applies to a user.
type Effective struct {
	License LicenseClass
	Calling Behavior
	Pending *Behavior // what a migrating user will have, else nil
	InCall  []Toggle  // the edition's toggles, by name
}

// Class is a set of users with equal inputs.
type Class struct {
	Inputs
	Effective
	Users int // how many
}

// Result is everybody's effective settings.
type Result struct {
	Config  *config.Config
	Classes []Class // in the order in which users first need them
	Of      []int32 // for each user of Config.Users, an index into Classes
}

// Class returns the class of the i-th user.
func (r *Result) Class(user int) *Class { return &r.Classes[r.Of[user]] }

// Users resolves everybody.
func Users(cfg *config.Config) *Result {
	r := &Result{Config: cfg, Of: make([]int32, len(cfg.Users))}
	index := map[Inputs]int32{}
	for i := range cfg.Users {
		in := InputsOf(cfg, &cfg.Users[i])
		class, ok := index[in]
		if !ok {
			class = int32(len(r.Classes))
			index[in] = class
			r.Classes = append(r.Classes, Class{Inputs: in, Effective: Resolve(cfg, in)})
		}
		r.Classes[class].Users++
		r.Of[i] = class
	}
	return r
}

// InputsOf gathers what decides the settings of one user, who need not be in cfg.
func InputsOf(cfg *config.Config, u *config.User) Inputs {
	return Inputs{License: LicenseOf(cfg, u.Licenses), Template: TemplateOf(cfg, u.Groups), Own: u.Own}
}

// LicenseOf returns the class of somebody with these licenses.
func LicenseOf(cfg *config.Config, licenses []string) LicenseClass {
	var webexCalling, unifiedCM bool
	for _, name := range licenses {
		if i, ok := cfg.License(name); ok {
			webexCalling = webexCalling || cfg.Licenses[i].Service == config.WebexCalling
			unifiedCM = unifiedCM || cfg.Licenses[i].Service == config.UnifiedCM
		}
	}
	switch {
	case webexCalling && unifiedCM:
		return Migrating
	case unifiedCM:
		return UnifiedCM
	case webexCalling:
		return WebexCalling
	}
	return None
}

// TemplateOf returns the template that wins in these groups: the one with the
// smallest rank, which is the first, as templates are sorted by rank. -1: none.
func TemplateOf(cfg *config.Config, groups []int32) int32 {
	winner := int32(-1)
	for _, g := range groups {
		if t := cfg.Groups[g].Template; t >= 0 && (winner < 0 || t < winner) {
			winner = t
		}
	}
	return winner
}

// Resolve returns what applies to anybody with these inputs.
func Resolve(cfg *config.Config, in Inputs) Effective {
	levels := levelsOf(cfg, in)
	e := Effective{License: in.License, Calling: behavior(cfg, levels, in.License.Service())}
	if in.License == Migrating {
		pending := behavior(cfg, levels, config.WebexCalling)
		e.Pending = &pending
	}
	for _, name := range cfg.Schema.Edition.Toggles {
		i, _ := cfg.Toggle(name)
		t := Toggle{Name: name, On: true, From: Source{Level: Default}} // Control Hub restricts nothing by itself
		for _, l := range levels {
			if on, set := l.InCall.Get(i); set {
				t.On, t.From = on, l.Source
				break
			}
		}
		e.InCall = append(e.InCall, t)
	}
	return e
}

// level is what one level says.
type level struct {
	Source
	config.Settings
}

// levelsOf returns the levels for these inputs, the strongest first.
func levelsOf(cfg *config.Config, in Inputs) []level {
	levels := make([]level, 0, 3)
	levels = append(levels, level{Source{Level: User}, in.Own})
	if in.Template >= 0 {
		t := &cfg.Templates[in.Template]
		levels = append(levels, level{Source{Template, t.Name}, t.Settings})
	}
	return append(levels, level{Source{Level: Org}, cfg.Org.Settings})
}

// behavior resolves the calling behavior for a service. A level that the
// edition does not allow to hold it is passed by: the rules have reported it.
func behavior(cfg *config.Config, levels []level, service config.Service) Behavior {
	b := Behavior{
		Service: service, App: "webex", AppFrom: Source{Level: Default},
		ProfileFrom: Source{Level: Default}, // by default the user's e-mail domain
	}
	var haveApp, haveProfile bool
	for _, l := range levels {
		choice := l.For(service)
		if choice.IsZero() || !allowed(cfg, service, l.Level) {
			continue
		}
		whole := cfg.Schema.Edition.WholeChoice
		if !haveApp && (choice.App != "" || whole) {
			b.App, b.AppFrom, haveApp = choice.App, l.Source, true
		}
		if !haveProfile && (choice.Profile != "" || choice.EmailDomain || whole) {
			b.Profile, b.ProfileFrom, haveProfile = choice.Profile, l.Source, true
		}
	}
	b.HasProfile = service == config.UnifiedCM && b.App == "webex"
	if !b.HasProfile {
		b.Profile, b.ProfileFrom = "", Source{}
	}
	b.Type = behaviorType(service, b.App)
	return b
}

func allowed(cfg *config.Config, service config.Service, l Level) bool {
	for _, name := range cfg.Schema.Edition.CallingBehavior[service.String()] {
		if name == l.String() {
			return true
		}
	}
	return false
}

// behaviorType is the enum of the Webex API for per-person calling behavior.
func behaviorType(service config.Service, app string) string {
	switch {
	case app == "jabber":
		return "CALL_WITH_APP_REGISTERED_FOR_CISCOTEL"
	case app == "webexCallingApp":
		return "CALL_WITH_APP_REGISTERED_FOR_WEBEXCALLTEL"
	case app == "thirdParty":
		return "CALL_WITH_APP_REGISTERED_FOR_TEL"
	case service == config.UnifiedCM:
		return "NATIVE_SIP_CALL_TO_UCM"
	}
	return "NATIVE_WEBEX_TEAMS_CALLING"
}
