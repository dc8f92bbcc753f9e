package schema

import (
	"encoding/json"
	"fmt"
	"sync"
)

// Edition is what a Control Hub rule set knows, and how its pages say it.
type Edition struct {
	Name            string               `json:"name"`              // as in callpolicy.yaml
	Title           string               `json:"title"`             // how to speak of it
	About           string               `json:"about"`             // how it differs from the others
	Starter         string               `json:"starter"`           // the folder of examples that init writes
	Because         string               `json:"because,omitempty"` // what speaks for it where nobody chose an edition
	Exports         []string             `json:"exports,omitempty"` // columns that only its exports of users have, in lower case
	Options         Options              `json:"options"`           // what its pages offer
	Toggles         []string             `json:"toggles"`           // the in-call toggles, sorted
	CallingBehavior map[string][]string  `json:"callingBehavior"`   // by service, the levels that may hold it
	Default         Default              `json:"default"`
	Procedures      map[string]Procedure `json:"procedures"` // by kind of step of a runbook
}

// Default is what holds where no level says anything.
type Default struct {
	InCall bool   `json:"inCall"` // every in-call toggle
	App    string `json:"app"`    // of every calling behavior
}

// Options are what the pages of a Control Hub offer, in their words.
type Options struct {
	InCall          map[string]Toggle  `json:"inCall"`          // by toggle
	CallingBehavior map[string]Choices `json:"callingBehavior"` // by service
}

// Toggle is an in-call toggle on its page.
type Toggle struct {
	Section string `json:"section,omitempty"` // of the page; empty: it has none
	Label   string `json:"label"`
	Caution string `json:"caution,omitempty"` // what somebody should know who moves it for the organization; may be empty
}

// String returns the label behind its section, if any.
func (t Toggle) String() string {
	if t.Section == "" {
		return t.Label
	}
	return t.Section + ": " + t.Label
}

// Choices are what there is to choose for the users of one service.
type Choices struct {
	Levels   []string          `json:"levels"`             // that may hold it
	Users    string            `json:"users"`              // whom it is for
	Apps     map[string]string `json:"apps"`               // what the page calls each app
	Profile  string            `json:"profile,omitempty"`  // what it calls the choice of a UC Manager profile
	Domain   string            `json:"domain,omitempty"`   // and of the domain of the e-mail address
	ManyBack string            `json:"manyBack,omitempty"` // how many people are taken back to what they inherit; empty: one by one
}

// Procedure is what a kind of step of a runbook rests on.
type Procedure struct {
	Where    string     `json:"where"`            // Control Hub, Webex API, Unified CM
	Page     []string   `json:"page,omitempty"`   // the way to the page of Control Hub
	Sources  []Document `json:"sources"`          // what describes it
	Until    string     `json:"until,omitempty"`  // how long what is done may take to arrive; may be empty
	Unsaid   string     `json:"unsaid,omitempty"` // what the documents leave open; may be empty
	Many     Many       `json:"many,omitzero"`
	WaysBack WaysBack   `json:"waysBack,omitzero"`
}

// Document is a public document of Cisco's.
type Document struct {
	Title string `json:"title"`
	At    string `json:"at"` // an address, or where to find it
}

// Many is what spares work where many people are to be opened one by one; the
// zero value: nothing does.
type Many struct {
	Caution string   `json:"caution"`
	Source  Document `json:"source"`
}

// WaysBack say how a value of a person's own is taken back, by who decides then.
type WaysBack struct {
	Template     string `json:"template"`
	Organization string `json:"organization"`
	Either       string `json:"either"` // where it is not known who
}

// Outline is what somebody who has to choose an edition is told.
type Outline struct {
	Name  string `json:"name"`
	About string `json:"about"`
	Today bool   `json:"today,omitempty"` // Cisco has this Control Hub today
}

// Outlines returns the editions there are, the one first that init writes where
// nobody asks for another.
func Outlines() []Outline { return outlines() }

var outlines = sync.OnceValue(func() (all []Outline) {
	data, err := indexes.ReadFile("index/editions.json")
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil {
		panic(fmt.Sprintf("schema: the program holds no editions: %v", err))
	}
	return all
})

// EditionNames lists the editions there are, in the order of [Outlines].
func EditionNames() []string {
	var names []string
	for _, o := range Outlines() {
		names = append(names, o.Name)
	}
	return names
}

// Today returns the name of the edition that Cisco's Control Hub has today.
func Today() string {
	for _, o := range Outlines() {
		if o.Today {
			return o.Name
		}
	}
	panic("schema: no edition is today's")
}
