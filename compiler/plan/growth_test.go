package plan

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config/load"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/syntax/cue"
)

// TestSearchGrowsWithTheEdits has ever more edits meet in one person, and counts
// the questions that finding every cause takes, and those after what is without
// effect. Ten times as many edits may take little more than ten times as many.
func TestSearchGrowsWithTheEdits(t *testing.T) {
	own := func(on func(i int) bool) func(n int) (string, string) { // a template for each group
		return func(n int) (string, string) {
			var templates, groups strings.Builder
			for i := range n {
				fmt.Fprintf(&templates, "  t%d: { rank: %d, inCall: { videoOnMobile: %v } }\n", i, i+1, on(i))
				fmt.Fprintf(&groups, "  g%d: { template: t%d", i, i)
				groups.WriteString("%s }\n")
			}
			return templates.String(), groups.String()
		}
	}
	third := func(i int) bool { return i%3 == 0 }
	always := func(int) bool { return true }
	shared := func(n int) (string, string) { // one template for all groups
		return "  t: { rank: 1, inCall: { videoOnMobile: false, screenSharing: false } }\n",
			strings.Join(numbered("  g%d: { template: t", "%s }\n", n), "")
	}
	for name, test := range map[string]struct {
		policies      func(n int) (templates, groups string)
		before, after bool // whether the person is in the groups
		want          outcome
	}{
		"joins groups of one template":             {shared, false, true, complete},
		"leaves groups of one template":            {shared, true, false, complete},
		"joins groups with templates of their own": {own(third), false, true, complete},
		"leaves groups with templates":             {own(third), true, false, complete},
		"joins groups to no effect":                {own(always), false, true, complete},
		"leaves groups to no effect":               {own(always), true, false, complete},
	} {
		t.Run(name, func(t *testing.T) {
			var last float64
			for _, n := range []int{30, 300, 3000} {
				templates, groups := test.policies(n)
				person := func(in bool) *resolve.Result {
					members := ""
					if in {
						members = ", members: [u@t.example]"
					}
					return resolved(t, "templates:\n"+templates+"groups:\n"+strings.ReplaceAll(groups, "%s", members)+
						"users: { u@t.example: { licenses: [webexCalling] } }\n")
				}
				m := newMix(newAttribution(person(test.before), person(test.after)), 0, 0)
				if len(m.edits) < n {
					t.Fatalf("%d edits of %d", len(m.edits), n)
				}
				questions := 0
				for _, setting := range []string{"inCall.videoOnMobile", "inCall.screenSharing"} {
					bits, how, asked := m.causes(t.Context(), setting, m.value(setting, m.trial(m.everything()...)), planQuestions/changeShare)
					if how != test.want {
						t.Errorf("%d edits: outcome %d, causes %v", n, how, bits)
					}
					questions += asked
				}
				s := &situation{mix: m}
				for bit := range m.edits {
					s.without(bit)
				}
				questions += s.present().trial.reads
				if count := float64(questions); last > 0 && count > 10*last*math.Log2(float64(n))/math.Log2(float64(n)/10) {
					t.Errorf("%d edits take %.0f questions, and a tenth of them %.0f", n, count, last)
				}
				last = float64(questions)
			}
		})
	}
}

// TestSearchEnds has edits meet that can be undone in more ways than could be
// tried: every group also gets its template in the change. The search says that
// it did not find everything, and what a plan may ask in all is bounded.
func TestSearchEnds(t *testing.T) {
	policies := func(template, members string) *resolve.Result {
		return resolved(t, "templates:\n  t: { rank: 1, inCall: { videoOnMobile: false } }\n  s: { rank: 2 }\ngroups:\n"+
			strings.Join(numbered("  g%d: { ", "template: "+template+", members: ["+members+"] }\n", 60), "")+
			"users: { u@t.example: { licenses: [webexCalling] } }\n")
	}
	why := newAttribution(policies("s", ""), policies("t", "u@t.example"))
	search := searching{ctx: t.Context(), left: planQuestions}
	partly := 0
	for range 500 {
		bits := search.causes(newMix(why, 0, 0), settingDiff{"inCall.videoOnMobile", true, false})
		if len(bits) > 0 {
			partly++
		}
	}
	if search.partly != partly || search.partly+search.unknown != 500 || partly == 0 {
		t.Errorf("%d with some causes (%d were returned), %d with none", search.partly, partly, search.unknown)
	}
	if len(search.notes()) == 0 {
		t.Error("nothing is said")
	}
	if spent := planQuestions - search.left; spent > planQuestions+500*8*leastQuestions {
		t.Errorf("%d questions", spent)
	}
}

// TestSearchObeys ends a search when its context ends.
func TestSearchObeys(t *testing.T) {
	m := leaver(t, 30, func(i int) bool { return i%2 == 0 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, how, _ := m.causes(ctx, "inCall.videoOnMobile", false, planQuestions); how == complete {
		t.Error("the search went on to its end")
	}
}

// numbered returns lines that differ by a number.
func numbered(before, after string, n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(before, i) + after
	}
	return lines
}

// resolved resolves one policy file.
func resolved(t *testing.T, policies string) *resolve.Result {
	t.Helper()
	cfg, diags, err := load.Load(context.Background(), load.Request{
		FS: fstest.MapFS{
			"callpolicy.yaml":        {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\n")},
			"policies/policies.yaml": {Data: []byte(policies)},
		},
		Dir: ".", CUE: cue.InProcess(),
	})
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	return resolve.Users(cfg)
}
