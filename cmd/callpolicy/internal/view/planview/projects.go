package planview

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/plan"
)

// writeAllText shows the plans of several projects to people, one below the other.
func writeAllText(w io.Writer, all *plan.Projects, o Options) error {
	s := o.Style
	out := bufio.NewWriter(w)
	for _, p := range all.Projects {
		fmt.Fprintln(out, s.Bold("── "+projectName(p.Root)))
		if err := Text(out, p.Plan, o.Detail, s); err != nil {
			return err
		}
		fmt.Fprintln(out)
	}
	for _, line := range layout.Wrap(others(all), s.Prose()) {
		fmt.Fprintln(out, line)
	}
	return out.Flush()
}

// projectName is what a project is called among several.
func projectName(root string) string {
	if root == "." {
		return "the top of the repository"
	}
	return harmless.Line(root)
}

// others counts the projects of which there is no plan to see.
func others(all *plan.Projects) string {
	var parts []string
	if n := len(all.Faulty); n > 0 {
		parts = append(parts, layout.Plural(n, "project has", "projects have")+" errors, and so no plan: "+projectNames(all.Faulty))
	}
	switch n := len(all.Untouched); {
	case n == 0:
	case len(all.Projects)+len(all.Faulty) == 0:
		parts = append(parts, "No project is touched: "+projectNames(all.Untouched))
	default:
		parts = append(parts, "Not touched: "+projectNames(all.Untouched))
	}
	if len(parts) == 0 {
		return layout.Plural(len(all.Projects), "project", "projects") + ", and all of them are touched."
	}
	return strings.Join(parts, ". ") + "."
}

// mostProjects is how many projects are named where more are meant.
const mostProjects = 10

func projectNames(roots []string) string {
	names := make([]string, 0, mostProjects)
	for _, root := range roots[:min(len(roots), mostProjects)] {
		names = append(names, projectName(root))
	}
	if more := len(roots) - mostProjects; more > 0 {
		names = append(names, layout.Count(more)+" more")
	}
	return strings.Join(names, ", ")
}

// othersShare is what the line below several plans takes at most in a comment.
const othersShare = 2_000

// writeAllMarkdown writes the plans of several projects as one comment on a pull
// request. It is never longer than a comment may be: a plan that would leave no
// room for the others is only its headline, and the last ones are counted.
func writeAllMarkdown(w io.Writer, all *plan.Projects, o Options) error {
	var b strings.Builder
	b.WriteString(planMarker)
	room := maxMarkdown - othersShare
	for i, p := range all.Projects {
		m := newPlanMarkdown(p.Plan, o.Markdown)
		heading := "## " + m.upTo(nameShare, projectName(p.Root)) + "\n\n"
		text := heading + m.body(room-len(heading))
		if left := len(all.Projects) - i; left > 1 && len(text) > room/2 {
			text = heading + m.headline() + " There is no room here for more; " + whole + ".\n\n"
		}
		if room -= len(text); room < 0 {
			fmt.Fprintf(&b, "**%s had no room here**; %s.\n\n", layout.Plural(len(all.Projects)-i, "more project", "more projects"), whole)
			break
		}
		b.WriteString(text)
	}
	b.WriteString(harmless.MarkdownUpTo(others(all), othersShare/2) + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}
