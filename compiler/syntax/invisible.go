package syntax

import (
	"unicode"
	"unicode/utf8"

	"callpolicy/compiler/diag"
)

// DirectionControls reports the characters that nobody sees and that change the
// order in which the text around them is shown, wherever they are: in a comment
// as well they make a reader see something else than what is read.
func DirectionControls(t *Text) diag.List {
	var found diag.List
	for i := 0; i < len(t.Data) && len(found) < MaxFaults; {
		if t.Data[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(t.Data[i:])
		if unicode.Is(unicode.Bidi_Control, r) {
			found.Add(diag.New(diag.LoadInvisibleCharacter, t.Span(i, i+size), "there is an invisible character, U+%04X, that changes the order in which text is shown", r).
				Because("Behind it, an editor or a web page shows the text in another order than callpolicy reads it, so that nobody sees what is written.").
				Try("Delete it; it is at this place even if the editor does not show it."))
		}
		i += size
	}
	return found
}

// Separators reports the line breaks that are none in YAML 1.2 and that some
// programs take for one. Inside says where they are part of a text in quotes.
func Separators(t *Text, inside func(offset int) bool) diag.List {
	var found diag.List
	for i := 0; i < len(t.Data) && len(found) < MaxFaults; i++ {
		c := t.Data[i]
		if c < utf8.RuneSelf || lineBreak(t.Data[i:]) == 0 || inside(i) {
			continue
		}
		r, size := utf8.DecodeRune(t.Data[i:])
		found.Add(diag.New(diag.LoadInvisibleCharacter, t.Span(i, i+size), "there is an invisible line break, U+%04X", r).
			Because("Some programs begin a new line there, and others do not. It often comes along with copied text.").
			Try("Delete it, and begin a new line if there should be one."))
	}
	return found
}
