package check

import (
	"strings"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// curly are the quotes that text programs put in place of straight ones.
const curly = "“”„‘’‚«»"

// lookalike says why a text is not what it looks like, where that is the likely
// reason for a fault: it came from a text program or a web page, with quotes,
// dashes or blanks that only look like those of YAML.
func lookalike(d *diag.Diagnostic, n *syntax.Node) {
	if n.Kind != syntax.String || !n.Plain {
		return
	}
	switch r, hidden := invisible(n.Value); {
	case strings.ContainsAny(n.Value, curly):
		d.Because("The quotes are typographic ones, which YAML takes for letters. Text programs put them in place of straight ones.").
			Try("Write straight quotes, or none.")
	case strings.HasPrefix(n.Value, "–") || strings.HasPrefix(n.Value, "—"):
		d.Because("An item of a list begins with the short dash of the keyboard. This is a longer one, which text programs put in its place.").
			Try("Write - and a blank before each item.")
	case hidden:
		d.Because("There is a character in it that looks like a blank, or like nothing, and is neither: U+%04X%s. It often comes along with copied text.", r, spaces[r]).
			Try("Delete it, and type a blank if there should be one.")
	}
}

// spaces names those that people meet.
var spaces = map[rune]string{0xA0: ", a no-break space", 0x202F: ", a narrow no-break space", 0x3000: ", an ideographic space"}

// missingBlank explains a list whose dashes have no blank behind them.
func missingBlank(d *diag.Diagnostic, n *syntax.Node) {
	if n.Kind == syntax.String && n.Plain && strings.HasPrefix(n.Value, "-") {
		d.Because("Without a blank behind it, a dash belongs to the word.").Try("Write a blank after each dash.")
	}
}

// equalsSign explains a mapping that is written as other formats have it.
func equalsSign(d *diag.Diagnostic, n *syntax.Node) {
	if n.Kind == syntax.String && n.Plain && strings.Contains(n.Value, "=") {
		d.Because("In YAML, a colon stands between a name and its value.").Try("Write a colon and a blank in place of the equals sign.")
	}
}
