package view

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/inventory"
)

// People is a list of users, for programs as for people.
type People struct {
	FormatVersion string             `json:"formatVersion"`
	Of            int                `json:"of"` // how many users there are
	Users         []inventory.Person `json:"users"`
}

// PeopleText lists users.
func PeopleText(w io.Writer, p People, s layout.Style) error {
	t := migrationText{bufio.NewWriter(w), s}
	rows := make([][]string, len(p.Users))
	for i, u := range p.Users {
		template := s.Dim("no template")
		if u.Template != "" {
			template = harmless.Line(u.Template)
		}
		own := make([]string, len(u.Own))
		for n, name := range u.Own {
			own[n] = strings.TrimPrefix(name, "inCall.")
		}
		if len(u.Outstanding) > 0 {
			own = append(own, s.Yellow("to be reset in Control Hub: "+strings.Join(u.Outstanding, ", ")))
		}
		rows[i] = []string{harmless.Line(u.User), u.Class, template, strings.Join(own, ", ")}
	}
	for _, line := range layout.Columns(rows, "llll") {
		fmt.Fprintln(t, line)
	}
	if len(p.Users) == p.Of {
		fmt.Fprintln(t, s.Bold(layout.Plural(p.Of, "user", "users")))
	} else {
		fmt.Fprintln(t, s.Bold(layout.Count(len(p.Users))+" of "+layout.Plural(p.Of, "user", "users")))
	}
	return t.Flush()
}

// Seats is a list of licenses with their seats.
type Seats struct {
	FormatVersion string            `json:"formatVersion"`
	Seats         []inventory.Seats `json:"seats"`
}

// SeatsText lists licenses with their seats.
func SeatsText(w io.Writer, r Seats, s layout.Style) error {
	t := migrationText{bufio.NewWriter(w), s}
	rows := [][]string{{"license", "bought", "assigned", "free", "migrating", "in Control Hub"}}
	for i, cell := range rows[0] {
		rows[0][i] = s.Dim(cell)
	}
	for _, l := range r.Seats {
		bought, free := s.Dim("not said"), ""
		if l.Purchased != nil {
			bought, free = layout.Count(*l.Purchased), layout.Count(*l.Free)
			if *l.Free < 0 {
				free = s.Red(layout.Count(-*l.Free) + " too many")
			}
		}
		rows = append(rows, []string{harmless.Line(l.License), bought, layout.Count(l.Assigned), free, layout.Count(l.Migrating), harmless.Line(l.ControlHubName)})
	}
	for _, line := range layout.Columns(rows, "lrrrrl") {
		fmt.Fprintln(t, line)
	}
	t.paragraph("", s.Dim("Who is migrating takes a seat on each side."))
	return t.Flush()
}

// Templates is a list of calling templates.
type Templates struct {
	FormatVersion string               `json:"formatVersion"`
	Templates     []inventory.Template `json:"templates"`
}

// TemplatesText lists calling templates.
func TemplatesText(w io.Writer, r Templates, s layout.Style) error {
	t := migrationText{bufio.NewWriter(w), s}
	rows := [][]string{{s.Dim("rank"), s.Dim("template"), s.Dim("wins for"), s.Dim("groups")}}
	for _, c := range r.Templates {
		rows = append(rows, []string{layout.Count(c.Rank), s.Bold(harmless.Line(c.Name)), layout.Plural(c.Users, "user", "users"), harmless.Line(strings.Join(c.Groups, ", "))})
	}
	if len(r.Templates) == 0 {
		fmt.Fprintln(t, "There are no calling templates.")
		return t.Flush()
	}
	for i, line := range layout.Columns(rows, "rlrl") {
		fmt.Fprintln(t, line)
		if i > 0 && r.Templates[i-1].Description != "" {
			t.hanging("      ", "", s.Dim(harmless.Line(r.Templates[i-1].Description)))
		}
	}
	return t.Flush()
}

// TemplateText shows one calling template whole.
func TemplateText(w io.Writer, c inventory.Template, s layout.Style) error {
	t := migrationText{bufio.NewWriter(w), s}
	fmt.Fprintln(t, s.Bold(harmless.Line(c.Name))+fmt.Sprintf("   rank %d   ", c.Rank)+s.Dim(harmless.Line(c.At.String())))
	if c.Description != "" {
		t.paragraph("  ", harmless.Line(c.Description))
	}
	fmt.Fprintln(t)
	fmt.Fprintln(t, s.Bold("settings"))
	var rows [][]string
	for _, set := range c.Settings {
		lock, own := "", ""
		if set.Lock != "" {
			lock = "locked: " + set.Lock
		}
		if set.Overridden > 0 {
			own = layout.Plural(set.Overridden, "user has", "users have") + " their own"
		}
		rows = append(rows, []string{"  " + harmless.Line(set.Name), s.Bold(harmless.Line(set.Value)), lock, own, s.Dim(harmless.Line(set.At.String()))})
	}
	for _, line := range layout.Columns(rows, "lllll") {
		fmt.Fprintln(t, line)
	}
	if len(c.Open) > 0 {
		t.hanging("  ", "left to the organization: ", strings.Join(c.Open, ", "))
	}
	fmt.Fprintln(t)
	fmt.Fprintln(t, s.Bold("users"))
	switch {
	case len(c.Groups) == 0:
		t.paragraph("  ", "no group is assigned to it")
	default:
		t.hanging("  ", "groups: ", harmless.Line(strings.Join(c.Groups, ", ")))
		fmt.Fprintf(t, "  wins for %s of %s in them\n", layout.Count(c.Users), layout.Plural(c.Members, "user", "users"))
	}
	for _, n := range c.Classes {
		fmt.Fprintf(t, "    %s %s\n", layout.Count(n.Users), harmless.Line(n.Name))
	}
	for _, n := range c.LosesTo {
		fmt.Fprintf(t, "  loses %s to %s, whose rank is smaller\n", layout.Plural(n.Users, "user", "users"), harmless.Line(n.Name))
	}
	return t.Flush()
}

// Assignment is a group that is assigned to a template, or could be.
type Assignment struct {
	Group, Template, Before string
	Edit                    diag.Edit
	After                   string // the line as it is then
	Inserted                bool   // the line is a new one
	Written                 bool
}

// Assigned shows the edit that assigns a group to a template.
func Assigned(w io.Writer, a Assignment, s layout.Style) error {
	t := migrationText{bufio.NewWriter(w), s}
	if a.Before == a.Template {
		t.paragraph("", harmless.Line(a.Group)+" is assigned to "+harmless.Line(a.Template)+" already.")
		return t.Flush()
	}
	was := ""
	if a.Before != "" {
		was = ", and no longer to " + harmless.Line(a.Before)
	}
	fmt.Fprintln(t, s.Dim(harmless.Place(a.Edit.File, a.Edit.Start.Line)))
	if !a.Inserted {
		fmt.Fprintln(t, s.Red("- "+harmless.Line(a.Edit.Text)))
	}
	fmt.Fprintln(t, s.Green("+ "+harmless.Line(a.After)))
	if a.Written {
		t.paragraph("", harmless.Line(a.Group)+" is assigned to "+harmless.Line(a.Template)+was+". \"callpolicy plan\" says whom that reaches.")
	} else {
		t.paragraph("", "Nothing was written. With --write, "+harmless.Line(a.Group)+" is assigned to "+harmless.Line(a.Template)+was+".")
	}
	return t.Flush()
}
