package config

import (
	"slices"
	"strings"

	"callpolicy/compiler/diag"
)

// Persona is somebody made up, and what must come out for them.
type Persona struct {
	Name   string
	At     diag.Range
	User   User // who is in no policy file
	Expect Expectation
}

// Expectation is what must come out for a persona. What is empty may be anything.
type Expectation struct {
	LicenseClass Expected
	Template     Expected // none: no template wins
	Calling      []Expected
	Pending      []Expected
	InCall       []Expected // true or false, by toggle
	Rules        []Expected // ids of the rules that are broken
	SaysRules    bool       // Rules was written, empty or not
}

// Expected is one value that is expected. Field is inCall.screenSharing, or of a
// calling behavior app, ucManagerProfile, domain or level.
type Expected struct {
	Field, Value string
	At           diag.Range
}

// With returns the configuration with these users instead of its own.
func (c *Config) With(users ...User) *Config {
	out := *c
	out.Users, out.Quarantined = slices.Clone(users), nil
	slices.SortFunc(out.Users, func(a, b User) int { return strings.Compare(a.Key, b.Key) })
	out.Groups = slices.Clone(c.Groups)
	for i := range out.Groups {
		out.Groups[i].Members = 0
	}
	for i := range out.Users {
		for _, g := range out.Users[i].Groups {
			out.Groups[g].Members++
		}
	}
	return &out
}
