package schema

import (
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestIndexIsDerived derives every schema anew: the index that the program holds is that
// of its CUE files. "make generate" writes it.
func TestIndexIsDerived(t *testing.T) {
	all, outlines, err := Derive()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(outlines, Outlines()) {
		t.Errorf("the editions are %v, and the index says %v: run make generate", outlines, Outlines())
	}
	for _, derived := range all {
		edition := derived.Edition.Name
		loaded, err := Load(edition)
		if err != nil {
			t.Fatal(err)
		}
		have, err1 := json.Marshal(loaded)
		want, err2 := json.Marshal(derived)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		var compile func(t *Type)
		compile = func(ty *Type) {
			if ty == nil {
				return
			}
			for _, p := range []*Pattern{ty.Key, ty.Pattern} {
				if p != nil {
					p.compiled()
				}
			}
			for _, f := range ty.Fields {
				compile(f.Type)
			}
			compile(ty.Elem)
			for _, alt := range ty.Alts {
				compile(alt)
			}
		}
		compile(loaded.Policy)
		compile(loaded.Project)
		compile(loaded.Personas)
		if string(have) != string(want) {
			t.Errorf("the index of %s is not what its schema says: run make generate", edition)
		}
	}
}

// TestPlain compares what is said of plain text without a regular expression
// with what the expression says.
func TestPlain(t *testing.T) {
	classic, err := Load("classic")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	var gather func(ty *Type)
	gather = func(ty *Type) {
		if ty == nil {
			return
		}
		for _, p := range []*Pattern{ty.Key, ty.Pattern} {
			if p != nil {
				used[p.text] = true
			}
		}
		for _, f := range ty.Fields {
			gather(f.Type)
		}
		gather(ty.Elem)
		for _, alt := range ty.Alts {
			gather(alt)
		}
	}
	gather(classic.Policy)
	texts := []string{
		"", "@", "a@", "@b", "a@b", "a@b@c", "a b", " ", "a\tb", "a\x7f", "a\u00a0@b", "\u00fc@b", "a@b\n",
		strings.Repeat("a", 64) + "@b", strings.Repeat("a", 65) + "@b", "a@" + strings.Repeat("b", 253), "a@" + strings.Repeat("b", 254),
		strings.Repeat("a", 256), strings.Repeat("a", 257), strings.Repeat("\u00fc", 256),
	}
	r := rand.New(rand.NewPCG(3, 4))
	const letters = "@@ab.-\x00\x1f !~\x7f\xc3\xbc\n"
	for range 5000 {
		b := make([]byte, r.IntN(9))
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		texts = append(texts, string(b))
	}
	for pattern := range plain {
		if !used[pattern] {
			t.Errorf("no schema has the pattern %s any more", pattern)
		}
		whole, ours := regexp.MustCompile(pattern), newPattern("", pattern)
		for _, text := range texts {
			if got, want := ours.MatchString(text), whole.MatchString(text); got != want {
				t.Errorf("%s: of %q is said %t, and %t is right", pattern, text, got, want)
			}
		}
	}
}
