package planview

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/plan"
)

// FileDiff is the change of one file, and what follows from it.
type FileDiff struct {
	Name          string // slash-separated
	Before, After []byte // nil: the file is not there

	Plan    *plan.Plan // what changes, where all other files stay as they are; nil: not known
	Problem string     // why it is not known; empty: the file is none of the policies
}

// Write shows the effect, and below it the lines that changed as git shows them.
func (d FileDiff) Write(w io.Writer, s layout.Style) error {
	out := bufio.NewWriter(w)
	name := harmless.Line(d.Name)
	fmt.Fprintln(out, s.Bold(fmt.Sprintf("diff --callpolicy a/%s b/%[1]s", name)))
	switch {
	case d.Plan != nil:
		t := planText{Writer: out, style: s, plan: d.Plan}
		t.paragraph("", planHeadline(d.Plan))
		t.paragraph("", s.Dim("All other files count as they are on disk now."))
		for _, note := range d.Plan.Notes {
			t.paragraph("", s.Yellow(harmless.Lines(note)))
		}
		if folds := foldCauses(d.Plan.Causes); len(folds) > 0 {
			t.summary(folds)
		}
		fmt.Fprintln(out)
	case d.Problem != "":
		for _, line := range layout.Wrap("callpolicy cannot say what this does: "+harmless.Lines(d.Problem), s.Prose()) {
			fmt.Fprintln(out, s.Yellow(line))
		}
		fmt.Fprintln(out)
	}
	before, after := "a/"+d.Name, "b/"+d.Name
	if d.Before == nil {
		before = "/dev/null"
	}
	if d.After == nil {
		after = "/dev/null"
	}
	lines := diff.Diff(before, d.Before, after, d.After)
	_, lines, _ = bytes.Cut(lines, []byte("\n")) // its own first line
	for line := range strings.Lines(string(lines)) {
		fmt.Fprintln(out, diffLine(strings.TrimRight(line, "\r\n"), s))
	}
	return out.Flush()
}

// diffLine colors a line as git does.
func diffLine(line string, s layout.Style) string {
	text := harmless.Line(line)
	switch {
	case strings.HasPrefix(line, "--- ") || strings.HasPrefix(line, "+++ "):
		return s.Bold(text)
	case strings.HasPrefix(line, "@@"):
		return s.Blue(text)
	case strings.HasPrefix(line, "+"):
		return s.Green(text)
	case strings.HasPrefix(line, "-"):
		return s.Red(text)
	}
	return text
}

// Unmerged says what git says of a file with conflicts.
func Unmerged(w io.Writer, name string) error {
	_, err := fmt.Fprintf(w, "* Unmerged path %s\n", harmless.Line(name))
	return err
}
