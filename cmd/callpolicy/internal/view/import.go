package view

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
)

// Import is what an import made.
type Import struct {
	Dir       string
	Files     []string
	People    int
	Entries   int      // settings written, at all levels
	Questions []string // what the files did not tell
	Warnings  int      // in what was written
}

// Imported says what an import made, and asks what it could not know.
func Imported(w io.Writer, i Import, s layout.Style) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s in %s: %s, with %s.\n\n", s.Green("A policy repository"), harmless.Line(i.Dir),
		layout.Plural(i.People, "user", "users"), layout.Plural(i.Entries, "setting written", "settings written"))
	for _, file := range i.Files {
		fmt.Fprintln(out, "  "+harmless.Line(file))
	}
	if len(i.Questions) > 0 {
		fmt.Fprintf(out, "\n%s\n", s.Bold("What the files do not tell"))
		for n, q := range i.Questions {
			for k, line := range layout.Wrap(harmless.Line(q), s.Prose()-5) {
				lead := strings.Repeat(" ", 5)
				if k == 0 {
					lead = fmt.Sprintf("%3d. ", n+1)
				}
				fmt.Fprintln(out, lead+line)
			}
		}
	}
	if i.Warnings > 0 {
		fmt.Fprintf(out, "\ncallpolicy validate shows %s.\n", layout.Plural(i.Warnings, "warning", "warnings"))
	}
	return out.Flush()
}
