package resolve

import (
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/schema"
)

// Stack is the levels that decide somebody's settings, the strongest first.
// It is what resolving really works on; a plan also builds stacks that mix two
// states of the files, to find out which edit made a difference.
type Stack struct {
	Edition *schema.Edition
	Toggles []string // the names that the bits of config.Toggles stand for
	License LicenseClass
	Levels  [3]Layer // user, template, organization; one that says nothing is zero

	// Server returns what a UC Manager profile says, by its name; nil: nobody asks.
	Server func(profile string) Server
}

// Layer is what one level says, and its name.
type Layer struct {
	Source
	config.Settings
}

// StackOf returns the levels for these inputs.
func StackOf(cfg *config.Config, in Inputs) Stack {
	s := Stack{Edition: &cfg.Schema.Edition, Toggles: cfg.Toggles, License: in.License, Server: func(name string) Server { return ServerOf(cfg, name) }}
	s.Levels[0] = Layer{Source{Level: User}, in.Own}
	if in.Template >= 0 {
		t := &cfg.Templates[in.Template]
		s.Levels[1] = Layer{Source{Template, t.Name}, t.Settings}
	}
	s.Levels[2] = Layer{Source{Level: Org}, cfg.Org.Settings}
	return s
}

// Effective resolves everything.
func (s *Stack) Effective() Effective {
	e := Effective{License: s.License, Calling: s.Calling()}
	if pending, ok := s.Pending(); ok {
		e.Pending = &pending
	}
	e.InCall = make([]Toggle, 0, len(s.Edition.Toggles))
	for _, name := range s.Edition.Toggles {
		e.InCall = append(e.InCall, s.Toggle(name))
	}
	return e
}

// Toggle resolves one in-call toggle.
func (s *Stack) Toggle(name string) Toggle {
	i, _ := slices.BinarySearch(s.Toggles, name)
	for l := range s.Levels {
		if on, set := s.Levels[l].InCall.Get(i); set {
			return Toggle{name, on, s.Levels[l].Source}
		}
	}
	return Toggle{name, s.Edition.Default.InCall, Source{Level: Default}}
}

// Calling resolves the calling behavior for the service in use.
func (s *Stack) Calling() Behavior { return s.CallingFor(s.License.Service()) }

// Pending resolves what a migrating user will have; ok is false for others.
func (s *Stack) Pending() (b Behavior, ok bool) {
	if s.License != Migrating {
		return Behavior{}, false
	}
	return s.CallingFor(config.WebexCalling), true
}

// CallingFor resolves the calling behavior for a service, whatever the license.
// A level that the edition does not allow to hold it is passed by: the rules have reported it.
func (s *Stack) CallingFor(service config.Service) Behavior {
	b := Behavior{
		Service: service, App: s.Edition.Default.App, AppFrom: Source{Level: Default},
		ProfileFrom: Source{Level: Default}, // by default the user's e-mail domain
	}
	for l := range s.Levels {
		layer := &s.Levels[l]
		choice := layer.For(service).Whole(service)
		if choice.IsZero() || !slices.Contains(s.Edition.CallingBehavior[service.String()], layer.Level.String()) {
			continue
		}
		b.App, b.AppFrom = choice.App, layer.Source
		b.Profile, b.ProfileFrom = choice.Profile, layer.Source
		break // it replaces whatever the levels above say
	}
	b.HasProfile = service == config.UnifiedCM && b.App == "webex"
	if !b.HasProfile {
		b.Profile, b.ProfileFrom = "", Source{}
	}
	if b.Profile != "" && s.Server != nil {
		b.Server = s.Server(b.Profile)
	}
	b.Type = behaviorType(service, b.App)
	return b
}

// ServerOf returns what a UC Manager profile says; zero where there is no such
// profile, or it says nothing.
func ServerOf(cfg *config.Config, profile string) Server {
	i, ok := cfg.Profile(profile)
	if !ok {
		return Server{}
	}
	p := &cfg.Profiles[i]
	return Server{p.VoiceServicesDomain, p.UDSServer}
}

// DefaultChoice returns what holds for a service where no level says anything.
func DefaultChoice(edition *schema.Edition, service config.Service) config.Choice {
	s := Stack{Edition: edition}
	return s.CallingFor(service).Choice()
}

// Choice returns a behavior as a level would have to say it, complete.
func (b Behavior) Choice() config.Choice {
	return config.Choice{App: b.App, Profile: b.Profile, EmailDomain: b.HasProfile && b.Profile == ""}
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

// ProfileAbove returns the UC Manager profile that the organization or else the
// winning template names, over the user level; empty: neither does. It asks
// both: a template that says e-mail domain hides the organization's profile in
// Control Hub, but in the Webex API no profile is the organization's profile,
// and whether the API heeds templates is not documented.
func ProfileAbove(cfg *config.Config, in Inputs) string {
	if profile := cfg.Org.For(config.UnifiedCM).Profile; profile != "" || in.Template < 0 {
		return profile
	}
	return cfg.Templates[in.Template].For(config.UnifiedCM).Profile
}
