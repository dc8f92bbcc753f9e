package view

import (
	"bufio"
	"fmt"
	"io"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/persona"
)

// firstPersona is what to begin with, where there is no persona yet.
const firstPersona = `  personas:
    somebody on Webex Calling:
      licenses: [webexCalling]
      expect:
        inCall: { videoOnMobile: true }
`

// Personas shows to people what came out for personas.
func Personas(w io.Writer, r *persona.Report, s layout.Style) error {
	t := migrationText{bufio.NewWriter(w), s}
	if len(r.Tests) == 0 {
		t.paragraph("", "There are no persona tests. A file such as tests/people.yaml holds them:")
		fmt.Fprint(t, "\n"+firstPersona)
		return t.Flush()
	}
	for _, test := range r.Tests {
		if len(test.Failures) == 0 {
			continue
		}
		fmt.Fprintln(t, s.Red("fails  ")+s.Bold(harmless.Line(test.Name))+"   "+s.Dim(harmless.Line(test.At.String())))
		rows := make([][]string, len(test.Failures))
		for i, f := range test.Failures {
			rows[i] = []string{"  " + harmless.Line(f.Field), "expected " + s.Bold(harmless.Line(f.Expected)), "got " + s.Bold(harmless.Line(f.Got)), s.Dim(harmless.Line(f.At.String()))}
		}
		for _, line := range layout.Columns(rows, "llll") {
			fmt.Fprintln(t, line)
		}
		fmt.Fprintln(t)
	}
	if len(r.Idle) > 0 {
		fmt.Fprintln(t, s.Bold("No persona exercises"))
		for _, path := range r.Idle {
			fmt.Fprintln(t, "  "+harmless.Line(path))
		}
		fmt.Fprintln(t)
	}
	if r.Failed == 0 {
		fmt.Fprintln(t, s.Green(layout.Plural(r.Passed, "persona is", "personas are")+" as expected."))
	} else {
		fmt.Fprintln(t, s.Red(layout.Count(r.Failed)+" of "+layout.Plural(len(r.Tests), "persona", "personas")+" failed."))
	}
	return t.Flush()
}
