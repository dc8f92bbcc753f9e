package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/diag"
)

// Text writes the report for people: each diagnostic with its line, errors first,
// then one line of summary. Many warnings of one kind and cause are one block,
// which counts them; see [Full]. It writes nothing where nothing was found, since
// only the command knows what to say then; see [Report.SummaryLine].
func Text(w io.Writer, r Report, s layout.Style) error { return r.text(w, fold(r.Diagnostics), s) }

// Full is Text with a block for every diagnostic.
func Full(w io.Writer, r Report, s layout.Style) error { return r.text(w, each(r.Diagnostics), s) }

func (r Report) text(w io.Writer, blocks []block, s layout.Style) error {
	if len(blocks) == 0 {
		return nil
	}
	out := bufio.NewWriter(w)
	told := map[string]bool{}
	for _, b := range blocks {
		for _, line := range r.lines(b[0], told, s) {
			fmt.Fprintln(out, line)
		}
		for _, line := range r.others(b, s) {
			fmt.Fprintln(out, line)
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out, r.SummaryLine(s))
	for _, note := range r.Summary.Notes {
		for _, line := range layout.Wrap(harmless.Lines(note), s.Prose()) {
			fmt.Fprintln(out, line)
		}
	}
	return out.Flush()
}

// SummaryLine says in one line what was found: "1 error, 2 warnings in 3 files".
// It has neither a period nor a line end.
func (r Report) SummaryLine(s layout.Style) string {
	var parts []string
	count := func(severity diag.Severity, n int, one, many string) {
		if n > 0 {
			parts = append(parts, s.Severity(severity, layout.Plural(n, one, many)))
		}
	}
	count(diag.Error, r.Summary.Errors, "error", "errors")
	count(diag.Warning, r.Summary.Warnings, "warning", "warnings")
	count(diag.Info, r.Summary.Infos, "info", "infos")
	line := "no problems found"
	if len(parts) > 0 {
		line = strings.Join(parts, ", ")
		if files := r.files(); files > 0 {
			line += " in " + layout.Plural(files, "file", "files")
		}
	}
	if r.Summary.Waived > 0 {
		line += fmt.Sprintf("; %s waived", layout.Count(r.Summary.Waived))
	}
	return line
}

func (r Report) files() int {
	files := map[string]bool{}
	for _, d := range r.Diagnostics {
		if !d.Subject.IsZero() {
			files[d.Subject.File] = true
		}
	}
	return len(files)
}

// gutter is the width of what stands left of the text: a line number or a label.
const gutter = 5

// lines lays one diagnostic out. What is wrong comes first, then where, then
// the line itself, then what helps: all text from one column on. What was told
// already is not told again: the same slip in ten places has one reason.
func (r Report) lines(d *diag.Diagnostic, told map[string]bool, s layout.Style) []string {
	lines := headline(d, s)
	lines = append(lines, r.placeLines(d, s)...)
	numbers := max(gutter, len(strconv.Itoa(d.Subject.Start.Line)))
	lines = append(lines, snippet(d.Subject, numbers, func(mark string) string {
		return s.Severity(d.Severity, mark)
	}, s)...)

	labeled := func(label string, text []string) {
		for _, line := range text {
			if line != "" {
				line = s.Dim(fmt.Sprintf("%*s   ", numbers, label)) + line
			}
			lines = append(lines, line)
			label = ""
		}
	}
	width := s.Prose() - numbers - 3
	if d.Users > 0 {
		labeled("who", layout.Wrap(harmless.Line(who(d)), width))
	}
	help := func(label, text string) {
		if key := d.ID.String() + label + text; text != "" && !told[key] {
			told[key] = true
			labeled(label, layout.Wrap(harmless.Lines(text), width))
		}
	}
	help("why", d.Detail)
	help("try", untold(d))
	if d.Fix != nil {
		labeled("fix", layout.Wrap(harmless.Line(d.Fix.Title)+" (callpolicy validate --fix)", width))
	}
	var related []string
	for _, rel := range d.Related {
		related = append(related, besides(r.place(rel.Range), harmless.Line(rel.Message), width)...)
	}
	labeled("see", related)
	return lines
}

// untold is the hint without the question that the fix answers.
func untold(d *diag.Diagnostic) string {
	meant, ok := strings.CutPrefix(d.Hint, "Did you mean ")
	if !ok || d.Fix == nil {
		return d.Hint
	}
	name, rest, ok := strings.Cut(meant, "?")
	if !ok || !strings.Contains(d.Fix.Title, strings.Trim(name, `"`)) {
		return d.Hint
	}
	return strings.TrimSpace(rest)
}

// who counts the users concerned, and names a few.
func who(d *diag.Diagnostic) string {
	users := layout.Plural(d.Users, "user", "users")
	if len(d.Examples) > 0 {
		users += ", such as " + strings.Join(d.Examples, ", ")
	}
	return users
}

// headline is the severity, the summary and the id.
func headline(d *diag.Diagnostic, s layout.Style) []string {
	label := d.Severity.String() + ": "
	indent := strings.Repeat(" ", len(label))
	id := "[" + harmless.Line(d.ID.String()) + "]"

	lines := layout.Wrap(harmless.Line(d.Summary), s.Prose()-len(label))
	last := len(lines) - 1
	fits := len(label)+layout.Width(lines[last])+2+layout.Width(id) <= s.Prose()
	for i, line := range lines {
		lines[i] = indent + s.Bold(line)
	}
	lines[0] = s.Bold(s.Severity(d.Severity, label)) + strings.TrimPrefix(lines[0], indent)
	if fits {
		lines[last] += "  " + s.Dim(id)
	} else {
		lines = append(lines, indent+s.Dim(id))
	}
	return lines
}

// placeLines says where: the file, and what the place is called in the policies.
func (r Report) placeLines(d *diag.Diagnostic, s layout.Style) []string {
	const indent = "  "
	policyPath := harmless.Line(d.Path)
	if d.Subject.IsZero() {
		if policyPath == "" {
			return nil
		}
		return []string{indent + s.Dim(policyPath)}
	}
	place := r.place(d.Subject)
	lines := besides(place, policyPath, s.Width-len(indent))
	for i, line := range lines {
		if i == 0 {
			lines[i] = indent + place + s.Dim(strings.TrimPrefix(line, place))
		} else {
			lines[i] = indent + s.Dim(line)
		}
	}
	return lines
}

// place is what terminals and editors turn into a link.
func (r Report) place(at diag.Range) string {
	at.File = r.repositoryPath(at.File)
	return harmless.Line(at.String())
}

// besides puts text behind a place, or below it where the line would be too long.
func besides(place, text string, width int) []string {
	switch {
	case text == "":
		return []string{place}
	case layout.Width(place)+2+layout.Width(text) <= width:
		return []string{place + "  " + text}
	default:
		return append([]string{place}, layout.Wrap("  "+text, width)...)
	}
}
