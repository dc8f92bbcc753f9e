package bundle

import (
	"encoding/json"
	"maps"
	"slices"
)

// Setting is the effective value of one setting, without where it comes from.
// Settings can be compared with ==.
type Setting struct {
	Name  string // licenseClass, callingBehavior, pendingCallingBehavior, inCall.<toggle>
	Value any    // string, [Choice], Choice, bool
}

// Choice is the value of a calling behavior, or the part of one that a level holds.
type Choice struct {
	Service     string // webexCalling, unifiedCM, none; empty: it is what a level says of a service that is known
	App         string // webex, webexCallingApp, jabber, thirdParty
	Profile     string // the UC Manager profile; empty: none
	EmailDomain bool   // the domain of the user's e-mail address takes the place of a profile

	// What the profile says, where that is known: bundles that an older callpolicy
	// wrote do not tell.
	Server Server
}

// Server is what a UC Manager profile says of how clients find Unified CM.
type Server struct {
	Known               bool // the rest is as it is, and not merely unknown
	VoiceServicesDomain string
	UDSServer           string
}

// Same reports whether two values of a setting are the same, as far as is known.
func Same(a, b any) bool {
	x, ok := a.(Choice)
	y, also := b.(Choice)
	if ok && also && x.Server.Known != y.Server.Known {
		x.Server, y.Server = Server{}, Server{}
		return x == y
	}
	return a == b
}

// MarshalJSON writes what is there. A profile that is null is the domain of the
// user's e-mail address, as in a bundle.
func (c Choice) MarshalJSON() ([]byte, error) {
	doc := struct {
		Service string           `json:"service,omitempty"`
		App     string           `json:"app,omitempty"`
		Profile *json.RawMessage `json:"ucManagerProfile,omitempty"`
		Says    *Profile         `json:"profile,omitempty"`
	}{Service: c.Service, App: c.App}
	if c.Server.Known {
		doc.Says = &Profile{VoiceServicesDomain: c.Server.VoiceServicesDomain, UDSServer: c.Server.UDSServer}
	}
	switch {
	case c.EmailDomain:
		null := json.RawMessage("null")
		doc.Profile = &null
	case c.Profile != "":
		name, err := json.Marshal(c.Profile)
		if err != nil {
			return nil, err
		}
		doc.Profile = (*json.RawMessage)(&name)
	}
	return json.Marshal(doc)
}

// Settings returns the effective values, toggles sorted by name after the rest.
// The pending calling behavior is there for migrating users only.
func (d *Document) Settings() []Setting {
	settings := []Setting{
		{"licenseClass", d.LicenseClass},
		{"callingBehavior", d.CallingBehavior.choice()},
	}
	if d.PendingCallingBehavior != nil {
		settings = append(settings, Setting{"pendingCallingBehavior", d.PendingCallingBehavior.choice()})
	}
	for _, toggle := range slices.Sorted(maps.Keys(d.InCall)) {
		settings = append(settings, Setting{"inCall." + toggle, d.InCall[toggle].Value})
	}
	return settings
}

func (b *Behavior) choice() Choice {
	c := Choice{Service: b.Service, App: b.App.Value}
	if p := b.UCManagerProfile; p != nil {
		if c.EmailDomain = p.Value == nil; !c.EmailDomain {
			c.Profile = *p.Value
		}
		if b.Profile != nil {
			c.Server = Server{true, b.Profile.VoiceServicesDomain, b.Profile.UDSServer}
		}
	}
	return c
}
