// Package format lists the formats of what is shown in several: a format is one
// file, and one line in its list. Commands, completion, help and the check of
// --format and --out all ask the list. The package writes nothing itself.
package format

import (
	"fmt"
	"slices"
	"strings"
)

// Format is one form in which something is written; how is W's business.
type Format[W any] struct {
	Name  string
	Write W
}

// List is the formats of one kind of document, those for people first.
type List[W any] []Format[W]

// Names returns the names of all formats.
func (l List[W]) Names() []string {
	names := make([]string, len(l))
	for i, f := range l {
		names[i] = f.Name
	}
	return names
}

// Find returns how to write the named format, or an error that lists the names.
func (l List[W]) Find(name string) (W, error) {
	i := slices.IndexFunc(l, func(f Format[W]) bool { return f.Name == name })
	if i < 0 {
		var none W
		return none, unknown(name, l.Names())
	}
	return l[i].Write, nil
}

func unknown(name string, names []string) error {
	return fmt.Errorf("there is no format %q; the formats are %s", name, strings.Join(names, ", "))
}

// Output is one document to write beside what is printed.
type Output struct {
	Format string
	Path   string
}

// ParseOutputs reads the values of an option such as "--out sarif=report.sarif".
// names are the formats to allow. Every error is a wrong use of the command.
func ParseOutputs(values, names []string) ([]Output, error) {
	var outputs []Output
	for _, value := range values {
		name, file, ok := strings.Cut(value, "=")
		switch {
		case !ok || name == "" || file == "":
			return nil, fmt.Errorf("%q is not of the form FORMAT=FILE, as in %s=report.%[2]s", value, names[len(names)-1])
		case !slices.Contains(names, name):
			return nil, unknown(name, names)
		case slices.ContainsFunc(outputs, func(o Output) bool { return o.Path == file }):
			return nil, fmt.Errorf("two outputs would be written to %s", file)
		}
		outputs = append(outputs, Output{Format: name, Path: file})
	}
	return outputs, nil
}
