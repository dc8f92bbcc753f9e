// Package runbook turns the difference between two states of the policies into
// what an administrator does in Control Hub, in order.
//
// Organization settings, calling templates and in-call toggles have no public
// API: somebody has to click. A runbook is made from what the two states mean,
// and organized by what there is to do, not by whom it concerns: one step for an
// organization's value, one for a template, and steps for single people only
// where nothing above them can do it. Nothing is sent anywhere; what the Webex
// API could do is listed as requests.
//
// Every kind of step rests on a procedure that Cisco documents, in the words of
// the edition, see [schema.Procedure]; what is not documented is said to be not possible or not known,
// and never guessed.
//
//	book, err := runbook.Build(runbook.Input{Base: before, Head: after})
package runbook

import (
	"encoding/json"

	"callpolicy/compiler/outstanding"
	"callpolicy/compiler/plan"
	"callpolicy/schema"
)

// FormatVersion is the version of the runbook's JSON form.
const FormatVersion = "1.0"

// Runbook is everything there is to do, and what cannot be done.
type Runbook struct {
	FormatVersion string     `json:"formatVersion"`
	Edition       string     `json:"edition"` // whose words are used
	Base          plan.State `json:"base"`
	Head          plan.State `json:"head"`
	Undo          string     `json:"undo,omitempty"` // the revision that is taken back
	Summary       Summary    `json:"summary"`
	Notes         []string   `json:"notes,omitempty"`       // what a reader must know to judge the runbook
	Advice        []string   `json:"advice,omitempty"`      // how the same could be had with less work
	Before        []string   `json:"before,omitempty"`      // what must be there before the first step
	Steps         []*Step    `json:"steps"`                 // in the order in which they are to be done
	NotPossible   []string   `json:"notPossible,omitempty"` // what no step can do, or nobody knows
	Past          []Past     `json:"past,omitempty"`        // steps ticked earlier that are none of these
}

// Summary counts the steps.
type Summary struct {
	Steps int `json:"steps"`
	Done  int `json:"done"`
	API   int `json:"api"`    // that can go through the Webex API
	Each  int `json:"byHand"` // people who are opened one by one
}

// Step is one thing to do.
type Step struct {
	ID        string            `json:"id"` // stable: of the kind, what it is about and what comes of it
	Kind      Kind              `json:"kind"`
	What      string            `json:"what"`  // what it is about, mostly as a policy path
	After     string            `json:"after"` // what comes of it, in a form to compare
	Title     string            `json:"title"`
	Where     string            `json:"where"`          // Control Hub, Webex API, Unified CM
	Page      []string          `json:"page,omitempty"` // the way to the page, in Control Hub's own words
	Changes   []Change          `json:"changes,omitempty"`
	Template  *Template         `json:"template,omitempty"`
	Groups    []string          `json:"groups,omitempty"`
	Reach     int               `json:"reach"`              // how many people it is for
	Keep      []Keep            `json:"keep,omitempty"`     // who is not reached, and must not be touched
	People    []Person          `json:"people,omitempty"`   // who have to be opened, or named in a request
	Requests  []Request         `json:"requests,omitempty"` // for the Webex API; none is sent
	Rows      []Row             `json:"rows,omitempty"`     // of a UC Service in Unified CM
	Cautions  []string          `json:"cautions,omitempty"` // what to mind, and what Cisco does not say
	Until     string            `json:"until,omitempty"`    // how long it may take to arrive
	Procedure []schema.Document `json:"procedure"`          // what the step rests on
	Done      bool              `json:"done"`

	// Transient is how many people have, after this step and until a later one,
	// a value that is neither the one before nor the one that is to come.
	Transient int `json:"transient,omitempty"`
}

// Change is an option on the page.
type Change struct {
	Setting string `json:"setting"` // as in the files
	Option  string `json:"option"`  // as on the page
	Before  string `json:"before"`
	After   string `json:"after"`
}

// Template is a calling template and its place among the others.
type Template struct {
	Name     string `json:"name"`
	Rank     int    `json:"rank"`            // in the files; the smallest wins
	Position int    `json:"position"`        // in Control Hub's list, from 1
	Of       int    `json:"of"`              // how many there are then
	Below    string `json:"below,omitempty"` // the template right above it; empty: it is the first
}

// Keep counts people whom a step does not reach.
type Keep struct {
	By    string   `json:"by"` // template, user
	Name  string   `json:"name,omitempty"`
	Users int      `json:"users"`
	Who   []string `json:"who,omitempty"` // of people with a value of their own
}

// Person is somebody named in a step.
type Person struct {
	User string `json:"user"`
	How  string `json:"how,omitempty"`  // which of the ways of the step is theirs
	Said string `json:"said,omitempty"` // what somebody said of it
	Done bool   `json:"done,omitempty"`
}

// Request is a call of the Webex API, for each of the people of the step.
type Request struct {
	Method string          `json:"method"`
	Path   string          `json:"path"` // below https://webexapis.com/v1
	Body   json.RawMessage `json:"body,omitempty"`
}

// Row is a row of a UC Service of type Jabber Client Configuration.
type Row struct {
	Client    string `json:"client"` // desktop, mobile
	Section   string `json:"section"`
	Parameter string `json:"parameter"`
	Value     string `json:"value"`
}

// newStep returns a step with its id and what its procedure gives. after is
// what comes of it, in a form that is the same whenever that is the same.
func (b *builder) newStep(kind Kind, what, after, title string) *Step {
	p := b.edition.Procedures[string(kind)] // which every edition has; a test says so
	s := &Step{
		ID: stepID(kind, what, after), Kind: kind, What: what, After: after, Title: title, Where: p.Where,
		Page: p.Page, Procedure: p.Sources, Until: p.Until,
	}
	if p.Unsaid != "" {
		s.Cautions = append(s.Cautions, p.Unsaid)
	}
	return s
}

// stepID hashes what makes a step what it is. Whom it names is left out, so that
// somebody who is added to a step does not make it another; see [Progress].
func stepID(kind Kind, what, after string) string {
	return outstanding.StepID(string(kind), what, after)
}

func (s *Step) change(setting, option, before, after string) {
	s.Changes = append(s.Changes, Change{setting, option, before, after})
}
