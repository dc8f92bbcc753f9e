package viewtest

import (
	"strings"

	"pgregory.net/rapid"
)

// Nasty draws text such as somebody writes into a policy file who wants more than
// to be read: control and direction characters, quotes, line ends, commands of CI
// systems, formulas of spreadsheets, ends of sections, markup, mentions, links.
func Nasty() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{
		"\x00", "\x07", "\x1b[2J", "\x1b]8;;https://evil.example\x07", "\x7f", "\u009b31m", "\u202e", "\u2066", "\u200b", "\ufeff",
		"\u2028", "\u2029", "\u0085", "\xff", "\r", "\n", "\r\n", "\n\n", "\t", " ",
		`"`, "'", "`", "```", "~~~", "\\", "::error file=a::b", "::set-output name=x::y", "##[error]x", "##vso[task.complete]", "##teamcity[x]",
		"=cmd()", "+1", "-1", "@SUM(A1)", "]]>", "<!--", "-->", "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "</code>", "</details>",
		"&lt;", "&#64;", "&amp;amp;", "${{ secrets.X }}", "$(id)", "%0A", "%25",
		"@everyone", "@octo-cat", "#77", "GH-77", "!77", "%77", "&77", "~bug", "$77", "^alert#7", "octo/cat#7", ":tada:",
		"https://evil.example", "http://x", "www.evil.example", "a@evil.example", "[x](https://evil.example)", "![x](y)", "[x]: y", "[x][y]", "<https://evil.example>",
		"**b**", "_i_", "~~s~~", "| a | b |", "- item", "1. item", "1) item", "# head", "> quote", "===", "---", "    code", "$$x$$", "{0}", "{{x}}",
		"a", "Zorg", "é", "日本", "👩‍👩‍👧", "u0142", "front-desk", ",", ";", ":",
	})
	return rapid.Map(rapid.SliceOfN(piece, 1, 8), func(pieces []string) string { return strings.Join(pieces, "") })
}
