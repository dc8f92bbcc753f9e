package view

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/migration"
)

// Raw writes text as it is.
func Raw(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return err
}

// Readiness shows to people what becomes of the configuration of Cisco Jabber.
func Readiness(w io.Writer, r *migration.Readiness, s layout.Style) error {
	t := migrationText{bufio.NewWriter(w), s}
	for _, f := range r.Files {
		whose := "the global file"
		if f.Group != "" {
			whose = "for the group " + harmless.Line(f.Group)
		}
		fmt.Fprintln(t, s.Bold(harmless.Line(f.Name))+"   "+whose+", "+layout.Plural(len(f.Parameters), "parameter", "parameters"))
		for _, slip := range f.Slips {
			words := fmt.Sprintf("line %d: %s", slip.Line, harmless.Line(slip.Problem))
			if slip.Ignored {
				words += "; clients ignore the whole file for it"
			}
			t.hanging("  ", s.Yellow("slip  "), words)
		}
	}
	for _, v := range []struct {
		verdict migration.Verdict
		title   string
	}{
		{migration.Expressed, "A setting here says the same"},
		{migration.Honored, "Read by the Webex App as well, while calls run on Unified CM"},
		{migration.JabberOnly, "Read by Cisco Jabber only: lost in the Webex App"},
		{migration.Unknown, "Unknown to callpolicy"},
	} {
		t.verdict(r, v.verdict, v.title)
	}
	if r.Policy != "" {
		fmt.Fprintln(t)
		fmt.Fprintln(t, s.Bold("As a policy")+s.Dim("   (--format yaml prints nothing else)"))
		for line := range strings.Lines(r.Policy) {
			fmt.Fprint(t, "  "+harmless.Line(strings.TrimSuffix(line, "\n"))+"\n")
		}
	}
	return t.Flush()
}

func (t migrationText) verdict(r *migration.Readiness, v migration.Verdict, title string) {
	var rows [][]string
	var notes []string
	for _, p := range r.Parameters {
		if p.Verdict != v {
			continue
		}
		value := harmless.Line(p.Value)
		if p.Secret {
			value = "a password, not shown"
		}
		row := []string{layout.Plural(p.Users, "user", "users"), harmless.Line(p.Name), value}
		if v == migration.Expressed {
			row = append(row, t.style.Bold(harmless.Line(strings.Join(p.Settings, ", "))))
		}
		rows = append(rows, append(row, t.style.Dim(harmless.Place(p.File, p.Line))))
		notes = append(notes, harmless.Line(p.Note))
	}
	if len(rows) == 0 {
		return
	}
	fmt.Fprintln(t)
	fmt.Fprintln(t, t.style.Bold(title))
	for i, line := range layout.Columns(rows, "rlll") {
		fmt.Fprintln(t, "  "+line)
		if notes[i] != "" {
			t.hanging("      ", "", t.style.Dim(notes[i]))
		}
	}
}
