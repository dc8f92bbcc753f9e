package view

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

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

// format writes a whole report, or returns why it could not.
type format func(w io.Writer, r Report, tool Tool) error

func formats() map[string]format {
	return map[string]format{
		"text":   writeText,
		"json":   writeJSON,
		"sarif":  writeSARIF,
		"github": writeGitHub,
		"gitlab": writeGitLab,
		"junit":  writeJUnit,
	}
}

// Formats returns the names of the formats that [Write] knows, those for people first.
func Formats() []string {
	return []string{"text", "json", "sarif", "github", "gitlab", "junit"}
}

// Write writes the report in the named format. Its text is plain and 80 columns
// wide; [Text] suits a terminal. An error means that w failed or that the
// format is none of [Formats].
func Write(name string, w io.Writer, r Report, tool Tool) error {
	write, ok := formats()[name]
	if !ok {
		return fmt.Errorf("there is no format %q; the formats are %s", name, strings.Join(Formats(), ", "))
	}
	return write(w, r, tool)
}

func writeText(w io.Writer, r Report, _ Tool) error { return Text(w, r, Plain()) }

// writeJSON writes the report as it is. Paths stay relative to the project,
// unlike in the other formats, and root says where the project is.
func writeJSON(w io.Writer, r Report, _ Tool) error { return encodeJSON(w, r) }

func encodeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// Output is one document to write beside what is printed.
type Output struct {
	Format string
	Path   string
}

// ParseOutputs reads the values of an option such as "--out sarif=report.sarif".
// formats are the names to allow. Every error is a wrong use of the command.
func ParseOutputs(values, formats []string) ([]Output, error) {
	var outputs []Output
	for _, value := range values {
		name, file, ok := strings.Cut(value, "=")
		switch {
		case !ok || name == "" || file == "":
			return nil, fmt.Errorf("%q is not of the form FORMAT=FILE, as in %s=report.%[2]s", value, formats[len(formats)-1])
		case !slices.Contains(formats, name):
			return nil, fmt.Errorf("there is no format %q; the formats are %s", name, strings.Join(formats, ", "))
		case slices.ContainsFunc(outputs, func(o Output) bool { return o.Path == file }):
			return nil, fmt.Errorf("two outputs would be written to %s", file)
		}
		outputs = append(outputs, Output{Format: name, Path: file})
	}
	return outputs, nil
}
