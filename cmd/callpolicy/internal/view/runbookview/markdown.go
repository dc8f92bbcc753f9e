package runbookview

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/runbook"
)

// writeMarkdown is for a repository or an issue, where boxes can be ticked.
func writeMarkdown(w io.Writer, book *runbook.Runbook, _ layout.Style) error {
	out := bufio.NewWriter(w)
	sections := func(list []section) {
		for _, sec := range list {
			fmt.Fprintf(out, "\n## %s\n\n", sec.title)
			for i, item := range sec.items {
				if sec.title == "The steps rest on" {
					fmt.Fprintf(out, "%d. %s\n", i+1, mdText(item))
				} else {
					fmt.Fprintf(out, "- %s\n", mdText(item))
				}
			}
		}
	}
	title, lines := runbookHead(book)
	fmt.Fprintf(out, "# %s\n\n", mdText(title))
	fmt.Fprintln(out, strings.Join(lines, " "))
	sections(sectionsBefore(book))
	if len(book.Steps) > 0 {
		fmt.Fprint(out, "\n## Steps\n\n")
	}
	for i, step := range book.Steps {
		box := " "
		if step.Done {
			box = "x"
		}
		fmt.Fprintf(out, "- [%s] **%d. %s** `%s` %s\n", box, i+1, mdText(step.Title), step.ID, mdText(references(book, step)))
		if step.Done {
			continue
		}
		for _, f := range factsOf(step, namedMost) {
			switch f.sort {
			case factCode:
				fmt.Fprintf(out, "  - %s\n", codeSpan(f.text))
			case factCaution:
				fmt.Fprintf(out, "  - *Mind:* %s\n", mdText(f.text))
			case factWhere, factChange, factReach, factHeld, factKeep, factPeople:
				fmt.Fprintf(out, "  - %s\n", mdText(f.text))
			}
		}
	}
	sections(sectionsAfter(book))
	return out.Flush()
}

// codeSpan shows text in Markdown exactly, whatever back quotes it holds.
func codeSpan(text string) string {
	text = harmless.Line(text)
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		return fence + " " + text + " " + fence
	}
	return fence + text + fence
}

// mdText escapes what Markdown or HTML would read as its own.
func mdText(s string) string {
	return strings.NewReplacer(
		"\\", "\\\\", "|", "\\|", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "]", "\\]", "&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", " ",
	).Replace(harmless.Line(s))
}
