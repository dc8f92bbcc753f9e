package view

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/workspace"
)

// mostRead is how many files that are read are named.
const mostRead = 20

// Status shows how things stand with a project.
func Status(w io.Writer, st *workspace.Status, s layout.Style) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s, %s Control Hub, callpolicy %s\n", s.Bold("Project "+harmless.Line(st.Project)), harmless.Line(st.Edition), harmless.Line(st.Tool))
	fmt.Fprintf(out, "%s, %s\n", layout.Plural(st.Errors, "error", "errors"), layout.Plural(st.Warnings, "warning", "warnings"))
	fmt.Fprintf(out, "\n%s\n", s.Bold(layout.Plural(len(st.Read), "file is read", "files are read")))
	for _, file := range st.Read[:min(mostRead, len(st.Read))] {
		fmt.Fprintln(out, "  "+harmless.Line(file))
	}
	if more := len(st.Read) - mostRead; more > 0 {
		fmt.Fprintf(out, "  and %s more\n", layout.Count(more))
	}
	if len(st.NotRead) > 0 {
		fmt.Fprintf(out, "\n%s\n", s.Bold(layout.Plural(len(st.NotRead), "file is not read", "files are not read")))
	}
	for _, n := range st.NotRead {
		for _, line := range layout.Wrap("  "+harmless.Line(n.File)+": "+harmless.Line(n.Why), s.Prose()) {
			fmt.Fprintln(out, line)
		}
	}
	for _, t := range st.Targets {
		fmt.Fprintf(out, "\n%s\n", s.Bold("Target "+harmless.Line(t.Name)+", "+harmless.Line(t.Dir)))
		for _, line := range layout.Wrap("  "+targetText(t, st.Tool), s.Prose()) {
			fmt.Fprintln(out, line)
		}
	}
	if st.Outstanding > 0 {
		fmt.Fprintf(out, "\n%s\n", s.Bold(layout.Plural(st.Outstanding, "reset is", "resets are")+" outstanding in Control Hub"))
		fmt.Fprintln(out, "  callpolicy runbook says which.")
	}
	fmt.Fprintf(out, "\n%s\n", s.Bold("A plan compares with"))
	if st.Base != nil {
		fmt.Fprintln(out, "  "+harmless.Line(st.Base.Name)+short(st.Base.Revision))
	}
	for _, note := range st.Notes {
		for _, line := range layout.Wrap("  "+harmless.Line(note), s.Prose()) {
			fmt.Fprintln(out, line)
		}
	}
	return out.Flush()
}

// targetText says what a target holds.
func targetText(t workspace.TargetStatus, tool string) string {
	switch {
	case t.Problem != "":
		return harmless.Line(t.Problem) + "."
	case t.Tool == "":
		return "It holds nothing yet."
	}
	text := fmt.Sprintf("%s for %s%s.", layout.Plural(t.Bundles, "bundle", "bundles"), layout.Plural(t.Users, "user", "users"), short(&t.Revision))
	if t.Tool != tool {
		text += " Written by callpolicy " + harmless.Line(t.Tool) + "."
	}
	if n := len(t.Quarantined); n > 0 {
		text += " " + layout.Plural(n, "user is", "users are") + " set aside"
		if t.Long {
			text += ", for more than 14 days: " + harmless.Line(strings.Join(t.Quarantined, ", "))
		}
		text += "."
	}
	return text
}

// short is a revision in parentheses; empty where there is none.
func short(revision *string) string {
	if revision == nil || len(*revision) < 7 {
		return ""
	}
	return " (" + harmless.Line((*revision)[:7]) + ")"
}
