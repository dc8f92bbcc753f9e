package view

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/target"
)

// Extent is how much was read.
type Extent struct {
	Projects, Users, Groups, Templates, Files int
}

// Sound says that nothing is wrong, and in how much; then what else there is to know.
func Sound(w io.Writer, e Extent, waived int, notes []string, s layout.Style) error {
	what := []string{layout.Plural(e.Users, "user", "users")}
	if e.Groups > 0 {
		what = append(what, layout.Plural(e.Groups, "group", "groups"))
	}
	if e.Templates > 0 {
		what = append(what, layout.Plural(e.Templates, "calling template", "calling templates"))
	}
	line := fmt.Sprintf("No problems found: %s in %s", strings.Join(what, ", "), layout.Plural(e.Files, "file", "files"))
	if e.Projects > 1 {
		line += " of " + layout.Plural(e.Projects, "project", "projects")
	}
	if waived > 0 {
		line += "; " + layout.Plural(waived, "finding is", "findings are") + " waived"
	}
	if err := result(w, s, line+".", "No problems found"); err != nil {
		return err
	}
	for _, note := range notes {
		if err := Note(w, note, s); err != nil {
			return err
		}
	}
	return nil
}

// result writes prose, with the words that carry the result in green where
// they are at its beginning.
func result(w io.Writer, s layout.Style, text, first string) error {
	out := bufio.NewWriter(w)
	for _, line := range layout.Wrap(text, s.Prose()) {
		if rest, ok := strings.CutPrefix(line, first); ok && first != "" {
			line = s.Green(first) + rest
		}
		fmt.Fprintln(out, line)
	}
	return out.Flush()
}

// Warned says in one line that there is more to know than a command that writes
// bundles shows.
func Warned(w io.Writer, r report.Report, s layout.Style) error {
	if len(r.Diagnostics) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "%s. \"callpolicy validate\" shows what.\n", r.SummaryLine(s))
	return err
}

// Note says something that a reader must know beside the result.
func Note(w io.Writer, text string, s layout.Style) error {
	return result(w, s, harmless.Lines(text), "")
}

// Refused says that nothing was written, since the files are at fault.
func Refused(w io.Writer, s layout.Style) error {
	_, err := fmt.Fprintln(w, s.Bold("Nothing was written."))
	return err
}

// Mended says what became of the fixes that findings carried.
func Mended(w io.Writer, applied, skipped int, files []string, s layout.Style) error {
	out := bufio.NewWriter(w)
	if applied == 0 && skipped == 0 {
		fmt.Fprintln(out, "There is nothing that callpolicy knows an exact fix for.")
		return out.Flush()
	}
	fmt.Fprintf(out, "%s applied in %s.\n", s.Green(layout.Plural(applied, "fix", "fixes")), layout.Plural(len(files), "file", "files"))
	for _, file := range files {
		fmt.Fprintln(out, "  "+harmless.Line(file))
	}
	if skipped > 0 {
		fmt.Fprintf(out, "%s left out that would have changed the same words. Run it again for those.\n", layout.Plural(skipped, "fix was", "fixes were"))
	}
	fmt.Fprintln(out)
	return out.Flush()
}

// Delivery is what a command that writes bundles did.
type Delivery struct {
	Part    string // the part of the files, such as 0/4; empty: all
	Project string // the project's folder, where there are several; else empty
	Where   string // the folder that was written to
	Counts  bundle.Counts
	Result  target.Result
	Planned bool // a plan was shown before it
	Mended  int  // files that were not as they had been applied

	Before      string // the commit that the target was made from; empty where it is not known, or nobody is concerned
	Uncommitted bool   // what is written is in no commit
}

// Bundles says how many bundles there are for how many users.
func (d Delivery) Bundles() string {
	return fmt.Sprintf("%s for %s", layout.Plural(d.Counts.Bundles, "bundle", "bundles"), layout.Plural(d.Counts.Users, "user", "users"))
}

// changes says what became of the files, in a line.
func (d Delivery) changes() string {
	return fmt.Sprintf("%s written, %s kept as they were, %s removed",
		layout.Plural(d.Result.Written, "file", "files"), layout.Count(d.Result.Unchanged), layout.Count(d.Result.Removed))
}

// Compiled says what compile wrote.
func Compiled(w io.Writer, d Delivery, s layout.Style) error {
	text := fmt.Sprintf("%s in %s already; nothing was written.", d.Bundles(), harmless.Line(d.Where))
	if d.Result.Changed {
		text = fmt.Sprintf("%s written to %s.\n  %s.", d.Bundles(), harmless.Line(d.Where), d.changes())
	}
	if d.Part != "" {
		text = fmt.Sprintf("Part %s of %s in %s already; nothing was written.", d.Part, d.Bundles(), harmless.Line(d.Where))
		if d.Result.Changed {
			text = fmt.Sprintf("Part %s of %s written to %s.\n  %s.", d.Part, d.Bundles(), harmless.Line(d.Where), d.changes())
		}
	}
	if d.Project != "" {
		text = harmless.Line(d.Project) + ": " + text
	}
	return result(w, s, text, "")
}

// Leftover says what a killed run left beside a target, in the folder as people
// read its name, and what is done about it.
func Leftover(w io.Writer, left *target.Leftover, where string, s layout.Style) error {
	return result(w, s, fmt.Sprintf("A run was killed here and left %s. Before anything else, this one is to %s.",
		harmless.Line(where), harmless.Lines(strings.Join(left.Does, ", and to "))), "")
}

// Applied says what apply did, and what it never does.
func Applied(w io.Writer, d Delivery, s layout.Style) error {
	gap := ""
	if d.Planned {
		gap = "\n"
	}
	mended := ""
	if d.Mended > 0 {
		mended = fmt.Sprintf("\n  %s been changed or removed by hand since the last apply; that is mended.", layout.Plural(d.Mended, "file had", "files had"))
	}
	next := ""
	if d.Before != "" {
		next = fmt.Sprintf("\nWhat to do in Control Hub: callpolicy runbook --base %s", harmless.Line(d.Before[:min(len(d.Before), 7)]))
	}
	if d.Uncommitted {
		next += "\nThese files are not committed. Commit them and apply again, or no later plan can tell what causes a change."
	}
	return result(w, s, gap+fmt.Sprintf("%s written to %s; nothing was changed in Webex.\n  %s.%s%s",
		d.Bundles(), harmless.Line(d.Where), d.changes(), mended, next), d.Bundles())
}

// NothingToDo says that a target holds everything already, be it that it only
// learned which commit that is.
func NothingToDo(w io.Writer, d Delivery, s layout.Style) error {
	if d.Result.Changed {
		return result(w, s, fmt.Sprintf("Nothing to do: %s holds all %s already, and now names the commit that they are from.\nNothing was changed in Webex.",
			harmless.Line(d.Where), d.Bundles()), "Nothing to do")
	}
	return result(w, s, fmt.Sprintf("Nothing to do: %s holds all %s already.\nNothing was written, and nothing was changed in Webex.",
		harmless.Line(d.Where), d.Bundles()), "Nothing to do")
}

// Started says what init wrote, what a reader must know of it, if anything, and
// what to do next.
func Started(w io.Writer, dir string, files []string, note string, next []string, s layout.Style) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s in %s:\n\n", s.Green("A policy repository to start from"), harmless.Line(dir))
	for _, file := range files {
		fmt.Fprintln(out, "  "+harmless.Line(file))
	}
	if note != "" {
		fmt.Fprintln(out)
		for _, line := range layout.Wrap(note, s.Prose()) {
			fmt.Fprintln(out, line)
		}
	}
	fmt.Fprint(out, "\nIt holds a few people who do not exist. Put your own in their place, then:\n\n")
	for _, command := range next {
		fmt.Fprintln(out, "  "+s.Bold(command))
	}
	return out.Flush()
}
