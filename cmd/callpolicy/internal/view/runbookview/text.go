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

// writeText is for a terminal.
func writeText(w io.Writer, book *runbook.Runbook, s layout.Style) error {
	out := bufio.NewWriter(w)
	paragraph := func(first, rest, text string) {
		for i, line := range layout.Wrap(text, s.Prose()-layout.Width(rest)) {
			if i == 0 {
				fmt.Fprintln(out, first+line)
			} else {
				fmt.Fprintln(out, rest+line)
			}
		}
	}
	sections := func(list []section) {
		for _, sec := range list {
			fmt.Fprintf(out, "\n%s\n", s.Bold(sec.title))
			for i, item := range sec.items {
				mark := "  - "
				if sec.title == "The steps rest on" {
					mark = fmt.Sprintf(" [%d] ", i+1)
				}
				paragraph(mark, strings.Repeat(" ", len(mark)), harmless.Line(item))
			}
		}
	}
	title, lines := runbookHead(book)
	fmt.Fprintln(out, s.Bold(harmless.Line(title)))
	for _, line := range lines {
		paragraph("", "", harmless.Line(line))
	}
	sections(sectionsBefore(book))
	for i, step := range book.Steps {
		box := "[ ]"
		if step.Done {
			box = s.Green("[x]")
		}
		fmt.Fprintln(out)
		fmt.Fprintf(out, "%2d. %s %s  %s\n", i+1, box, s.Bold(harmless.Line(step.Title)), s.Dim(harmless.Line(step.ID)+" "+references(book, step)))
		if step.Done {
			continue
		}
		for _, f := range factsOf(step, namedMost) {
			text := harmless.Line(f.text)
			switch f.sort {
			case factCode:
				fmt.Fprintln(out, "          "+text) // to be copied: never wrapped
			case factCaution:
				paragraph("      "+s.Yellow("! "), "        ", text)
			case factWhere:
				paragraph("      ", "      ", s.Dim(text))
			case factChange, factReach, factHeld, factKeep, factPeople:
				paragraph("      ", "      ", text)
			}
		}
	}
	sections(sectionsAfter(book))
	return out.Flush()
}
