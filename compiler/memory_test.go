package compiler_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/fstest"

	"callpolicy/compiler"
	"callpolicy/compiler/config/load"
)

// TestMemory compiles one state after the other with a memory in common: files
// come, go and change, some people are twice there, and each time it is as if
// the state were the first.
func TestMemory(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	fsys := fstest.MapFS{
		"callpolicy.yaml":      file("apiVersion: callpolicy/v1\nedition: classic\n"),
		"policies/groups.yaml": file("templates:\n  t: { rank: 1, inCall: { videoOnMobile: false } }\ngroups:\n  g: { template: t, where: { site: north } }\n  h: {}\n"),
	}
	memory := new(load.Memory)
	faulty := 0
	for round := range 60 {
		for range 1 + r.IntN(3) {
			n := r.IntN(8)
			name := fmt.Sprintf("policies/%d.yaml", n)
			if r.IntN(3) == 0 {
				delete(fsys, name)
				continue
			}
			users := "users:\n"
			for i := range r.IntN(12) {
				whose := n
				if r.IntN(100) == 0 {
					whose = r.IntN(8) // who may be there already
				}
				users += fmt.Sprintf("  p%02d.%d@company.example: { licenses: [webexCalling], groups: [%s], attributes: { site: %s } }\n",
					i, whose, []string{"", "h", "gone"}[r.IntN(40)/19], []string{"north", "south"}[r.IntN(2)])
			}
			fsys[name] = file(users)
		}
		if r.IntN(4) == 0 {
			fsys["policies/groups.yaml"] = file(fmt.Sprintf("groups:\n  a%d: {}\n  g: { where: { site: %s } }\n  h: {}\n", r.IntN(3), []string{"north", "south"}[r.IntN(2)]))
		}
		var outs [2][]byte
		for i, opts := range [][]compiler.Option{{}, {compiler.Memory(memory)}} {
			c, diags, err := compiler.Compile(t.Context(), fsys, ".", append(opts, compiler.At(day))...)
			if err != nil {
				t.Fatal(err)
			}
			if diags.HasErrors() {
				faulty++
			}
			outs[i] = everything(t, c, diags)
		}
		if !bytes.Equal(outs[0], outs[1]) {
			t.Fatalf("round %d: with a memory something else comes out", round)
		}
	}
	if faulty == 0 || faulty == 120 {
		t.Errorf("%d of 120 compilations found errors: that shows little", faulty)
	}
}
