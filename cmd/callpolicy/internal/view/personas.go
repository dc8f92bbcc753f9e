package view

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

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
func Personas(w io.Writer, r *persona.Report, s Style) error {
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
		fmt.Fprintln(t, s.Red("fails  ")+s.Bold(clean(test.Name))+"   "+s.Dim(clean(test.At.String())))
		rows := make([][]string, len(test.Failures))
		for i, f := range test.Failures {
			rows[i] = []string{"  " + clean(f.Field), "expected " + s.Bold(clean(f.Expected)), "got " + s.Bold(clean(f.Got)), s.Dim(clean(f.At.String()))}
		}
		for _, line := range Columns(rows, "llll") {
			fmt.Fprintln(t, line)
		}
		fmt.Fprintln(t)
	}
	if len(r.Idle) > 0 {
		fmt.Fprintln(t, s.Bold("No persona exercises"))
		for _, path := range r.Idle {
			fmt.Fprintln(t, "  "+clean(path))
		}
		fmt.Fprintln(t)
	}
	if r.Failed == 0 {
		fmt.Fprintln(t, s.Green(Plural(r.Passed, "persona is", "personas are")+" as expected."))
	} else {
		fmt.Fprintln(t, s.Red(Count(r.Failed)+" of "+Plural(len(r.Tests), "persona", "personas")+" failed."))
	}
	return t.Flush()
}

// PersonasJUnit writes a JUnit report: a suite for each file, a case for each persona.
func PersonasJUnit(w io.Writer, r *persona.Report) error {
	all := junitSuites{Name: "callpolicy test", Tests: len(r.Tests), Failures: r.Failed}
	for _, test := range r.Tests {
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != test.At.File {
			all.Suites = append(all.Suites, junitSuite{Name: test.At.File})
		}
		suite := &all.Suites[len(all.Suites)-1]
		c := junitCase{Class: "callpolicy.test", Name: clean(test.Name), File: test.At.File, Line: test.At.Start.Line}
		if len(test.Failures) > 0 {
			var lines []string
			for _, f := range test.Failures {
				lines = append(lines, clean(fmt.Sprintf("%s: expected %s, got %s (%s)", f.Field, f.Expected, f.Got, f.At)))
			}
			c.Failure = &junitResult{Message: lines[0], Type: "persona", Text: strings.Join(lines, "\n")}
			suite.Failures++
		}
		suite.Tests++
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
