package yaml

import (
	"strings"
	"testing"
)

// TestStandard: what the library reads otherwise than YAML 1.2 says, or takes
// although it is no YAML, is refused at its place, and what is like it is not.
func TestStandard(t *testing.T) {
	refused := map[string]string{ // « stands before what is to blame
		"a: \"b\"«# c\n":                    noBlankBeforeComment.words,
		"[a, b]«# c\n":                      noBlankBeforeComment.words,
		"a: [b,«# c\n  d]\n":                noBlankBeforeComment.words,
		"a: >«# c\n  b\n":                   noBlankBeforeComment.words,
		"a: [b,\n«c]\n":                     tooFarLeft.words,
		"a:\n  b: [c,\n  «d]\n":             tooFarLeft.words,
		"- - [a,\n  «b]\n":                  tooFarLeft.words,
		"a:\n  b: {\n    c: 1\n«}\n":        tooFarLeft.words,
		"a: \"b\n«c\"\n":                    tooFarLeft.words,
		"a: 'b\n«c'\n":                      tooFarLeft.words,
		"a: \"b\n«\tc\"\n":                  slips[0].words,
		"a: [\n«\tb]\n":                     slips[0].words,
		"a: \"b «\\' c\"\n":                 unknownEscape.words,
		"a: [«-]\n":                         loneDash.words,
		"a: [b, «-, c]\n":                   loneDash.words,
		"a: {«?b: c}\n":                     questionMark.words,
		"[«?a]\n":                           questionMark.words,
		"a: {b«:, c: d}\n":                  colonAtEnd.words,
		"a: [b«:]\n":                        colonAtEnd.words,
		"a: &b«:c d\n":                      strings.Replace(anchorName.words, "{sign}", ":", 1),
		"a: [&b«:c d]\n":                    strings.Replace(anchorName.words, "{sign}", ":", 1),
		"a: «! 12\n":                        loneTag.words,
		"a: [«! 12]\n":                      loneTag.words,
		"a: >\n \n « \n # c\n":              blankTooFar.words,
		"«%YAML 1.2\n---\na: b\n":           directive.words,
		"a: b\n...\n«%TAG ! x\n---\nc: d\n": directive.words,
	}
	for text, want := range refused {
		before, after, _ := strings.Cut(text, "«")
		_, diags := Parse("f.yaml", []byte(before+after))
		if len(diags) == 0 || diags[0].Summary != want {
			t.Errorf("%q: %v, want %s", text, diags, want)
			continue
		}
		src := newText("f.yaml", []byte(before+after))
		if at := src.Offset(diags[0].Subject.Start.Line, diags[0].Subject.Start.Column); at != len(before) {
			t.Errorf("%q: it points at %q", text, (before + after)[at:])
		}
	}
	for _, text := range []string{
		"a: \"b\" # c\n", "[a, b] # c\n", "a: [b, # c\n  d]\n", "a: [b # c\n# d\n  , e#f]\n", "a: > # c\n  b\n",
		"a: [b,\n c]\n", "a: [\n  b\n]\n", "a: {\n  b: 1\n}\n", "[a,\nb]\n", "{\na: b\n}\n", "- [a,\n b]\n", "a: \"b\n\n c\"\n", "\"a\nb\"\n", "a:\n- [b,\n c]\n",
		"a: \"\\\"\\n\\x41\"\n", "a: 'b\\'' c'\n", "a: [-1, -a, a-, a -b]\n",
		"a: {b: c:d, \"e\":f, g: http://h}\n", "a: &b-c_1 d\ne: *b-c_1\n", "a: [&b c, *b]\n", "a: >\n\n  b\n", "a: |2\n    \n  b\n",
		"a: 100%\n", "# %\na: |\n  %\n", "a: [it's, o'clock, a \"b\"]\n", "{a: [\n{b: c}, d]\n}\n",
	} {
		if _, diags := Parse("f.yaml", []byte(text)); len(diags) > 0 {
			t.Errorf("%q is refused: %v", text, diags)
		}
	}
	for text, want := range map[string]string{"- |+\n   ": "\n", "- |\n  x\n   ": "x\n \n", "- x\n   ": "x"} {
		trees, diags := Parse("f.yaml", []byte(text))
		if len(diags) > 0 || trees[0].Root.Items[0].Value != want {
			t.Errorf("%q: %v %v", text, trees, diags)
		}
	}
}
