package report

import (
	"io"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/compiler/diag"
)

// The parts of a Code Quality report that GitLab reads.
type (
	codeQualityIssue struct {
		Description string              `json:"description"`
		CheckName   string              `json:"check_name"`
		Fingerprint string              `json:"fingerprint"`
		Severity    string              `json:"severity"`
		Location    codeQualityLocation `json:"location"`
	}
	codeQualityLocation struct {
		Path  string           `json:"path"`
		Lines codeQualityLines `json:"lines"`
	}
	codeQualityLines struct {
		Begin int `json:"begin"`
	}
)

// writeGitLab writes a Code Quality report, which GitLab shows in the merge
// request: an array, empty where nothing was found. GitLab needs a line and
// shows a description as one line of plain text.
func writeGitLab(w io.Writer, r Report, _ Tool) error {
	prints := fingerprints(r)
	issues := make([]codeQualityIssue, len(r.Diagnostics))
	for i, d := range r.Diagnostics {
		description := harmless.Line(d.Summary)
		if d.Hint != "" {
			description += "; try: " + strings.Join(strings.Fields(harmless.Lines(d.Hint)), " ")
		}
		issues[i] = codeQualityIssue{
			Description: description,
			CheckName:   d.ID.String(),
			Fingerprint: prints[i],
			Severity:    codeQualitySeverity(d.Severity),
			Location: codeQualityLocation{
				Path:  r.repositoryPath(d.Subject.File),
				Lines: codeQualityLines{Begin: max(d.Subject.Start.Line, 1)},
			},
		}
	}
	return harmless.JSON(w, issues)
}

// codeQualitySeverity chooses from info, minor, major, critical and blocker.
func codeQualitySeverity(s diag.Severity) string {
	switch s {
	case diag.Error:
		return "critical"
	case diag.Warning:
		return "minor"
	case diag.Info, diag.Off:
	}
	return "info"
}
