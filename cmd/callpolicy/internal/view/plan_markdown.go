package view

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"callpolicy/compiler/plan"
)

// PlanMarkdown writes a plan for a comment on a pull request. It names only
// people whom the change itself names; everybody else is counted.
func PlanMarkdown(w io.Writer, p *plan.Plan) error {
	out := bufio.NewWriter(w)
	n := p.Summary
	fmt.Fprintf(out, "### %s: %s change, %s added, %s removed\n\n",
		Plural(n.Users, "user", "users"), Count(n.Changed), Count(n.Added), Count(n.Removed))
	for _, note := range p.Notes {
		fmt.Fprintf(out, "> %s\n\n", markdown(note))
	}
	fmt.Fprint(out, "| Where | Edit | Users |\n| --- | --- | ---: |\n")
	for _, f := range foldCauses(p.Causes) {
		place, who := "", f.User
		if f.At != nil {
			place = fmt.Sprintf("`%s:%d`", clean(f.At.File), f.At.Line)
		}
		if len(f.causes) > 1 {
			who = Plural(len(f.causes), "user", "users")
			place += " and more"
		}
		fmt.Fprintf(out, "| %s | %s | %s |\n", place, markdown(title(f.Cause, clean(who))), Count(f.users()))
	}
	return out.Flush()
}

// markdown escapes what Markdown would read as its own.
func markdown(s string) string {
	return strings.NewReplacer("|", "\\|", "*", "\\*", "_", "\\_", "<", "&lt;", "`", "\\`", "[", "\\[", "\n", " ").Replace(clean(s))
}
