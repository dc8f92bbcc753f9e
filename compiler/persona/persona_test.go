package persona_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config/load"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/persona"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/syntax/cue"
)

const policy = `ucManagerProfiles: { ams: {} }
org:
  callingBehavior:
    webexCalling: { app: webexCallingApp }
    unifiedCM: { app: webex, ucManagerProfile: ams }
  inCall: { videoOnMobile: false, screenSharing: true }
templates:
  desk: { rank: 10, inCall: { videoOnMobile: true } }
  loan: { rank: 20, inCall: { screenSharing: false } }
groups:
  desks: { template: desk }
`

// report loads persona tests and compares what comes out, as if each broke these rules.
func report(t *testing.T, personas string, broken ...*diag.Diagnostic) *persona.Report {
	t.Helper()
	fsys := fstest.MapFS{
		"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\n")},
		"policies/a.yaml": {Data: []byte(policy)},
		"tests/a.yaml":    {Data: []byte(personas)},
	}
	cfg, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	all, diags, err := load.Personas(cfg)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	subjects := make([]persona.Subject, len(all))
	for i, p := range all {
		subjects[i] = persona.Subject{Persona: p, Class: resolve.Users(cfg.With(p.User)).Class(0), Broken: broken}
	}
	return persona.Compare(cfg, subjects)
}

// TestExpectations writes one expectation after another of the same persona.
func TestExpectations(t *testing.T) {
	const (
		wx        = "licenses: [webexCalling], groups: [desks]"
		ucm       = "licenses: [unifiedCM]"
		migrating = "licenses: [webexCalling, unifiedCM], migration: {}"
	)
	for _, c := range []struct{ who, expect, want string }{
		{wx, "", ""},
		{wx, "licenseClass: webexCalling", ""},
		{wx, "licenseClass: none", "licenseClass: none, not webexCalling"},
		{wx, "template: desk", ""},
		{wx, "template: none", "template: none, not desk"},
		{ucm, "template: none", ""},
		{ucm, "template: desk", "template: desk, not none"},
		{wx, "callingBehavior: { app: webexCallingApp, level: org }", ""},
		{wx, "callingBehavior: { app: webex }", "callingBehavior.app: webex, not webexCallingApp"},
		{wx + ", callingBehavior: { webexCalling: { app: webex } }", "callingBehavior: { app: webex, level: org }", "callingBehavior.level: org, not user"},
		{ucm, "callingBehavior: { ucManagerProfile: ams }", ""},
		{ucm, "callingBehavior: { domain: email }", "callingBehavior.domain: email, not none"},
		{ucm + ", callingBehavior: { unifiedCM: { app: webex, domain: email } }", "callingBehavior: { domain: email }", ""},
		{ucm + ", callingBehavior: { unifiedCM: { app: jabber } }", "callingBehavior: { ucManagerProfile: ams }", "callingBehavior.ucManagerProfile: ams, not none"},
		{migrating, "callingBehavior: { app: webex }, pendingCallingBehavior: { app: webexCallingApp }", ""},
		{migrating, "pendingCallingBehavior: { app: webex }", "pendingCallingBehavior.app: webex, not webexCallingApp"},
		{wx, "pendingCallingBehavior: { app: webex }", "pendingCallingBehavior.app: webex, not none"},
		{wx, "inCall: { videoOnMobile: true, screenSharing: true, videoOnDesktop: true }", ""},
		{wx, "inCall: { videoOnMobile: false }", "inCall.videoOnMobile: false, not true"},
		{wx, "inCall: { giveControl: true }", "inCall.giveControl: true, not not in this edition"},
	} {
		r := report(t, "personas: { somebody: { "+c.who+", expect: { "+c.expect+" } } }\n")
		if got := failures(r); got != c.want {
			t.Errorf("{ %s } expects { %s }: %q, want %q", c.who, c.expect, got, c.want)
		}
		if failed := c.want != ""; r.Passed+r.Failed != 1 || (r.Failed == 1) != failed {
			t.Errorf("{ %s }: %d passed, %d failed", c.expect, r.Passed, r.Failed)
		}
	}
}

func failures(r *persona.Report) string {
	var out []string
	for _, test := range r.Tests {
		for _, f := range test.Failures {
			out = append(out, fmt.Sprintf("%s: %s, not %s", f.Field, f.Expected, f.Got))
		}
	}
	return strings.Join(out, "; ")
}

// TestBrokenRules: an error must be expected, a warning may be.
func TestBrokenRules(t *testing.T) {
	at := diag.Range{File: "policies/a.yaml", Start: diag.Pos{Line: 1, Column: 1}}
	wrong, warned := diag.New(diag.LockFixed, at, "locked"), diag.New(diag.LintTelLoop, at, "loops")
	for _, c := range []struct {
		expect, want string
		broken       []*diag.Diagnostic
	}{
		{"", "", nil},
		{"", "", []*diag.Diagnostic{warned}},
		{"", "rules: not broken, not lock.fixed: locked", []*diag.Diagnostic{wrong, warned}},
		{"rules: []", "rules: not broken, not lock.fixed: locked", []*diag.Diagnostic{wrong}},
		{"rules: [lock.fixed]", "", []*diag.Diagnostic{wrong, warned}},
		{"rules: [lock.fixed]", "rules: lock.fixed, not not broken", []*diag.Diagnostic{warned}},
		{"rules: [lint.tel-loop]", "", []*diag.Diagnostic{warned}},
		{"rules: [lint.tel-loop]", "rules: lint.tel-loop, not not broken; rules: not broken, not lock.fixed: locked", []*diag.Diagnostic{wrong}},
	} {
		r := report(t, "personas: { somebody: { expect: { "+c.expect+" } } }\n", c.broken...)
		if got := failures(r); got != c.want {
			t.Errorf("{ %s } with %v: %q, want %q", c.expect, c.broken, got, c.want)
		}
	}
}

// TestIdle: a setting is exercised by a persona who gets it, and not by one for
// whom something else wins.
func TestIdle(t *testing.T) {
	for _, c := range []struct{ personas, idle string }{
		{
			"personas: {}\n", "licenseClass.none licenseClass.webexCalling licenseClass.unifiedCM licenseClass.migrating " +
				"org.callingBehavior.webexCalling org.callingBehavior.unifiedCM org.inCall.screenSharing org.inCall.videoOnMobile templates.desk templates.loan",
		},
		{
			"personas: { a: { licenses: [webexCalling], groups: [desks], expect: {} } }\n", "licenseClass.none licenseClass.unifiedCM licenseClass.migrating " +
				"org.callingBehavior.unifiedCM org.inCall.videoOnMobile templates.loan",
		},
		{
			"personas: { a: { licenses: [webexCalling, unifiedCM], migration: {}, groups: [desks], inCall: { videoOnMobile: false }, expect: {} } }\n",
			"licenseClass.none licenseClass.webexCalling licenseClass.unifiedCM org.inCall.videoOnMobile templates.desk.inCall.videoOnMobile templates.loan",
		},
	} {
		if got := strings.Join(report(t, c.personas).Idle, " "); got != c.idle {
			t.Errorf("%s: got %s, want %s", c.personas, got, c.idle)
		}
	}
}
