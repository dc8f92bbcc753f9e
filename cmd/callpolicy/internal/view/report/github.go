package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/diag"
)

// githubLimit is how many annotations of one kind GitHub keeps from one step of
// a workflow; it drops further ones without a word.
const githubLimit = 10

// writeGitHub writes workflow commands, which GitHub Actions shows as
// annotations of the lines of a pull request. Errors come first. What is over
// GitHub's limit is written as plain lines, which stay in the log of the step,
// and a last notice says so.
func writeGitHub(w io.Writer, r Report, _ Tool) error {
	out := bufio.NewWriter(w)
	left := map[diag.Severity][]*diag.Diagnostic{}
	over := 0
	for _, severity := range []diag.Severity{diag.Error, diag.Warning, diag.Info} {
		room := githubLimit
		if severity == diag.Info && (over > 0 || r.Summary.Infos > githubLimit) {
			room-- // the last notice is one, too
		}
		for _, d := range r.Diagnostics {
			switch {
			case d.Severity != severity:
			case room > 0:
				fmt.Fprintln(out, r.githubCommand(d))
				room--
			default:
				left[severity] = append(left[severity], d)
				over++
			}
		}
	}
	if over > 0 {
		for _, severity := range []diag.Severity{diag.Error, diag.Warning, diag.Info} {
			for _, d := range left[severity] {
				fmt.Fprintf(out, "%s: %s: %s [%s]\n", severity, r.place(d.Subject), harmless.Line(d.Summary), harmless.Line(d.ID.String()))
			}
		}
		what := "problems are"
		if over == 1 {
			what = "problem is"
		}
		text := fmt.Sprintf("%s more %s listed in the log of this step only: GitHub shows at most %d annotations of a kind.",
			layout.Count(over), what, githubLimit)
		fmt.Fprintf(out, "::notice title=callpolicy::%s\n", githubData.Replace(text))
	}
	return out.Flush()
}

// The percent sign is escaped in the same pass as what it escapes, so that
// nothing is escaped twice.
var (
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func (r Report) githubCommand(d *diag.Diagnostic) string {
	kind := "notice"
	switch d.Severity {
	case diag.Error:
		kind = "error"
	case diag.Warning:
		kind = "warning"
	case diag.Info, diag.Off:
	}
	var properties []string
	add := func(name string, value any) {
		properties = append(properties, name+"="+githubProperty.Replace(fmt.Sprint(value)))
	}
	add("file", harmless.Line(r.repositoryPath(d.Subject.File)))
	if s, ok := newSpan(d.Subject); ok {
		add("line", s.startLine)
		add("endLine", s.endLine)
		// GitHub refuses columns on an annotation of several lines.
		if s.startLine == s.endLine && s.endColumn > 0 {
			add("col", s.startColumn)
			add("endColumn", s.endColumn)
		}
	}
	add("title", harmless.Line(d.ID.String()))

	message := harmless.Line(d.Summary)
	if d.Detail != "" {
		message += "\n" + harmless.Lines(d.Detail)
	}
	if d.Hint != "" {
		message += "\nTry: " + harmless.Lines(d.Hint)
	}
	return fmt.Sprintf("::%s %s::%s", kind, strings.Join(properties, ","), githubData.Replace(message))
}
