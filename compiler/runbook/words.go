package runbook

import (
	"cmp"
	"fmt"

	"callpolicy/compiler/config"
)

// option names a toggle as it is on the page.
func (b *builder) option(toggle string) string { return b.edition.Options.InCall[toggle].String() }

// brief is an option without its section, for a title.
func (b *builder) brief(toggle string) string { return b.edition.Options.InCall[toggle].Label }

// users names those whom a choice is for, as the page does.
func (b *builder) users(s config.Service) string {
	return b.edition.Options.CallingBehavior[s.String()].Users
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// setOnOff is a value that may be missing.
func setOnOff(on, set bool) string {
	if !set {
		return "not set"
	}
	return onOff(on)
}

// choiceWords says what to tick for a choice, in the words of the page.
func (b *builder) choiceWords(s config.Service, c config.Choice) string {
	page := b.edition.Options.CallingBehavior[s.String()]
	switch c = c.Whole(s); {
	case c.IsZero():
		return "not set"
	case c.Profile != "":
		return page.Profile + ": " + c.Profile
	case c.EmailDomain:
		return page.Domain
	}
	return cmp.Or(page.Apps[c.App], c.App)
}

// choiceKey is a form of a choice to compare and to hash.
func choiceKey(c config.Choice) string {
	return fmt.Sprintf("app=%s profile=%s email=%t", c.App, c.Profile, c.EmailDomain)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func people(n int) string { return plural(n, "person", "people") }
