package near_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"callpolicy/compiler/near"
)

func TestOne(t *testing.T) {
	names := []string{"rank", "inCall", "videoOnMobile", "videoOnDesktop", "amsterdam", "amsterdam", "group-1", "group-2", "id", "zürich"}
	for word, want := range map[string]string{
		"rnk": "rank", "rnak": "rank", "Rank": "rank", "incall": "inCall", "in_call": "inCall",
		"videoOnMobil": "videoOnMobile", "video_on_mobile": "videoOnMobile", "videoMobile": "videoOnMobile",
		"amsterdm":      "amsterdam",                                      // there twice, but one name
		"videoOnMoblie": "videoOnMobile", "vdieoOnMobil": "videoOnMobile", // a swap, and a letter besides
		"zurich":     "zürich", // one letter, though two bytes
		"videoPhone": "",       // too far
		"rotterdam":  "",       // another town
		"group-3":    "",       // as near to one as to the other
		"rank":       "",       // the name itself is no slip
		"x":          "", "": "", "nonsense": "", "rink2": "",
		"ids": "id", "ID": "id", "i": "", "ic": "",
		strings.Repeat("amsterdam", 12): "",
	} {
		if got := near.One(word, names); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
	people := []string{"u0142@company.example", "anna.bakker@company.example", "jo@company.example"}
	for word, want := range map[string]string{
		"u142@company.example": "u0142@company.example", "ana.baker@company.example": "anna.bakker@company.example",
		"anna.bakker@compny.example": "anna.bakker@company.example",
		"u0777@company.example":      "", "al@company.example": "",
	} {
		if got := near.One(word, people); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
}

func TestSome(t *testing.T) {
	names := []string{"front-desk", "reception", "reception-night", "show", "base", "base-exact", "test", "template", "at", "car", "bat", "rat", "hat"}
	for word, want := range map[string]string{
		"recption": "reception", "shwo": "show", "bse": "base", "frnt": "front-desk", "temlpate": "template",
		"Reception-nigt": "reception-night", "tset": "test", "nobody": "", "x": "", "": "",
		"recep": "reception", "reception": "reception-night",
		"cat": "at car bat", // three of five that are as near
	} {
		got := strings.Join(near.Some(word, names, 3), " ")
		if got != want {
			t.Errorf("%q may be %q, not %q", word, got, want)
		}
	}
	if got := near.Some("anna@company", []string{"anna@company.example"}, 3); len(got) != 0 {
		t.Errorf("an address without its end may be %q", got)
	}
}

// TestOneSlip makes one slip in a name of some length: it is always understood.
func TestOneSlip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-zë]{4,30}`).Draw(t, "name")
		letters := []rune(name)
		at := rapid.IntRange(0, len(letters)-2).Draw(t, "at")
		word := string(letters[:at]) + rapid.SampledFrom([]string{
			string(letters[at+1:]),       // left out
			"9" + string(letters[at:]),   // too many
			"9" + string(letters[at+1:]), // wrong
			fmt.Sprintf("%c%c%s", letters[at+1], letters[at], string(letters[at+2:])), // swapped
		}).Draw(t, "rest")
		if word == name {
			return // two equal letters were swapped
		}
		far := strings.Repeat("0", utf8.RuneCountInString(name))
		if got := near.One(word, []string{far, name}); got != name {
			t.Errorf("%s is %q, not %s", word, got, name)
		}
		if got := near.Some(word, []string{far, name}, 3); len(got) != 1 || got[0] != name {
			t.Errorf("%s may be %q, not %s", word, got, name)
		}
	})
}
