package rules_test

import (
	"maps"
	"testing"
	"testing/fstest"
	"time"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/rules"
	"callpolicy/compiler/syntax/cue"
)

// day is the day on which tests take place, unless they say another.
const day = "2026-09-01"

// load loads a policy repository. The project file is there by itself.
func loaded(t testing.TB, edition string, files map[string]string) (*config.Config, diag.List) {
	t.Helper()
	fs := fstest.MapFS{"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: " + edition + "\n")}}
	for name, data := range files {
		fs[name] = &fstest.MapFile{Data: []byte(data)}
	}
	cfg, diags, err := load.Load(t.Context(), load.Request{FS: fs, Dir: ".", CUE: cue.InProcess()})
	if err != nil {
		t.Fatal(err)
	}
	return cfg, diags
}

// check checks a policy repository as the compiler does: it returns what
// loading and rules found.
func check(t testing.TB, edition, at string, files map[string]string) (diag.List, rules.Stats) {
	t.Helper()
	own := compile(t, files)
	files = maps.Clone(files)
	maps.DeleteFunc(files, func(name, _ string) bool { return isGuardrail(name) })
	cfg, diags := loaded(t, edition, files)
	if cfg == nil {
		return diags, rules.Stats{}
	}
	if own != nil {
		diags = append(diags, own.diags...)
	}
	more, stats := checkConfig(t, cfg, at, own.get(), diags)
	severities, _, err := rules.Choose(cfg, own.get())
	if err != nil {
		t.Fatal(err)
	}
	return append(severities.Adjust(diags), more...).Sorted(), stats
}

func checkConfig(t testing.TB, cfg *config.Config, at string, own *rules.Guardrails, found diag.List) (diag.List, rules.Stats) {
	t.Helper()
	if at == "" {
		at = day
	}
	today, err := time.Parse(time.DateOnly, at)
	if err != nil {
		t.Fatal(err)
	}
	diags, stats, err := rules.Check(t.Context(), rules.Input{
		Config: cfg, Result: resolve.Users(cfg), At: today, Guardrails: own, Found: found,
	})
	if err != nil {
		t.Fatal(err)
	}
	return diags, stats
}

// compiled are guardrails, and what is wrong with them.
type compiled struct {
	own   *rules.Guardrails
	diags diag.List
}

func (c *compiled) get() *rules.Guardrails {
	if c == nil {
		return nil
	}
	return c.own
}

func isGuardrail(name string) bool { return len(name) > 11 && name[:11] == "guardrails/" }

// compile compiles the files in guardrails/.
func compile(t testing.TB, files map[string]string) *compiled {
	t.Helper()
	var sources []rules.Source
	for name, data := range files {
		if isGuardrail(name) {
			sources = append(sources, rules.Source{File: name, Data: []byte(data)})
		}
	}
	if sources == nil {
		return nil
	}
	own, diags, err := rules.Compile(t.Context(), sources)
	if err != nil {
		t.Fatal(err)
	}
	return &compiled{own, diags}
}
