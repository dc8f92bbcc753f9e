package rules_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"callpolicy/compiler/resolve"
	"callpolicy/compiler/rules"
)

// twelve are rules as organizations write them, of which CUE must match two.
func twelve() string {
	var b strings.Builder
	b.WriteString("package house\n\nimport \"strings\"\n\n_short: strings.MaxRunes(9)\n")
	for i, r := range []string{
		`when: attributes: department: "Finance", require: effective: callingBehavior: app: value: !="thirdParty"`,
		`when: attributes: department: "Zorg", forbid: effective: inCall: screenSharing: value: true`,
		`when: licenseClass: "webexCalling", require: licenses: webexCalling: _`,
		`when: groups: g1: _, require: effective: inCall: screenSharing: value: bool`,
		`when: {template: rank: <3}, forbid: overrides: inCall: videoOnMobile: true`,
		`forbid: setting: {kind: "callingBehavior", value: app: "thirdParty"}`,
		`when: attributes: site: "s7", require: effective: callingBehavior: service: "unifiedCM" | "webexCalling" | "none"`,
		`require: attributes: {department: string, site: string}`,
		`forbid: {licenses: unifiedCM: _, groups: g2: template: "nothing"}`,
		`when: migration: _, require: attributes: wave: string`,
		`require: attributes: department: _short`,
		`when: attributes: site: =~"^s1", require: {D=attributes: department: _, if D == "IT" {effective: callingBehavior: app: value: !="thirdParty"}}`,
	} {
		fmt.Fprintf(&b, "rules: \"house.r%d\": {title: \"Rule\", severity: \"error\", %s}\n", i, r)
	}
	return b.String()
}

// BenchmarkCheck checks 100,000 users, with the built-in rules alone and with
// twelve of one's own. Loading and resolving
// them are beside it for comparison.
func BenchmarkCheck(b *testing.B) {
	cfg, found := loaded(b, "classic", scattered(100_000, true))
	result := resolve.Users(cfg)
	at := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	run := func(own *rules.Guardrails) func(b *testing.B) {
		return func(b *testing.B) {
			for b.Loop() {
				list, stats, err := rules.Check(b.Context(), rules.Input{Config: cfg, Result: result, At: at, Guardrails: own, Found: found})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(list)), "found")
				b.ReportMetric(float64(len(result.Classes)), "classes")
				b.ReportMetric(float64(stats.Kinds), "kinds")
				b.ReportMetric(float64(stats.Evaluations), "asked")
				b.ReportMetric(float64(stats.CUE), "CUE")
			}
		}
	}
	b.Run("built-in", run(nil))
	own := compile(b, map[string]string{"guardrails/house.cue": twelve()})
	if len(own.diags) > 0 {
		b.Fatal(own.diags)
	}
	b.Run("twelve", run(own.get()))
	b.Run("load", func(b *testing.B) {
		files := scattered(100_000, true)
		for b.Loop() {
			loaded(b, "classic", files)
		}
	})
	b.Run("resolve", func(b *testing.B) {
		for b.Loop() {
			resolve.Users(cfg)
		}
	})
}

// BenchmarkCompile compiles twelve rules.
func BenchmarkCompile(b *testing.B) {
	files := map[string]string{"guardrails/house.cue": twelve()}
	for b.Loop() {
		compile(b, files)
	}
}
