package runbook_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config/load"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/runbook"
	"callpolicy/compiler/syntax/cue"
)

// BenchmarkBuild makes the runbook of an organization value, a rank and an
// assignment among 20,000 people in many combinations of groups.
func BenchmarkBuild(b *testing.B) {
	state := func(org string, rank int, template string) *resolve.Result {
		var s strings.Builder
		fmt.Fprintf(&s, "org: { inCall: { videoOnMobile: %s } }\ntemplates:\n", org)
		for i := range 20 {
			r := 10 * (i + 1)
			if i == 7 {
				r = rank
			}
			fmt.Fprintf(&s, "  t%d: { rank: %d, inCall: { screenSharing: %t, videoOnDesktop: %t } }\n", i, r, i%2 == 0, i%3 == 0)
		}
		s.WriteString("groups:\n")
		for i := range 40 {
			t := fmt.Sprintf("t%d", i%20)
			if i == 3 {
				t = template
			}
			fmt.Fprintf(&s, "  g%d: { template: %s }\n", i, t)
		}
		s.WriteString("users:\n")
		for i := range 20_000 {
			fmt.Fprintf(&s, "  u%05d@x.example: { licenses: [webexCalling], groups: [g%d, g%d] }\n", i, i%40, (i/40)%39)
		}
		cfg, diags, err := load.Load(b.Context(), load.Request{CUE: cue.InProcess(), Dir: ".", FS: fstest.MapFS{
			"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\n")},
			"policies/p.yaml": {Data: []byte(s.String())},
		}})
		if err != nil || diags.HasErrors() {
			b.Fatal(err, diags)
		}
		return resolve.Users(cfg)
	}
	base, head := state("true", 80, "t3"), state("false", 5, "t9")
	for b.Loop() {
		if book := runbook.Build(runbook.Input{Base: base, Head: head}); len(book.Steps) != 3 {
			b.Fatalf("%d steps", len(book.Steps))
		}
	}
}
