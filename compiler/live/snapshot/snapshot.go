// Package snapshot is what Control Hub held at a moment, as far as the Webex API
// shows it: a folder of JSON Lines with a manifest. It reads it from Webex, writes
// it and reads it back; from there on all is offline and can be repeated.
//
// What could not be read is in the manifest with the reason, and is unknown:
// never absent, and never empty. Nothing here compares or judges; that is for
// package live.
//
//	manifest.json   when, which organization, counts, digests, what could not be read
//	people.jsonl    a line for each person, by address, with their own calling behavior
//	licenses.jsonl  what the organization owns
//	groups.jsonl    groups with their members
//	profiles.jsonl  UC Manager profiles
//
// The files hold addresses, so they are for the user alone: 0600.
package snapshot

import (
	"cmp"
	"time"

	"callpolicy/compiler/live/webex"
)

// FormatVersion is the version of the format. The number before the dot changes
// when a reader of an older version would misunderstand.
const FormatVersion = "1.0"

// The files of a snapshot.
const (
	ManifestFile = "manifest.json"
	PeopleFile   = "people.jsonl"
	LicensesFile = "licenses.jsonl"
	GroupsFile   = "groups.jsonl"
	ProfilesFile = "profiles.jsonl"
)

// Manifest says what a snapshot is.
type Manifest struct {
	FormatVersion string            `json:"formatVersion"`
	Kind          string            `json:"kind"` // LiveSnapshot
	Organization  string            `json:"organization"`
	Began         time.Time         `json:"began"`
	Ended         time.Time         `json:"ended"`
	Requests      int               `json:"requests"` // that it took, those of an earlier run that was cut off left out
	People        int               `json:"people"`
	Others        int               `json:"others,omitempty"` // bots and the like, which are left out
	Unread        []Unread          `json:"unread"`           // what could not be read
	Incomplete    []string          `json:"incomplete"`       // why people may be missing; a snapshot with a reason is no roster
	Files         map[string]string `json:"files"`            // SHA-256 of each file
}

// Unread is something that could not be read.
type Unread struct {
	What   string `json:"what"` // licenses, groups, members, profiles, callingBehavior, people
	Reason string `json:"reason"`
	Count  int    `json:"count"` // how many; 1 for a whole list
}

// Person is somebody in a snapshot.
type Person struct {
	User       string   `json:"user"` // the address, in lower case
	ID         string   `json:"id"`
	Also       []string `json:"also,omitempty"` // further addresses
	Licenses   []string `json:"licenses"`       // keys of [License], sorted
	Department string   `json:"department,omitempty"`
	Location   string   `json:"location,omitempty"` // an id
	Extension  string   `json:"extension,omitempty"`
	Number     string   `json:"number,omitempty"`
	Pending    bool     `json:"pending,omitempty"`  // has not accepted the invitation
	Disabled   bool     `json:"disabled,omitempty"` // may not sign in
	Calling    Calling  `json:"callingBehavior"`
}

// Calling is what is known of somebody's calling behavior.
type Calling struct {
	Own       *webex.Behavior `json:"own,omitempty"`       // null with Unknown; else both keys, which may be null
	Effective string          `json:"effective,omitempty"` // as Webex says; it may not know of templates
	Unknown   string          `json:"unknown,omitempty"`   // why it could not be read
}

// License is what the organization owns.
type License struct {
	Key          string `json:"key"` // the name, and the subscription in brackets, as the columns of an export
	ID           string `json:"id"`
	Name         string `json:"name"`
	Subscription string `json:"subscription,omitempty"`
	Total        *int   `json:"total"`
	ByUsers      *int   `json:"byUsers"` // seats that people take, as Webex counts them; null: not said
	Holders      int    `json:"holders"` // people in the snapshot who have it
}

// Group is a group with its members.
type Group struct {
	Name    string   `json:"name"`
	ID      string   `json:"id"`
	Members []string `json:"members"`           // addresses, sorted
	Others  int      `json:"others,omitempty"`  // members who are not among the people
	Unknown string   `json:"unknown,omitempty"` // why the members could not be read
}

// Profile is a UC Manager profile.
type Profile struct {
	Name string `json:"name"`
	ID   string `json:"id"`
}

// licenseKey is what a license is called in a snapshot.
func licenseKey(l webex.License) string {
	name := cmp.Or(l.Name, l.ID)
	if l.SubscriptionID == "" {
		return name
	}
	return name + " [" + l.SubscriptionID + "]"
}
