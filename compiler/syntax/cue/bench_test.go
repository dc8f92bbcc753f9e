package cue

import (
	"fmt"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"

	"callpolicy/compiler/confine"
)

// generated is an organization whose people come out of a comprehension.
const generated = `
package policies

import "list"

#User: {
	licenses: [...string]
	groups?: [...string]
	inCall?: {[string]: bool}
	attributes?: {[string]: string}
}
#defaults: video: false
users: [string]: #User
users: {
	for i in list.Range(0, 10_000, 1) {
		"u\(i)@voorbeeld.example": {
			licenses: ["webexCalling"]
			groups: ["reception"]
			inCall: {screenSharing: false, videoOnMobile: #defaults.video}
			attributes: {department: "Zorg", site: "site-\(mod(i, 40))"}
		}
	}
}
`

func BenchmarkCUEGenerated(b *testing.B) {
	req := oneFile("policies/users.cue", generated)
	for _, bench := range []struct {
		name string
		e    Evaluator
	}{{"process", InProcess()}, {"child", InChild(confine.New(childCommand(b), confine.Limits{}))}} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				trees, diags := evaluate(b, bench.e, req)
				if users, _ := trees[0].Root.Get("users"); users.Len() != 10_000 || len(diags) > 0 {
					b.Fatal(users.Len(), diags)
				}
			}
		})
	}
	// What CUE by itself takes to say the same, without a single place.
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			v := cuecontext.New().CompileString(generated)
			if err := v.Validate(cue.Concrete(true)); err != nil {
				b.Fatal(err)
			}
			if _, err := v.MarshalJSON(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCUEData(b *testing.B) {
	var text strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&text, "users: \"u%d@voorbeeld.example\": {licenses: [\"webexCalling\"], groups: [\"reception\"], inCall: screenSharing: false}\n", i)
	}
	req := oneFile("policies/users.cue", text.String())
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if trees, diags := evaluate(b, InProcess(), req); len(trees) != 1 || len(diags) > 0 {
			b.Fatal(diags)
		}
	}
}
