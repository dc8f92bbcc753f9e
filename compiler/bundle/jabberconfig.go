package bundle

import (
	"slices"
	"strconv"

	"callpolicy/compiler/config"
	"callpolicy/compiler/jabber"
	"callpolicy/compiler/resolve"
)

// The files for Unified CM users. Cisco Jabber and the Webex App read the same
// file; Unified CM hands out one for desktops and one for mobile clients.
const (
	JabberConfigFile       = "jabber-config.xml"
	JabberConfigMobileFile = "jabber-config-mobile.xml"
)

// jabberParameter is a parameter that callpolicy may write.
type jabberParameter struct {
	section, name string

	// The in-call toggles that decide it in the desktop and the mobile file: the
	// first that the edition knows. None: the parameter is not in that file.
	desktop, mobile []string

	app     string // only where calls open in this app; empty: in any
	negated bool   // it is the opposite of the toggle
	always  bool   // it is true whatever the toggles say, in both files
}

// jabberParameters returns every parameter that may be written, sorted by
// section and name. Names, sections and meanings are those of Cisco's
// "Parameters Reference Guide for Cisco Jabber 14.0"; which of them the Webex
// App honors is said in its "Deployment guide for Calling in Webex App (Unified
// CM)". A parameter that is written always beats Control Hub.
func jabberParameters() []jabberParameter {
	return []jabberParameter{
		// Control of a screen that somebody shares. Jabber only.
		{
			section: "Client", name: "DisableRemoteDesktopControl", app: "jabber",
			desktop: []string{"requestRemoteControl"}, negated: true,
		},
		// Webex App: send video when a call comes in. Jabber: when one is placed.
		// The classic Control Hub has no toggle for it beside the one for video.
		{
			section: "Options", name: "StartCallWithVideo",
			desktop: []string{"answerWithVideoOnDesktop", "videoOnDesktop"},
			mobile:  []string{"answerWithVideoOnMobile", "videoOnMobile"},
		},
		// Screen sharing by BFCP. Jabber only.
		{
			section: "Policies", name: "EnableBFCPVideoDesktopShare", app: "jabber",
			desktop: []string{"screenSharing"},
		},
		// The handler of ciscotel: links, without which the Webex App cannot open Jabber.
		{
			section: "Policies", name: "EnableCiscoTelProtocol", app: "jabber", always: true,
		},
		// Moving a call to a meeting. Webex App only.
		{
			section: "Policies", name: "EnableMeetingPowerUp", app: "webex",
			desktop: []string{"moveCallsToMeetings"},
		},
		// Screen sharing from a chat (RDP). Jabber only.
		{
			section: "Policies", name: "EnableP2PDesktopShare", app: "jabber",
			desktop: []string{"screenSharing"},
		},
		// Video at all: false makes every call audio only.
		{
			section: "Policies", name: "EnableVideo",
			desktop: []string{"videoOnDesktop"},
			mobile:  []string{"videoOnMobile"},
		},
	}
}

// jabberConfig is the client format of jabber-config.xml and
// jabber-config-mobile.xml. It is a fragment: a toggle that no level decides
// is left out, as a default written here would beat Control Hub.
type jabberConfig struct{ mobile bool }

func (f jabberConfig) File() string {
	if f.mobile {
		return JabberConfigMobileFile
	}
	return JabberConfigFile
}

func (f jabberConfig) Render(_ *config.Config, _ resolve.Inputs, e resolve.Effective) []byte {
	var parameters []jabber.Parameter
	for _, p := range f.decided(e) {
		parameters = append(parameters, p.Parameter)
	}
	return jabber.Fragment(parameters)
}

// decided is a parameter to write, and the toggle that decides it.
type decided struct {
	jabber.Parameter
	toggle string // empty: it goes with the app
	from   resolve.Source
}

// decided returns the parameters to write, sorted by section and name.
func (f jabberConfig) decided(e resolve.Effective) []decided {
	if e.Calling.Service != config.UnifiedCM {
		return nil
	}
	var out []decided
	for _, p := range jabberParameters() {
		if value, toggle, from, ok := f.value(p, e); ok {
			out = append(out, decided{jabber.Parameter{Section: p.section, Name: p.name, Value: strconv.FormatBool(value)}, toggle, from})
		}
	}
	return out
}

// value returns what to write for a parameter, if anything, and what decides it.
func (f jabberConfig) value(p jabberParameter, e resolve.Effective) (value bool, toggle string, from resolve.Source, ok bool) {
	if p.app != "" && p.app != e.Calling.App {
		return false, "", from, false
	}
	if p.always {
		return true, "", e.Calling.AppFrom, true
	}
	names := p.desktop
	if f.mobile {
		names = p.mobile
	}
	for _, name := range names {
		i := slices.IndexFunc(e.InCall, func(t resolve.Toggle) bool { return t.Name == name })
		if i >= 0 {
			t := e.InCall[i]
			return t.On != p.negated, name, t.From, t.From.Level != resolve.Default
		}
	}
	return false, "", from, false
}
