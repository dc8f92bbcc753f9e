package harmless_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/viewtest"
)

// frames are the places in our Markdown where somebody's text stands, and the
// elements that make them.
var frames = map[string][]string{
	"%s\n":     nil,
	"- %s\n":   {"ul", "li"},
	"1. %s\n":  {"ol", "li"},
	"> %s\n":   {"blockquote"},
	"## %s\n":  {"h2"},
	"**%s**\n": {"strong"},
	"| %s | b |\n| --- | --- |\n| c | %s |\n": {"table", "thead", "tbody", "tr", "th", "td"},
}

// TestMarkdownMeansItself puts text into every place that it takes in our
// Markdown, and has a parser of GitHub's Markdown look at what became of it:
// there is nothing but the frame, and the text reads as it is shown elsewhere.
func TestMarkdownMeansItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := viewtest.Nasty().Draw(t, "text")
		want := words(harmless.Line(strings.ReplaceAll(name, "\n", " ")))
		for frame, elements := range frames {
			for _, form := range []func(string) string{harmless.Markdown, harmless.MarkdownCode} {
				source := strings.ReplaceAll(frame, "%s", form(name))
				text, strange := viewtest.Markdown([]byte(source), elements...)
				if len(strange) > 0 {
					t.Fatalf("there is %q in %q", strange, source)
				}
				if !strings.Contains(words(text), want) {
					t.Fatalf("%q reads %q, want %q", source, text, want)
				}
			}
		}
	})
}

// TestMarkdownHasRoom holds text to the room that it is given, as it is written.
func TestMarkdownHasRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := strings.Repeat(viewtest.Nasty().Draw(t, "text"), rapid.IntRange(1, 40).Draw(t, "times"))
		most := rapid.IntRange(40, 300).Draw(t, "most")
		for _, form := range []func(string, int) string{harmless.MarkdownUpTo, harmless.MarkdownCodeUpTo} {
			source := form(name, most)
			if len(source) > most {
				t.Fatalf("%q takes %d bytes of %d", source, len(source), most)
			}
			if _, strange := viewtest.Markdown([]byte(source)); len(strange) > 0 {
				t.Fatalf("there is %q in %q", strange, source)
			}
		}
	})
}

func words(text string) string { return strings.Join(strings.Fields(text), " ") }
