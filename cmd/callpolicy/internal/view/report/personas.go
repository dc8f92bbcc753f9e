package report

import (
	"fmt"
	"io"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/compiler/persona"
)

// PersonasJUnit writes a JUnit report: a suite for each file, a case for each
// persona. Where there is none, one case that passes says so.
func PersonasJUnit(w io.Writer, r *persona.Report) error {
	all := junitSuites{Name: "callpolicy test", Tests: len(r.Tests), Failures: r.Failed}
	for _, test := range r.Tests {
		if name := harmless.Line(test.At.File); len(all.Suites) == 0 || all.Suites[len(all.Suites)-1].Name != name {
			all.Suites = append(all.Suites, junitSuite{Name: name})
		}
		suite := &all.Suites[len(all.Suites)-1]
		c := junitCase{Class: "callpolicy.test", Name: harmless.Line(test.Name), File: test.At.File, Line: test.At.Start.Line}
		if len(test.Failures) > 0 {
			var lines []string
			for _, f := range test.Failures {
				lines = append(lines, harmless.Line(fmt.Sprintf("%s: expected %s, got %s (%s)", f.Field, f.Expected, f.Got, f.At)))
			}
			c.Failure = &junitResult{Message: lines[0], Type: "persona", Text: strings.Join(lines, "\n")}
			suite.Failures++
		}
		suite.Tests++
		suite.Cases = append(suite.Cases, c)
	}
	if len(r.Tests) == 0 { // a report without any case counts as broken
		all.Tests = 1
		all.Suites = []junitSuite{{Name: "tests", Tests: 1, Cases: []junitCase{{Class: "callpolicy.test", Name: "no persona tests"}}}}
	}
	return writeXML(w, all)
}
