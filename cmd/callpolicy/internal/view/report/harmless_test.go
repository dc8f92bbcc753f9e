package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/viewtest"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/persona"
)

// TestReportsAreHarmless puts text into every field of a report that means more
// than itself somewhere, writes the report in every format, and has each read by
// a parser of that form.
func TestReportsAreHarmless(t *testing.T) {
	schema := sarifSchemaOf(t)
	rapid.Check(t, func(t *rapid.T) {
		var r Report
		viewtest.Fill(t, &r, diag.Error, diag.Warning, diag.Info,
			diag.RefUnknownUser, diag.LoadSyntax, diag.Custom(viewtest.Nasty().Draw(t, "id"), diag.Error))
		r = New(r.Diagnostics, "project", r.Summary.Waived, r.Summary.Notes)
		for _, format := range Formats() {
			var b bytes.Buffer
			if err := Write(format, &b, r, Tool{Version: "1.2.3", Rules: rules}); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			if strange := strangeIn(format, b.Bytes(), schema); len(strange) > 0 {
				t.Fatalf("%s: there is %q in\n%s", format, strange, b.String())
			}
		}
	})
}

// TestPersonasAreHarmless does the same with the results of persona tests.
func TestPersonasAreHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r persona.Report
		viewtest.Fill(t, &r)
		var b bytes.Buffer
		if err := PersonasJUnit(&b, &r); err != nil {
			t.Fatal(err)
		}
		if strange := strangeIn("junit", b.Bytes(), nil); len(strange) > 0 {
			t.Fatalf("there is %q in\n%s", strange, b.String())
		}
	})
}

// strangeIn returns what in a report is more than text to its readers.
func strangeIn(format string, data []byte, schema *jsonschema.Schema) []string {
	switch format {
	case "json", "gitlab":
		if !json.Valid(data) {
			return []string{"no JSON"}
		}
		return nil
	case "sarif":
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err == nil {
			err = schema.Validate(doc)
		}
		if err != nil {
			return []string{err.Error()}
		}
		return nil
	case "github":
		return strangeCommands(string(data))
	case "junit":
		return strangeXML(data)
	}
	return viewtest.Terminal(string(data))
}

// workflowCommand is a command as the runner of GitHub Actions reads it.
var workflowCommand = regexp.MustCompile(`^::(error|warning|notice) ([a-zA-Z]+=[^,:]*)(,[a-zA-Z]+=[^,:]*)*::`)

// strangeCommands returns the lines that are neither one of our commands nor
// plain text.
func strangeCommands(text string) (strange []string) {
	for line := range strings.Lines(text) {
		rest := workflowCommand.ReplaceAllString(strings.TrimSuffix(line, "\n"), "")
		strange = append(strange, viewtest.Terminal(rest)...)
	}
	return strange
}

// strangeXML returns what an XML parser stumbles over, elements that a JUnit
// report has not, and text that is not fit for a terminal.
func strangeXML(data []byte) (strange []string) {
	dec := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return strange
		}
		if err != nil {
			return append(strange, err.Error())
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch token.Name.Local {
			case "testsuites", "testsuite", "testcase", "failure", "skipped":
			default:
				strange = append(strange, "<"+token.Name.Local+">")
			}
			for _, a := range token.Attr {
				if a.Name.Local != "file" { // the path itself, for programs
					strange = append(strange, viewtest.Terminal(a.Value)...)
				}
			}
		case xml.CharData:
			strange = append(strange, viewtest.Terminal(string(token))...)
		}
	}
}

// TestSummaryIsHarmless holds what is said beside a report to the same.
func TestSummaryIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r Report
		viewtest.Fill(t, &r, diag.Error, diag.Warning, diag.Info, diag.LoadSyntax)
		if strange := viewtest.Terminal(r.SummaryLine(layout.Plain())); len(strange) > 0 {
			t.Fatalf("there is %q", strange)
		}
	})
}
