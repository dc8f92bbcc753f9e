package harmless_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/viewtest"
)

// TestLinesAreText holds text to being nothing but text, to a terminal and to
// the CI system whose log it is, wherever its lines are broken.
func TestLinesAreText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := viewtest.Nasty().Draw(t, "text") + viewtest.Nasty().Draw(t, "more")
		lines := layout.Wrap(harmless.Lines(name), rapid.IntRange(1, 80).Draw(t, "width"))
		for _, text := range []string{strings.Join(lines, "\n"), harmless.Line(name), harmless.Place(name, 7)} {
			if strange := viewtest.Terminal(text); len(strange) > 0 {
				t.Fatalf("there is %q in %q", strange, text)
			}
		}
		if again := harmless.Line(harmless.Line(name)); again != harmless.Line(name) {
			t.Fatalf("%q becomes %q the second time", harmless.Line(name), again)
		}
	})
}

// TestSourceLine keeps every byte of a line at its place.
func TestSourceLine(t *testing.T) {
	for line, want := range map[string]struct {
		text string
		at   []int
	}{
		"a: b":         {"a: b", []int{0, 1, 2, 3, 4}},
		"\ufeffa":      {"a", []int{0, 0, 0, 0, 1}},
		"\u202ea":      {"<U+202E>a", []int{0, 0, 0, 8, 9}},
		":::set x=1::": {": : :set x=1::", []int{0, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}},
	} {
		text, at := harmless.SourceLine(line)
		if text != want.text || len(at) != len(want.at) {
			t.Errorf("%q: got %q, %v", line, text, at)
			continue
		}
		for i := range at {
			if at[i] != want.at[i] {
				t.Errorf("%q: byte %d went to %d, want %d", line, i, at[i], want.at[i])
			}
		}
	}
}
