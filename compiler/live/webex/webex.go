// Package webex is the client of the Webex API for the few things that
// callpolicy reads and changes: people, licenses, groups and their members, UC
// Manager profiles, calling behavior.
//
// It knows what a request means and how one fails, and nothing of policies. It
// waits where Webex says so, repeats what can be repeated without harm, and says
// the rest in words, with the tracking id that Cisco's support asks for. A token
// goes to the client's base address alone, and is in no text that leaves the
// package: what a server echoes of it is blotted out.
//
// Sources: the public Webex OpenAPI description, and what tools that do this work
// met. Nothing here was tried on a live organization.
package webex

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// Person is somebody as GET /people shows them.
type Person struct {
	ID            string    `json:"id"`
	Emails        []string  `json:"emails"`
	DisplayName   string    `json:"displayName"`
	OrgID         string    `json:"orgId"`
	Licenses      []string  `json:"licenses"` // ids
	Department    string    `json:"department"`
	LocationID    string    `json:"locationId"`
	Extension     string    `json:"extension"`
	Type          string    `json:"type"` // person, bot, appuser
	InvitePending truth     `json:"invitePending"`
	LoginEnabled  truth     `json:"loginEnabled"`
	PhoneNumbers  []aNumber `json:"phoneNumbers"`
}

type aNumber struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// WorkNumber returns the person's work number; empty: none.
func (p *Person) WorkNumber() string {
	for _, n := range p.PhoneNumbers {
		if n.Type == "work" {
			return n.Value
		}
	}
	return ""
}

// truth is a boolean that the specification shows as a text, and real answers
// hold as a boolean. Unset is not false.
type truth struct{ Set, True bool }

// UnmarshalJSON reads either form.
func (t *truth) UnmarshalJSON(data []byte) error {
	switch strings.ToLower(strings.Trim(string(data), `"`)) {
	case "true":
		*t = truth{Set: true, True: true}
	case "false":
		*t = truth{Set: true}
	}
	return nil
}

// License is a license that the organization owns, as GET /licenses shows it.
type License struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	SubscriptionID string `json:"subscriptionId"`
	TotalUnits     *int   `json:"totalUnits"`
	ConsumedUnits  *int   `json:"consumedUnits"`
	ByUsers        *int   `json:"consumedByUsers"` // may be null
}

// Group is a group of people.
type Group struct {
	ID          string   `json:"id"`
	DisplayName string   `json:"displayName"`
	OrgID       string   `json:"orgId"`
	MemberSize  int      `json:"memberSize"`
	Members     []Member `json:"members"`
}

// Member is somebody in a group.
type Member struct {
	ID   string `json:"id"`
	Type string `json:"type"` // user
}

// Profile is a UC Manager profile.
type Profile struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// The values of a behavior type.
const (
	NativeCalling = "NATIVE_WEBEX_TEAMS_CALLING"
	NativeUCM     = "NATIVE_SIP_CALL_TO_UCM"
	CiscoJabber   = "CALL_WITH_APP_REGISTERED_FOR_CISCOTEL"
	ThirdParty    = "CALL_WITH_APP_REGISTERED_FOR_TEL"
	CallingApp    = "CALL_WITH_APP_REGISTERED_FOR_WEBEXCALLTEL"
)

// Behavior is a person's own calling behavior. The zero Behavior is none: the
// organization's, or a template's, is in effect. It is comparable.
type Behavior struct {
	Type      string // empty: null
	ProfileID string // empty: null
}

// IsZero reports whether the person has no value of their own.
func (b Behavior) IsZero() bool { return b == Behavior{} }

// Normal returns the behavior as Webex keeps it: types in capitals, and no profile
// beside Cisco Jabber, where the API clears it whatever is sent.
func (b Behavior) Normal() Behavior {
	b.Type = strings.ToUpper(b.Type)
	if b.Type == CiscoJabber {
		b.ProfileID = ""
	}
	return b
}

// body is a behavior on the wire. Both keys always: what a body leaves out stays.
type body struct {
	BehaviorType *string `json:"behaviorType"`
	ProfileID    *string `json:"profileId"`
}

// MarshalJSON writes both keys, null where the person has none.
func (b Behavior) MarshalJSON() ([]byte, error) {
	return json.Marshal(body{pointer(b.Type), pointer(b.ProfileID)})
}

// UnmarshalJSON reads both keys. The specification lists the text "null" beside
// null itself: both are none.
func (b *Behavior) UnmarshalJSON(data []byte) error {
	var wire body
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*b = Behavior{text(wire.BehaviorType), text(wire.ProfileID)}.Normal()
	return nil
}

func pointer(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func text(p *string) string {
	if p == nil || strings.EqualFold(*p, "null") {
		return ""
	}
	return *p
}

// Grant is one license to add, with what a Webex Calling license needs: a number,
// a number and an extension, or an extension and a location. Never all three.
type Grant struct {
	LicenseID  string
	LocationID string
	Number     string
	Extension  string
}

// UUID returns the last part of an id of the API, by which ids of different forms
// are compared: the UUID of a person or an organization. An id in no form that is
// known is returned as it is.
func UUID(id string) string {
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(id), "="))
	uri, ok := strings.CutPrefix(string(data), "ciscospark://")
	if err != nil || !ok {
		return strings.ToLower(id)
	}
	return strings.ToLower(uri[strings.LastIndexByte(uri, '/')+1:])
}
