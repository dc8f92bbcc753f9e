package bundle

import (
	"maps"
	"slices"
)

// Setting is the effective value of one setting, without where it comes from.
// Settings can be compared with ==.
type Setting struct {
	Name  string // licenseClass, callingBehavior, pendingCallingBehavior, inCall.<toggle>
	Value any    // string, [Choice], Choice, bool
}

// Choice is the effective value of a calling behavior.
type Choice struct {
	Service     string // webexCalling, unifiedCM, none
	App         string // webex, webexCallingApp, jabber, thirdParty
	Profile     string // the UC Manager profile; empty: none
	EmailDomain bool   // the domain of the user's e-mail address takes the place of a profile
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
	}
	return c
}
