// Package planview shows what a change does to people: a plan, the plans of
// several projects, and the effect of one file. A format is one file, and one
// line in the list of them. The package counts and compares nothing that the plan
// does not hold, decides nothing, and shows what administrators wrote through
// package harmless alone.
package planview

import (
	"io"

	"callpolicy/cmd/callpolicy/internal/view/format"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/plan"
)

// Options are what somebody chose about how a plan is shown. A format heeds
// those that concern it.
type Options struct {
	Detail   Detail          // text
	Style    layout.Style    // text
	Markdown MarkdownOptions // Markdown
}

// writer writes one plan, or those of several projects.
type writer struct {
	one func(w io.Writer, p *plan.Plan, o Options) error
	all func(w io.Writer, all *plan.Projects, o Options) error
}

// formats lists every format of a plan.
func formats() format.List[writer] {
	return format.List[writer]{
		{Name: "text", Write: writer{writeText, writeAllText}},
		{Name: "json", Write: writer{writeJSON, writeAllJSON}},
		{Name: "markdown", Write: writer{writeMarkdown, writeAllMarkdown}},
	}
}

// Formats returns the names of the formats that [Write] knows, those for people first.
func Formats() []string { return formats().Names() }

// Write writes a plan in the named format. An error means that w failed or that
// the format is none of [Formats].
func Write(name string, w io.Writer, p *plan.Plan, o Options) error {
	write, err := formats().Find(name)
	if err != nil {
		return err
	}
	return write.one(w, p, o)
}

// WriteAll writes the plans of several projects as one document in the named
// format. An error means that w failed or that the format is none of [Formats].
func WriteAll(name string, w io.Writer, all *plan.Projects, o Options) error {
	write, err := formats().Find(name)
	if err != nil {
		return err
	}
	return write.all(w, all, o)
}
