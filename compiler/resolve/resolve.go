// Package resolve turns levels into what applies to a user: organization,
// calling template and user in, effective settings with their level out.
//
// It is pure. What decides somebody's settings is a small [Inputs]; users with
// equal inputs share one [Class], so the work is done once per class and not
// once per user. Provenance is symbolic here (a level, a template's name);
// where a value is written, and what it won against, is found on demand.
package resolve

import (
	"runtime"
	"sync"

	"callpolicy/compiler/config"
)

// LicenseClass is what a user's licenses amount to. The zero value is invalid.
type LicenseClass uint8

// The license classes.
const (
	None         LicenseClass = iota + 1 // no paid calling service
	WebexCalling                         // a Webex Calling license
	UnifiedCM                            // a Unified CM license
	Migrating                            // both, on the way from Unified CM to Webex Calling
)

// String returns the word that bundles use.
func (c LicenseClass) String() string {
	return [...]string{None: "none", WebexCalling: "webexCalling", UnifiedCM: "unifiedCM", Migrating: "migrating"}[c]
}

// Service returns the service that is in use: a migrating user stays on Unified CM.
func (c LicenseClass) Service() config.Service {
	switch c {
	case WebexCalling:
		return config.WebexCalling
	case UnifiedCM, Migrating:
		return config.UnifiedCM
	case None:
	}
	return config.NoPaidCalling
}

// Level is where a value comes from. The zero value is invalid.
type Level uint8

// The levels, each winning over those before it.
const (
	Default Level = iota + 1
	Org
	Template
	User
)

// String returns the word that bundles and messages use.
func (l Level) String() string {
	return [...]string{Default: "default", Org: "org", Template: "template", User: "user"}[l]
}

// Inputs is all that decides a user's effective settings. It is comparable.
type Inputs struct {
	License  LicenseClass
	Template int32           // the winning template, an index into Config.Templates; -1: none
	Own      config.Settings // the user level
}

// Source is where an effective value comes from.
type Source struct {
	Level    Level
	Template string // the template's name where Level is Template
}

// Behavior is an effective calling behavior.
type Behavior struct {
	Service config.Service
	App     string // webex, webexCallingApp, jabber, thirdParty
	AppFrom Source

	// HasProfile is true for Unified CM users who call in the Webex App.
	// Profile is then the UC Manager profile; empty: the user's e-mail domain.
	HasProfile  bool
	Profile     string
	ProfileFrom Source
	Server      Server // what the profile says; zero where there is none

	Type string // the Webex API's behaviorType
}

// Server is how a UC Manager profile lets clients find Unified CM. Both may be
// written, or one of them, or neither.
type Server struct {
	VoiceServicesDomain string // the DNS domain of the SRV records, in place of that of the e-mail address
	UDSServer           string // decides which cluster is the home cluster
}

// Toggle is an effective in-call toggle.
type Toggle struct {
	Name string
	On   bool
	From Source
}

// Effective is what applies to a user.
type Effective struct {
	License LicenseClass
	Calling Behavior
	Pending *Behavior // what a migrating user will have, else nil
	InCall  []Toggle  // the edition's toggles, by name
}

// Class is a set of users with equal inputs.
type Class struct {
	Inputs
	Effective
	Users int // how many
}

// Result is everybody's effective settings.
type Result struct {
	Config  *config.Config
	Classes []Class // in the order in which users first need them
	Of      []int32 // for each user of Config.Users, an index into Classes

	// Alike has, for each user, a number that those share who have one block and
	// one list of groups, and so are alike in everything but their addresses.
	// Numbers count from 0 in the order in which users first have them.
	Alike []int32
}

// Class returns the class of the i-th user.
func (r *Result) Class(user int) *Class { return &r.Classes[r.Of[user]] }

// Users resolves everybody.
func Users(cfg *config.Config) *Result {
	r := &Result{Config: cfg, Of: make([]int32, len(cfg.Users)), Alike: cfg.Alike()}
	if r.Alike == nil {
		r.Alike = likenesses(cfg)
	}
	index := map[Inputs]int32{}
	var classes []int32 // of those who are alike
	for _, in := range inputsOfAll(cfg, r.Alike) {
		class, ok := index[in]
		if !ok {
			class = int32(len(r.Classes))
			index[in] = class
			r.Classes = append(r.Classes, Class{Inputs: in, Effective: Resolve(cfg, in)})
		}
		classes = append(classes, class)
	}
	for i, same := range r.Alike {
		r.Of[i] = classes[same]
		r.Classes[classes[same]].Users++
	}
	return r
}

// inputsOfAll gathers, on all processors, the inputs of those who are alike: of
// each number in numbers, in order.
func inputsOfAll(cfg *config.Config, numbers []int32) []Inputs {
	var first []int // of the users who are alike
	for i, same := range numbers {
		if int(same) == len(first) {
			first = append(first, i)
		}
	}
	inputs := make([]Inputs, len(first))
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), len(first))
	for w := range workers {
		wg.Go(func() {
			for n := w * len(first) / workers; n < (w+1)*len(first)/workers; n++ {
				inputs[n] = InputsOf(cfg, &cfg.Users[first[n]])
			}
		})
	}
	wg.Wait()
	return inputs
}

// likenesses finds out who is alike.
func likenesses(cfg *config.Config) []int32 {
	numbers := make([]int32, len(cfg.Users))
	known := map[alike]int32{}
	for i := range cfg.Users {
		same := likeness(&cfg.Users[i])
		n, ok := known[same]
		if !ok {
			n = int32(len(known))
			known[same] = n
		}
		numbers[i] = n
	}
	return numbers
}

// alike tells users apart by what they share in memory, which is much cheaper
// than to compare all that it says.
type alike struct {
	block  *config.Block
	groups *int32
	n      int
}

func likeness(u *config.User) alike {
	a := alike{block: u.Block, n: len(u.Groups)}
	if a.n > 0 {
		a.groups = &u.Groups[0]
	}
	return a
}

// InputsOf gathers what decides the settings of one user, who need not be in cfg.
func InputsOf(cfg *config.Config, u *config.User) Inputs {
	return Inputs{License: LicenseOf(cfg, u.Licenses), Template: TemplateOf(cfg, u.Groups), Own: u.Own}
}

// LicenseOf returns the class of somebody with these licenses.
func LicenseOf(cfg *config.Config, licenses []string) LicenseClass {
	var webexCalling, unifiedCM bool
	for _, name := range licenses {
		if i, ok := cfg.License(name); ok {
			webexCalling = webexCalling || cfg.Licenses[i].Service == config.WebexCalling
			unifiedCM = unifiedCM || cfg.Licenses[i].Service == config.UnifiedCM
		}
	}
	return ClassOf(webexCalling, unifiedCM)
}

// ClassOf returns the class of somebody who is licensed for these services.
func ClassOf(webexCalling, unifiedCM bool) LicenseClass {
	switch {
	case webexCalling && unifiedCM:
		return Migrating
	case unifiedCM:
		return UnifiedCM
	case webexCalling:
		return WebexCalling
	}
	return None
}

// TemplateOf returns the template that wins in these groups: the one with the
// smallest rank, which is the first, as templates are sorted by rank. -1: none.
func TemplateOf(cfg *config.Config, groups []int32) int32 {
	winner := int32(-1)
	for _, g := range groups {
		if t := cfg.Groups[g].Template; t >= 0 && (winner < 0 || t < winner) {
			winner = t
		}
	}
	return winner
}

// Resolve returns what applies to anybody with these inputs.
func Resolve(cfg *config.Config, in Inputs) Effective {
	s := StackOf(cfg, in)
	return s.Effective()
}
