package report

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/diag"
)

// The parts of a JUnit report that Jenkins and GitLab read.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string       `xml:"classname,attr"`
		Name    string       `xml:"name,attr"`
		File    string       `xml:"file,attr,omitempty"`
		Line    int          `xml:"line,attr,omitempty"`
		Failure *junitResult `xml:"failure"`
		Skipped *junitResult `xml:"skipped"`
	}
	junitResult struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",cdata"` // clean, since a CDATA section can escape nothing
	}
)

// writeJUnit writes a JUnit report: a suite for each file with something to
// say, a case for each diagnostic in it. An error is a failure. A warning must
// not fail a build and yet be seen, so it is a skipped case with a message. A
// case has no line in its name, so that a fault stays the same case when lines
// move. Where nothing was found one case says so, since a report without any
// counts as broken.
func writeJUnit(w io.Writer, r Report, _ Tool) error {
	all := junitSuites{Name: "callpolicy"}
	index := map[string]int{}
	same := map[string]int{}
	for _, d := range r.Diagnostics {
		c := r.junitCase(d)
		n, ok := index[c.File]
		if !ok {
			n = len(all.Suites)
			index[c.File] = n
			all.Suites = append(all.Suites, junitSuite{Name: harmless.Line(c.File)})
		}
		// Cases of one name would be taken for one case.
		key := c.File + "\x00" + c.Class + "\x00" + c.Name
		if same[key]++; same[key] > 1 {
			c.Name += " (" + strconv.Itoa(same[key]) + ")"
		}
		all.Suites[n].add(c)
	}
	if len(all.Suites) == 0 {
		all.Suites = []junitSuite{{Name: harmless.Line(r.repositoryPath("")), Tests: 1, Cases: []junitCase{{
			Class: "callpolicy", Name: "no problems found",
		}}}}
	}
	for _, suite := range all.Suites {
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Skipped += suite.Skipped
	}
	return writeXML(w, all)
}

// writeXML writes a whole document.
func writeXML(w io.Writer, doc any) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	} else {
		s.Skipped++
	}
}

func (r Report) junitCase(d *diag.Diagnostic) junitCase {
	id := harmless.Line(d.ID.String())
	summary := harmless.Line(d.Summary)
	c := junitCase{
		Class: "callpolicy." + id, // Jenkins takes what is before the last period for the package
		Name:  summary,
		File:  r.repositoryPath(d.Subject.File),
		Line:  d.Subject.Start.Line,
	}
	if d.Path != "" {
		c.Name = harmless.Line(d.Path + ": " + d.Summary)
	}
	result := &junitResult{
		Message: summary,
		Type:    id,
		Text:    strings.Join(r.lines(d, map[string]bool{}, layout.Plain()), "\n"),
	}
	if d.Severity == diag.Error {
		c.Failure = result
	} else {
		c.Skipped = result
	}
	return c
}
