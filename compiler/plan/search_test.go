package plan

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config/load"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/syntax/cue"
)

// TestManyEdits has somebody leave thirty groups at once, every second of
// which had a template that turned video off.
func TestManyEdits(t *testing.T) {
	m := leaver(t, 30, func(i int) bool { return i%2 == 0 })
	got, how, _ := m.causes(t.Context(), "inCall.videoOnMobile", false, leastQuestions)
	var want []int
	for i, bit := range m.mine { // groups in the order of their names: g00, g01
		if i%2 == 0 {
			want = append(want, bit)
		}
	}
	if how != complete || !slices.Equal(got, want) {
		t.Errorf("got %v, outcome %d, want %v", got, how, want)
	}
}

// TestSearchIsBounded ends a search early. What it gives then restores the
// value still, or is made of the smallest sets that do, or is nothing, which is
// said.
func TestSearchIsBounded(t *testing.T) {
	m := leaver(t, 30, func(i int) bool { return i%2 == 0 })
	for questions, want := range map[int]struct {
		how  outcome
		sets int
	}{1: {exhausted, 0}, 33: {partial, 1}, 36: {partial, 1}, 40: {partial, 2}, 1000: {complete, 15}} {
		got, how, _ := m.causes(t.Context(), "inCall.videoOnMobile", false, questions)
		if how != want.how || len(got) != want.sets || how != exhausted && m.value("inCall.videoOnMobile", m.trial(got[0])) != false {
			t.Errorf("with %d questions the outcome is %d, and the causes are %v", questions, how, got)
		}
	}
}

// TestNothingRestores has no causes where the files do not give the value before.
func TestNothingRestores(t *testing.T) {
	m := leaver(t, 3, func(int) bool { return false })
	if got, _, _ := m.causes(t.Context(), "inCall.videoOnMobile", false, leastQuestions); got != nil {
		t.Errorf("got %v", got)
	}
}

// leaver is somebody who was in n groups, each with a template, the best rank
// first, and is in none now. off says whose template turned video off.
func leaver(t *testing.T, n int, off func(i int) bool) *mix {
	t.Helper()
	var shared, groups strings.Builder
	shared.WriteString("templates:\n")
	for i := range n {
		fmt.Fprintf(&shared, "  t%02d: { rank: %d, inCall: { videoOnMobile: %v } }\n", i, i+1, !off(i))
	}
	shared.WriteString("groups:\n")
	for i := range n {
		fmt.Fprintf(&shared, "  g%02d: { template: t%02d }\n", i, i)
		fmt.Fprintf(&groups, "g%02d, ", i)
	}
	side := func(groups string) *resolve.Result {
		cfg, diags, err := load.Load(context.Background(), load.Request{
			FS: fstest.MapFS{
				"callpolicy.yaml":      {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\n")},
				"policies/shared.yaml": {Data: []byte(shared.String())},
				"policies/users.yaml":  {Data: []byte("users: { u@t.example: { groups: [" + groups + "] } }\n")},
			},
			Dir: ".", CUE: cue.InProcess(),
		})
		if err != nil || diags.HasErrors() {
			t.Fatal(err, diags)
		}
		return resolve.Users(cfg)
	}
	return newMix(newAttribution(side(groups.String()), side("")), 0, 0)
}
