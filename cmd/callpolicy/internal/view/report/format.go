package report

import (
	"io"

	"callpolicy/cmd/callpolicy/internal/view/format"
	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/policies"
)

// Tool is what a format may say about callpolicy itself.
type Tool struct {
	Version string
	// Rules returns the catalogue that explains the ids of a report. It is
	// called by the formats that carry explanations only, since reading the
	// catalogue takes a while. It may be nil.
	Rules func() ([]policies.Rule, error)
}

// writer writes a whole report, or returns why it could not.
type writer func(w io.Writer, r Report, tool Tool) error

// formats lists every format of a report.
func formats() format.List[writer] {
	return format.List[writer]{
		{Name: "text", Write: writeText},
		{Name: "json", Write: writeJSON},
		{Name: "sarif", Write: writeSARIF},
		{Name: "github", Write: writeGitHub},
		{Name: "gitlab", Write: writeGitLab},
		{Name: "junit", Write: writeJUnit},
	}
}

// Formats returns the names of the formats that [Write] knows, those for people first.
func Formats() []string { return formats().Names() }

// Write writes the report in the named format. Its text is plain and 80 columns
// wide; [Text] suits a terminal. An error means that w failed or that the
// format is none of [Formats].
func Write(name string, w io.Writer, r Report, tool Tool) error {
	write, err := formats().Find(name)
	if err != nil {
		return err
	}
	return write(w, r, tool)
}

func writeText(w io.Writer, r Report, _ Tool) error { return Text(w, r, layout.Plain()) }

// writeJSON writes the report as it is. Paths stay relative to the project,
// unlike in the other formats, and root says where the project is.
func writeJSON(w io.Writer, r Report, _ Tool) error { return harmless.JSON(w, r) }
