// Package runbookview shows a runbook: what somebody has to do by hand after a
// change, in order. A format is one file, and one line in the list of them. The
// package adds no step and no fact to what the runbook holds, and shows what
// administrators wrote through package harmless alone.
package runbookview

import (
	"io"

	"callpolicy/cmd/callpolicy/internal/view/format"
	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/runbook"
)

// writer writes a whole runbook. The style is for a terminal.
type writer func(w io.Writer, book *runbook.Runbook, s layout.Style) error

// formats lists every format of a runbook.
func formats() format.List[writer] {
	return format.List[writer]{
		{Name: "text", Write: writeText},
		{Name: "markdown", Write: writeMarkdown},
		{Name: "json", Write: writeJSON},
		{Name: "html", Write: writeHTML},
	}
}

// Formats returns the names of the formats that [Write] knows, those for people first.
func Formats() []string { return formats().Names() }

// Write writes a runbook in the named format. An error means that w failed or
// that the format is none of [Formats].
func Write(name string, w io.Writer, book *runbook.Runbook, s layout.Style) error {
	write, err := formats().Find(name)
	if err != nil {
		return err
	}
	return write(w, book, s)
}

func writeJSON(w io.Writer, book *runbook.Runbook, _ layout.Style) error {
	return harmless.JSON(w, book)
}
