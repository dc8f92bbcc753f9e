package bundle

import (
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

// CallingBehaviorFile is the name of the file with the body to send to the
// Webex API for a user with a calling behavior of their own.
const CallingBehaviorFile = "calling-behavior.json"

// callingBehavior is the client format of calling-behavior.json: the body of
// PUT /people/{personId}/features/callingBehavior. Users who inherit get no
// file: a null in it would erase overrides that are not in the repository.
type callingBehavior struct{}

// callingBehaviorBody always has both keys: what a body leaves out, the API
// leaves as it is.
type callingBehaviorBody struct {
	BehaviorType string  `json:"behaviorType"`
	ProfileID    *string `json:"profileId"`
}

func (callingBehavior) File() string { return CallingBehaviorFile }

func (callingBehavior) Render(cfg *config.Config, in resolve.Inputs, e resolve.Effective) []byte {
	return CallingBehaviorBody(cfg, in, e)
}

// CallingBehaviorBody returns the body that gives a person with these inputs
// their own calling behavior, or nil where there is none to send.
func CallingBehaviorBody(cfg *config.Config, in resolve.Inputs, e resolve.Effective) []byte {
	if ExpressionOf(cfg, in, e) != Expressible {
		return nil
	}
	body := callingBehaviorBody{BehaviorType: e.Calling.Type}
	if id := profileID(cfg, e.Calling.Profile); id != "" {
		body.ProfileID = &id
	}
	return canonical(body)
}

// Expression is whether the Webex API can express a user's own calling
// behavior. The zero value is invalid.
type Expression uint8

// The expressions.
const (
	// NoChoice: the user level holds no choice for the service in use.
	NoChoice Expression = iota + 1
	// Expressible: the behavior that applies to the user can be sent.
	Expressible
	// ProfileWithoutID: the UC Manager profile that applies has no known id.
	ProfileWithoutID
	// EmailDomainBelowProfile: the user's e-mail domain applies, and a higher
	// level names a profile. The API knows no word for the e-mail domain: null
	// is whatever the levels above give.
	EmailDomainBelowProfile
)

// ExpressionOf returns the expression for everybody with these inputs, whose
// effective settings are e. A body always states the behavior type and the profile
// together, so what counts is the pair that applies, also where the user level
// holds one half of it and inherits the other.
func ExpressionOf(cfg *config.Config, in resolve.Inputs, e resolve.Effective) Expression {
	service := e.Calling.Service
	allowed := slices.Contains(cfg.Schema.Edition.CallingBehavior[service.String()], resolve.User.String())
	switch {
	case !allowed || in.Own.For(service).IsZero():
		return NoChoice
	case !e.Calling.HasProfile: // the API clears a profile beside the other apps by itself
		return Expressible
	case e.Calling.Profile == "":
		if resolve.ProfileAbove(cfg, in) != "" {
			return EmailDomainBelowProfile
		}
		return Expressible
	case profileID(cfg, e.Calling.Profile) == "":
		return ProfileWithoutID
	}
	return Expressible
}

// profileID returns the Webex API's id of a UC Manager profile; empty: not known.
func profileID(cfg *config.Config, name string) string {
	if i, ok := cfg.Profile(name); ok {
		return cfg.Profiles[i].ID
	}
	return ""
}
