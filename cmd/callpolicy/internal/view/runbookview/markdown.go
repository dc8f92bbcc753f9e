package runbookview

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
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
					fmt.Fprintf(out, "%d. %s\n", i+1, sourceLine(item))
				} else {
					fmt.Fprintf(out, "- %s\n", harmless.Markdown(item))
				}
			}
		}
	}
	title, lines := runbookHead(book)
	fmt.Fprintf(out, "# %s\n\n", harmless.Markdown(title))
	fmt.Fprintln(out, harmless.Markdown(strings.Join(lines, " ")))
	sections(sectionsBefore(book))
	if len(book.Steps) > 0 {
		fmt.Fprint(out, "\n## Steps\n\n")
	}
	for i, step := range book.Steps {
		box := " "
		if step.Done {
			box = "x"
		}
		fmt.Fprintf(out, "- [%s] **%d. %s** %s %s\n", box, i+1, harmless.Markdown(step.Title), harmless.MarkdownCode(step.ID), harmless.Markdown(references(book, step)))
		if step.Done {
			continue
		}
		for _, f := range factsOf(step, namedMost) {
			switch f.sort {
			case factCode:
				fmt.Fprintf(out, "  - %s\n", harmless.MarkdownCode(f.text))
			case factCaution:
				fmt.Fprintf(out, "  - *Mind:* %s\n", harmless.Markdown(f.text))
			case factWhere, factChange, factReach, factHeld, factKeep, factPeople:
				fmt.Fprintf(out, "  - %s\n", harmless.Markdown(f.text))
			}
		}
	}
	sections(sectionsAfter(book))
	return out.Flush()
}

// sourceLine is a document that the steps rest on. Its address is our own, and a
// link.
func sourceLine(item string) string {
	i := strings.LastIndex(item, ", https://")
	if i < 0 || !plainAddress.MatchString(item[i+2:]) {
		return harmless.Markdown(item)
	}
	return harmless.Markdown(item[:i]) + item[i:]
}

var plainAddress = regexp.MustCompile(`^https://[A-Za-z0-9./-]+$`)
