// Package persona compares what comes out for made-up people with what their
// authors expect, and says what none of them exercises.
//
// It reads no files and asks no rules: who the personas are and which rules
// they break is handed in.
package persona

import (
	"fmt"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/resolve"
)

// FormatVersion is the version of the JSON form of a [Report].
const FormatVersion = "1.0"

// Report is what came out for all personas.
type Report struct {
	FormatVersion string   `json:"formatVersion"`
	Passed        int      `json:"passed"`
	Failed        int      `json:"failed"`
	Tests         []Test   `json:"tests"` // in the order of their files
	Idle          []string `json:"idle"`  // what no persona exercises: templates, settings and license classes, as policy paths
}

// Test is one persona.
type Test struct {
	Name     string     `json:"name"`
	At       diag.Range `json:"at"`
	Failures []Failure  `json:"failures"`
}

// Failure is a value that is not what was expected.
type Failure struct {
	Field    string     `json:"field"` // inCall.screenSharing, callingBehavior.app, template, rules
	Expected string     `json:"expected"`
	Got      string     `json:"got"`
	At       diag.Range `json:"at"`
}

// Subject is a persona with what came out.
type Subject struct {
	config.Persona
	Class  *resolve.Class
	Broken diag.List // of the rules that concern users
}

// Compare compares what came out with what was expected.
func Compare(cfg *config.Config, subjects []Subject) *Report {
	r := &Report{FormatVersion: FormatVersion, Tests: make([]Test, len(subjects)), Idle: idle(cfg, subjects)}
	for i := range subjects {
		t := Test{Name: subjects[i].Name, At: subjects[i].At, Failures: []Failure{}}
		t.check(cfg, &subjects[i])
		if len(t.Failures) > 0 {
			r.Failed++
		} else {
			r.Passed++
		}
		r.Tests[i] = t
	}
	return r
}

func (t *Test) check(cfg *config.Config, s *Subject) {
	want := &s.Expect
	t.compare("licenseClass", want.LicenseClass, s.Class.Inputs.License.String())
	t.compare("template", want.Template, templateName(cfg, s.Class))
	t.behavior("callingBehavior", want.Calling, &s.Class.Calling)
	t.behavior("pendingCallingBehavior", want.Pending, s.Class.Pending)
	for _, e := range want.InCall {
		got := "not in this edition"
		for _, toggle := range s.Class.InCall {
			if "inCall."+toggle.Name == e.Field {
				got = fmt.Sprint(toggle.On)
			}
		}
		t.compare(e.Field, e, got)
	}
	t.rules(s)
}

// compare notes a value that is expected and is not there.
func (t *Test) compare(field string, e config.Expected, got string) {
	if e.Field != "" && e.Value != got {
		t.Failures = append(t.Failures, Failure{field, e.Value, got, e.At})
	}
}

const nothing = "none"

func templateName(cfg *config.Config, c *resolve.Class) string {
	if c.Template < 0 {
		return nothing
	}
	return cfg.Templates[c.Template].Name
}

func (t *Test) behavior(name string, want []config.Expected, b *resolve.Behavior) {
	for _, e := range want {
		got := nothing
		switch {
		case b == nil:
		case e.Field == "app":
			got = b.App
		case e.Field == "level":
			got = b.AppFrom.Level.String()
		case e.Field == "ucManagerProfile" && b.Profile != "":
			got = b.Profile
		case e.Field == "domain" && b.HasProfile && b.Profile == "":
			got = "email"
		}
		t.compare(name+"."+e.Field, e, got)
	}
}

// rules compares the rules that are broken with those that should be. A warning
// may be broken unsaid; an error may not.
func (t *Test) rules(s *Subject) {
	var broken, wanted []string
	for _, d := range s.Broken {
		broken = append(broken, d.ID.String())
	}
	for _, e := range s.Expect.Rules {
		wanted = append(wanted, e.Value)
		if !slices.Contains(broken, e.Value) {
			t.Failures = append(t.Failures, Failure{"rules", e.Value, "not broken", e.At})
		}
	}
	for _, d := range s.Broken {
		if d.Severity == diag.Error && !slices.Contains(wanted, d.ID.String()) {
			t.Failures = append(t.Failures, Failure{"rules", "not broken", d.ID.String() + ": " + d.Summary, s.At})
		}
	}
}

// idle lists what no persona exercises: a template that wins for none, a setting
// of the organization or of a template that none gets, a license class that none has.
func idle(cfg *config.Config, subjects []Subject) []string {
	seen := map[string]bool{}
	for i := range subjects {
		c := subjects[i].Class
		seen["licenseClass."+c.Inputs.License.String()] = true
		if c.Template >= 0 {
			seen[path("templates", cfg.Templates[c.Template].Name)] = true
		}
		for _, t := range c.InCall {
			seen[written(t.From, "inCall."+t.Name)] = true
		}
		for _, b := range []*resolve.Behavior{&c.Calling, c.Pending} {
			if b != nil {
				seen[written(b.AppFrom, "callingBehavior."+b.Service.String())] = true
				seen[written(b.ProfileFrom, "callingBehavior."+b.Service.String())] = true
			}
		}
	}
	out := []string{}
	note := func(p string) {
		if !seen[p] {
			out = append(out, p)
		}
	}
	settings := func(base string, s *config.Settings) {
		for _, service := range config.Services {
			if !s.For(service).IsZero() {
				note(base + ".callingBehavior." + service.String())
			}
		}
		for i, name := range cfg.Toggles {
			if _, set := s.InCall.Get(i); set {
				note(base + ".inCall." + name)
			}
		}
	}
	for class := resolve.None; class <= resolve.Migrating; class++ {
		note("licenseClass." + class.String())
	}
	settings("org", &cfg.Org.Settings)
	for i := range cfg.Templates {
		name := path("templates", cfg.Templates[i].Name)
		if !seen[name] {
			out = append(out, name)
			continue
		}
		settings(name, &cfg.Templates[i].Settings)
	}
	return out
}

func path(names ...string) string { return config.Path(names).String() }

// written is the path at which an effective value is written.
func written(from resolve.Source, setting string) string {
	switch from.Level {
	case resolve.Org:
		return "org." + setting
	case resolve.Template:
		return path("templates", from.Template) + "." + setting
	case resolve.Default, resolve.User:
	}
	return strings.ToLower(from.Level.String())
}
