package view

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"callpolicy/policies"
	"callpolicy/schema"
)

// The pages of docs/reference that follow from the program, in Markdown.

const generated = "<!-- Written by the program. UPDATE=1 go test ./cmd/... writes it anew. -->\n\n"

// Command is what a page says of a command.
type Command struct {
	Name, Usage, Short, Long, Example string
	Flags                             []Flag
}

// Flag is what a page says of a flag.
type Flag struct {
	Name, Letter, Value, Usage string
}

// CommandsPage writes the reference of the commands. root is the program itself.
func CommandsPage(w io.Writer, root, commands []Command) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, "# Commands\n\n", generated)
	for _, c := range root {
		fmt.Fprintf(out, "%s\n\n", prose(c.Long))
		fmt.Fprint(out, "These flags go with every command:\n\n")
		flagTable(out, c.Flags)
	}
	fmt.Fprint(out, "| Command | |\n| --- | --- |\n")
	for _, c := range commands {
		fmt.Fprintf(out, "| [%s](#%s) | %s |\n", c.Name, anchor(c.Name), cell(c.Short))
	}
	for _, c := range commands {
		fmt.Fprintf(out, "\n## %s\n\n", c.Name)
		if text := prose(c.Long); text != "" {
			fmt.Fprintf(out, "%s\n\n", text)
		} else {
			fmt.Fprintf(out, "%s.\n\n", prose(c.Short))
		}
		fmt.Fprintf(out, "```text\n%s\n```\n\n", c.Usage)
		flagTable(out, c.Flags)
		fmt.Fprintf(out, "```sh\n%s\n```\n", unindented(c.Example))
	}
	return out.Flush()
}

func flagTable(w io.Writer, flags []Flag) {
	if len(flags) == 0 {
		return
	}
	fmt.Fprint(w, "| Flag | |\n| --- | --- |\n")
	for _, f := range flags {
		name := "--" + f.Name
		if f.Value != "" {
			name += " " + strings.ToUpper(f.Value)
		}
		if f.Letter != "" {
			name = "-" + f.Letter + ", " + name
		}
		fmt.Fprintf(w, "| `%s` | %s |\n", name, cell(f.Usage))
	}
	fmt.Fprintln(w)
}

// RulesPage writes the reference of the rules.
func RulesPage(w io.Writer, rules []policies.Rule) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, "# Rules\n\n", generated)
	fmt.Fprint(out, "`callpolicy rules` lists them in a terminal, and `callpolicy rules ID` explains one.\n\n")
	fmt.Fprint(out, "An error fails a run; a warning does so with `validate --strict` only. Where another\n"+
		"severity may be chosen, the project file says so:\n\n"+
		"```yaml\nrules:\n  lint.empty-group: off\n```\n\n")
	fmt.Fprint(out, "| Rule | Severity | |\n| --- | --- | --- |\n")
	for _, r := range rules {
		fmt.Fprintf(out, "| [`%s`](#%s) | %s | %s |\n", r.ID, anchor(r.ID), r.Severity, cell(r.Title))
	}
	for _, r := range rules {
		rulePart(out, r)
	}
	return out.Flush()
}

func rulePart(w io.Writer, r policies.Rule) {
	fmt.Fprintf(w, "\n## %s\n\n**%s.** %s\n\n", r.ID, prose(r.Title), prose(r.Why))
	fmt.Fprintf(w, "- What to do: %s\n", prose(r.Fix))
	fmt.Fprintf(w, "- Severity: %s.\n", severityOf(r))
	if concerns := editionsOf(r); concerns != "" {
		fmt.Fprintf(w, "- Edition: %s.\n", concerns)
	}
	e := r.Examples
	if e == nil {
		return
	}
	if e.Told != "" {
		fmt.Fprintf(w, "\nWrong: %s\n", prose(e.Told))
	}
	examplePart(w, "Wrong", e.Bad)
	examplePart(w, "Right", e.Good)
}

func examplePart(w io.Writer, label string, files map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(w, "\n%s, in `%s`:\n\n", label, name)
		language := name[strings.LastIndexByte(name, '.')+1:]
		fmt.Fprintf(w, "```%s\n%s\n```\n", language, strings.TrimRight(files[name], "\n"))
	}
}

// SchemaPage writes the reference of what files may hold, for all editions.
func SchemaPage(w io.Writer, editions []*schema.Schema) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, "# What the files hold\n\n", generated)
	fmt.Fprint(out, "`callpolicy schema` gives the same to an editor, which then completes and explains it.\n"+
		"A key in brackets is of your choosing. What may stand at which level is the edition's\n"+
		"business; see [the editions](#editions).\n")
	first := editions[0]
	fmt.Fprint(out, "\n## Policy files\n\n", "A policy file holds any of these keys; which file holds what is yours to choose.\n\n")
	fieldTable(out, first.Policy)
	fmt.Fprint(out, "\n## The project file\n\n", "`callpolicy.yaml` marks the root of a policy repository.\n\n")
	fieldTable(out, first.Project)
	fmt.Fprint(out, "\n## Editions\n\n", "| |")
	for _, s := range editions {
		fmt.Fprintf(out, " `edition: %s` |", s.Edition.Name)
	}
	fmt.Fprint(out, "\n| --- |", strings.Repeat(" --- |", len(editions)))
	editionRow(out, "what it is", editions, func(e schema.Edition) string { return e.Title })
	editionRow(out, "in-call toggles, for the organization, templates and users", editions, func(e schema.Edition) string { return code(e.Toggles) })
	for _, service := range slices.Sorted(maps.Keys(first.Edition.CallingBehavior)) {
		editionRow(out, "levels that may hold `callingBehavior."+service+"`", editions, func(e schema.Edition) string {
			if levels := e.CallingBehavior[service]; len(levels) > 0 {
				return list(levels, "and")
			}
			return "none: it cannot be configured"
		})
	}
	fmt.Fprintln(out)
	return out.Flush()
}

func editionRow(w io.Writer, name string, editions []*schema.Schema, of func(schema.Edition) string) {
	fmt.Fprintf(w, "\n| %s |", name)
	for _, s := range editions {
		fmt.Fprintf(w, " %s |", of(s.Edition))
	}
}

func fieldTable(w io.Writer, t *schema.Type) {
	fmt.Fprint(w, "| Key | Value | |\n| --- | --- | --- |\n")
	fieldRows{w, map[string]string{}}.of("", t)
}

// fieldRows lists fields, those below them right after. What was listed under
// another key already is not listed again.
type fieldRows struct {
	io.Writer
	seen map[string]string // by the names of its fields, the key that holds a mapping
}

func (r fieldRows) of(at string, t *schema.Type) {
	for _, f := range t.Fields {
		if f.Rule != "" {
			continue
		}
		name := at + f.Name
		about := cell(f.Doc)
		if f.Required && t.Kind == schema.Struct {
			about = strings.TrimSpace("Required. " + about)
		}
		names := strings.Join(f.Type.Names(), " ")
		as, again := r.seen[names]
		again = again && strings.Contains(names, " ") // more than one: else it may be chance
		if again {
			about += " As in `" + as + "`."
		}
		fmt.Fprintf(r, "| `%s` | %s | %s |\n", name, kindOf(f.Type), about)
		if !again {
			r.seen[names] = name
			r.below(name, f.Type)
		}
	}
}

func (r fieldRows) below(at string, t *schema.Type) {
	switch t.Kind {
	case schema.Struct, schema.Union:
		r.of(at+".", t)
	case schema.Map:
		r.below(at+".[…]", t.Elem)
	case schema.List:
		r.below(at+"[]", t.Elem)
	case schema.OneOf:
		for _, alt := range t.Alts {
			r.below(at, alt)
		}
	case schema.Any, schema.String, schema.Word, schema.Date, schema.Bool, schema.Int:
	}
}

// kindOf says what a value may be.
func kindOf(t *schema.Type) string {
	switch t.Kind {
	case schema.Any:
		return "anything"
	case schema.Struct, schema.Union:
		return "mapping"
	case schema.Map:
		if t.Elem.Kind == schema.Struct || t.Elem.Kind == schema.Union {
			return "mapping by name"
		}
		return "mapping of name to " + kindOf(t.Elem)
	case schema.List:
		return "list of " + kindOf(t.Elem)
	case schema.String:
		return "text"
	case schema.Word:
		return code(t.Words)
	case schema.Date:
		return "date, `2027-03-01`"
	case schema.Bool:
		return "`true`, `false`"
	case schema.Int:
		return "whole number"
	case schema.OneOf:
		var kinds []string
		for _, alt := range t.Alts {
			kinds = append(kinds, kindOf(alt))
		}
		return list(kinds, "or")
	}
	return ""
}

func code(words []string) string { return "`" + strings.Join(words, "`, `") + "`" }

// prose writes our own words so that Markdown reads them as they are.
func prose(text string) string {
	return strings.NewReplacer("*", "\\*", "_", "\\_", "<", "&lt;").Replace(text)
}

// cell is prose in a table.
func cell(text string) string { return strings.ReplaceAll(prose(text), "|", "\\|") }

// anchor is what the heading of a part is called in a link.
func anchor(heading string) string {
	return strings.NewReplacer(" ", "-", ".", "").Replace(strings.ToLower(heading))
}

// unindented takes away what all lines begin with.
func unindented(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "  ")
	}
	return strings.Join(lines, "\n")
}
