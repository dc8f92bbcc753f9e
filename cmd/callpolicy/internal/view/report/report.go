// Package report shows what is wrong in the policy files, in every format: a
// file for each, and a line in the list of them. A [Report] is the document that
// the json format writes, and everything is shown from it and from nothing else.
// So a report that was saved can be shown again where the policy files are not,
// and the formats cannot drift apart:
//
//	found := report.New(list, root, waived, notes)
//	err := report.Text(os.Stdout, found, layout.Terminal(os.Stdout, os.Getenv))
//
// The package decides nothing: what is wrong, and whether that fails a run, is
// settled before a report is made. It reads no file, and shows what
// administrators wrote through package harmless alone.
package report

import (
	"path"

	"callpolicy/compiler/diag"
)

// formatVersion is the version of the JSON document. The number before the dot
// changes when a reader of an older document would be misled.
const formatVersion = "1.0"

// projectFile is the place of whatever concerns a project as a whole, in the
// formats that know no fault without a file.
const projectFile = "callpolicy.yaml"

// Report is what a run found, ready to be shown in any format.
type Report struct {
	FormatVersion string    `json:"formatVersion"`
	Root          string    `json:"root"` // the project's folder in the repository, "." where they are the same
	Summary       Summary   `json:"summary"`
	Diagnostics   diag.List `json:"diagnostics"` // sorted, each once; files are relative to the project
}

// Summary counts what a run found.
type Summary struct {
	Errors   int      `json:"errors"`
	Warnings int      `json:"warnings"`
	Infos    int      `json:"infos,omitempty"`
	Waived   int      `json:"waived"`          // violations that a waiver covers; they are not among the diagnostics
	Notes    []string `json:"notes,omitempty"` // sentences on the run itself, such as which checks were withheld
}

// New makes the report of a run. root is the project's folder in the
// repository, slash-separated; an empty one is the repository itself. Waived is
// the number of violations that waivers cover.
func New(list diag.List, root string, waived int, notes []string) Report {
	shown := diag.List{} // never nil: an empty report has an empty array
	for _, d := range list.Sorted() {
		if d.Severity != diag.Off {
			shown = append(shown, d)
		}
	}
	return Report{
		FormatVersion: formatVersion,
		Root:          path.Clean(root),
		Summary: Summary{
			Errors:   shown.Count(diag.Error),
			Warnings: shown.Count(diag.Warning),
			Infos:    shown.Count(diag.Info),
			Waived:   waived,
			Notes:    notes,
		},
		Diagnostics: shown,
	}
}

// repositoryPath returns the path of a file of the project from the top of the
// repository, or that of the project file where there is none.
func (r Report) repositoryPath(file string) string {
	if file == "" {
		file = projectFile
	}
	return path.Join(r.Root, file)
}
