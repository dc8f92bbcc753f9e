package liveview

import (
	"fmt"
	"io"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/format"
	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/live"
)

// ProjectDrift is the drift of one project.
type ProjectDrift struct {
	Root  string      `json:"root"` // the project's folder in the repository
	Notes []string    `json:"notes,omitempty"`
	Drift *live.Drift `json:"drift"`
}

// formats lists every format of drift.
func formats() format.List[func(io.Writer, []ProjectDrift, bool, layout.Style) error] {
	return format.List[func(io.Writer, []ProjectDrift, bool, layout.Style) error]{
		{Name: "text", Write: writeText}, {Name: "json", Write: writeJSON},
	}
}

// Formats returns the names of the formats of [Drift], those for people first.
func Formats() []string { return formats().Names() }

// Drift writes how projects compare with their live organizations. Full names
// everybody.
func Drift(name string, w io.Writer, all []ProjectDrift, full bool, s layout.Style) error {
	write, err := formats().Find(name)
	if err != nil {
		return err
	}
	return write(w, all, full, s)
}

// writeJSON writes one project as it is, and several as a list.
func writeJSON(w io.Writer, all []ProjectDrift, _ bool, _ layout.Style) error {
	if len(all) == 1 {
		return harmless.JSON(w, all[0].Drift)
	}
	return harmless.JSON(w, struct {
		FormatVersion string         `json:"formatVersion"`
		Projects      []ProjectDrift `json:"projects"`
	}{live.FormatVersion, all})
}

func writeText(w io.Writer, all []ProjectDrift, full bool, s layout.Style) error {
	t := newText(w, s)
	for i := range all {
		if i > 0 {
			t.line("")
		}
		if len(all) > 1 {
			t.line("%s", s.Bold(harmless.Line(all[i].Root)))
		}
		t.drift(&all[i], full)
	}
	return t.Flush()
}

func (t text) drift(p *ProjectDrift, full bool) {
	d := p.Drift
	t.line("%s   %s", t.style.Bold("Webex compared with the policies"), t.style.Dim("as of "+d.Snapshot.At.UTC().Format("2006-01-02 15:04")+" UTC"))
	t.hanging("  ", t.counts(d.Summary))
	for i := range d.Groups {
		t.line("")
		t.group(&d.Groups[i], d, full)
	}
	t.line("")
	if d.Summary.Unknown > 0 {
		reasons := make([]string, len(d.Unread))
		for i, u := range d.Unread {
			reasons[i] = fmt.Sprintf("%s: %s", layout.Count(u.Count), harmless.Line(u.What))
		}
		t.hanging("not known   ", people(d.Summary.Unknown)+" ("+strings.Join(reasons, "; ")+")")
	}
	t.hanging("not shown   ", hidden(d.Hidden)+": no API has them")
	if d.Base != "" {
		t.hanging("who moved   ", "is judged against "+base(d.Base))
	} else {
		t.hanging("who moved   ", "is known only of people in a journal of ours; --base REVISION names what both once agreed on")
	}
	for _, note := range p.Notes {
		t.hanging("note        ", harmless.Line(note))
	}
}

// base names what who moved is judged against; of a commit, its short id.
func base(name string) string {
	if len(name) == 40 && strings.Trim(name, "0123456789abcdef") == "" {
		return "the revision of the last push (" + name[:7] + ")"
	}
	return harmless.Line(name)
}

func (t text) counts(s live.Summary) string {
	parts := []string{people(s.People), layout.Count(s.Same) + " the same"}
	for _, p := range []struct {
		n     int
		words string
		paint func(string) string
	}{
		{s.Differs, "differ", t.style.Red}, {s.Absent, "absent", t.style.Red}, {s.Pending, "pending", t.style.Yellow}, {s.Unknown, "not known", t.style.Yellow},
	} {
		if p.n > 0 {
			parts = append(parts, p.paint(layout.Count(p.n)+" "+p.words))
		}
	}
	return strings.Join(parts, " · ")
}

// hidden lists what no API shows.
func hidden(all []live.Hidden) string {
	var parts []string
	for _, h := range all {
		switch {
		case h.Count == 0:
		case h.What == live.HiddenInCall:
			parts = append(parts, "in-call settings of "+people(h.Count))
		case h.What == live.HiddenTemplates:
			parts = append(parts, layout.Plural(h.Count, "calling template", "calling templates"))
		default:
			parts = append(parts, "the organization's settings")
		}
	}
	return strings.Join(parts, ", ")
}

// group shows differences of one kind.
func (t text) group(g *live.Group, d *live.Drift, full bool) {
	state := map[live.State]string{live.Differs: "differs", live.Absent: "absent", live.Pending: "pending"}[g.State]
	head := t.style.Bold(state) + "   " + people(g.Users)
	if words := whoMoved(g.Moved); words != "" {
		head += "   " + t.style.Dim(words)
	}
	t.line("%s", head)
	switch g.State {
	case live.Absent:
		t.line("  in the policies, and not in the organization")
	case live.Differs, live.Pending, live.Same, live.Unknown:
		t.line("  in Webex         %s", behavior(g.Live, d.Profiles))
		at := ""
		if g.At != nil {
			at = "   " + t.style.Dim(fmt.Sprintf("%s:%d", harmless.Line(g.At.File), g.At.Line))
		}
		t.line("  in the policies  %s%s", behavior(g.Policy, d.Profiles), at)
	}
	if !full {
		t.hanging("  ", t.style.Dim(examples(g.Examples, g.Users)))
		return
	}
	for _, user := range Members(d, g) {
		t.line("    %s", harmless.Line(user))
	}
}

// Members returns everybody in a group of drift.
func Members(d *live.Drift, g *live.Group) (users []string) {
	for i := range d.Users {
		if u := &d.Users[i]; u.State == g.State && u.Moved == g.Moved && (g.State == live.Absent || equal(u, g)) {
			users = append(users, u.User)
		}
	}
	return users
}

func equal(u *live.Difference, g *live.Group) bool {
	return u.Live != nil && g.Live != nil && *u.Live == *g.Live && u.Policy != nil && g.Policy != nil && *u.Policy == *g.Policy
}
