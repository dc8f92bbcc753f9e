package yaml

import (
	"testing"

	"callpolicy/compiler/diag"
)

// TestInvisible: characters that change what a reader sees are told at their
// place, and those that belong to a text in quotes are not.
func TestInvisible(t *testing.T) {
	for text, places := range map[string][]int{
		"a: b # \u202ec\n":       {8},
		"a: \"\u2066b\u2069\"\n": {5, 9},
		"a: [b, c\u200fd]\n":     {9},
		"a: b\u2028c: d\n":       {5},
		"a: b # c\u2029d: e\n":   {9},
		"a: b\u0085\n":           {5},
		"a: \"b\u0085c\"\n":      {6},
		"a: \"b\u2028c\"\n":      nil,
		"a: ['b\u2029c']\n":      nil,
		"a: \"b \u2028c\"\n":     {7},
		"a: é – “b”\n":           nil,
	} {
		_, diags := Parse("f.yaml", []byte(text))
		var got []int
		for _, d := range diags {
			if d.ID == diag.LoadInvisibleCharacter {
				got = append(got, d.Subject.Start.Column)
			}
		}
		if len(got) != len(places) {
			t.Errorf("%q: %v", text, diags)
			continue
		}
		for i, at := range got {
			if at != places[i] {
				t.Errorf("%q: it is told at %d, want %d", text, at, places[i])
			}
		}
	}
}
