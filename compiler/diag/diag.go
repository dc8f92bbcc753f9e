// Package diag is the one model of what is wrong in an administrator's files.
//
// A [Diagnostic] is self-contained: it carries the text of the line it points
// at, so that rendering it reads no file, today or in a year from a saved
// report. Every part of the compiler makes diagnostics; none of them renders
// or prints one. The package knows nothing of CUE, YAML, git or Webex and
// imports the standard library alone.
//
// What is wrong in the files is always a [List]. A Go error means that the
// tool itself could not work.
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity says how much a diagnostic matters. The zero value is invalid.
type Severity uint8

// The severities, most severe first.
const (
	Error   Severity = iota + 1 // the files must not be used as they are
	Warning                     // probably not what was meant; never fails a run unless asked to
	Info                        // worth knowing, nothing to mend
	Off                         // not reported; only ever a chosen severity
)

var severityNames = [...]string{Error: "error", Warning: "warning", Info: "info", Off: "off"}

// String returns the word that files and reports use.
func (s Severity) String() string {
	if s < Error || s > Off {
		return fmt.Sprintf("Severity(%d)", uint8(s))
	}
	return severityNames[s]
}

// ParseSeverity turns a word of a report or a project file into a Severity.
func ParseSeverity(word string) (Severity, bool) {
	i := slices.Index(severityNames[:], word)
	return Severity(max(i, 0)), i > 0
}

// MarshalText writes the severity as its word.
func (s Severity) MarshalText() ([]byte, error) {
	if s < Error || s > Off {
		return nil, fmt.Errorf("no such severity: %d", uint8(s))
	}
	return []byte(severityNames[s]), nil
}

// UnmarshalText reads the word of a severity.
func (s *Severity) UnmarshalText(text []byte) error {
	v, ok := ParseSeverity(string(text))
	if !ok {
		return fmt.Errorf("no such severity: %q", text)
	}
	*s = v
	return nil
}

// Pos is a place in a file. Line and Column count from 1, columns in bytes.
type Pos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Compare orders positions from the top of a file to its end.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Range is a piece of one file, from Start up to but not including End.
type Range struct {
	File  string `json:"file"` // slash-separated, relative to the project folder
	Start Pos    `json:"start"`
	End   Pos    `json:"end"`
	Text  string `json:"text,omitempty"` // the whole line of Start, captured when the diagnostic was made
}

// IsZero reports whether the range points nowhere.
func (r Range) IsZero() bool { return r.File == "" }

// String returns file:line:column, which terminals and editors turn into a link.
func (r Range) String() string {
	if r.Start.Line == 0 {
		return r.File
	}
	return fmt.Sprintf("%s:%d:%d", r.File, r.Start.Line, r.Start.Column)
}

func (r Range) compare(s Range) int {
	return cmp.Or(cmp.Compare(r.File, s.File), r.Start.Compare(s.Start), r.End.Compare(s.End))
}

// Related is another place that explains a diagnostic, with a short message
// such as "first defined here".
type Related struct {
	Message string `json:"message"`
	Range
}

// Edit replaces a piece of a file by NewText.
type Edit struct {
	Range
	NewText string `json:"newText"`
}

// Fix is a set of edits that mends exactly the diagnostic that carries it.
type Fix struct {
	Title string `json:"title"`
	Edits []Edit `json:"edits"`
}

// Diagnostic is one thing that is wrong, or worth a look, in the files.
type Diagnostic struct {
	ID       ID        `json:"id"`
	Severity Severity  `json:"severity"`
	Summary  string    `json:"summary"`            // one line, no place, no final period
	Detail   string    `json:"detail,omitempty"`   // why: what the rule is
	Hint     string    `json:"hint,omitempty"`     // what to write instead
	Path     string    `json:"path,omitempty"`     // the policy path, as a CUE path: groups.reception.template
	Users    int       `json:"users,omitempty"`    // how many users it concerns, where that is known
	Examples []string  `json:"examples,omitempty"` // a few of them
	Subject  Range     `json:"subject"`
	Related  []Related `json:"related,omitempty"`
	Fix      *Fix      `json:"fix,omitempty"`

	// About tells apart what it is about where the line does not: the whole of an
	// entry, or a member wherever it stands in its list. It is for [Diagnostic.Same],
	// and never shown.
	About string `json:"-"`
}

// Same is a key of what is wrong with what: diagnostics of two states of the
// files share it where the same is found, and the line that is at fault is as it
// was, in whichever file it stands.
func (d *Diagnostic) Same() string {
	if d.About != "" {
		return d.ID.String() + "\x00" + d.About
	}
	return d.ID.String() + "\x00" + d.Path + "\x00" + strings.TrimSpace(d.Subject.Text)
}

// New returns a diagnostic with the default severity of its id.
func New(id ID, at Range, format string, args ...any) *Diagnostic {
	return &Diagnostic{ID: id, Severity: id.Severity(), Subject: at, Summary: fmt.Sprintf(format, args...)}
}

// Because sets the detail, which says why the rule exists, and returns d.
func (d *Diagnostic) Because(format string, args ...any) *Diagnostic {
	d.Detail = fmt.Sprintf(format, args...)
	return d
}

// Try sets the hint, which says what to write instead, and returns d.
func (d *Diagnostic) Try(format string, args ...any) *Diagnostic {
	d.Hint = fmt.Sprintf(format, args...)
	return d
}

// At sets the policy path and returns d.
func (d *Diagnostic) At(path string) *Diagnostic {
	d.Path = path
	return d
}

// See adds a related place and returns d. A place that points nowhere is left out.
func (d *Diagnostic) See(at Range, format string, args ...any) *Diagnostic {
	if !at.IsZero() {
		d.Related = append(d.Related, Related{Message: fmt.Sprintf(format, args...), Range: at})
	}
	return d
}

// Mend adds the fix and returns d.
func (d *Diagnostic) Mend(title string, edits ...Edit) *Diagnostic {
	d.Fix = &Fix{Title: title, Edits: edits}
	return d
}

// String is for debugging and test failures; people get a rendering of package view.
func (d *Diagnostic) String() string {
	return fmt.Sprintf("%s: %s: %s [%s]", d.Subject, d.Severity, d.Summary, d.ID)
}

// List is what a run found. The zero value is ready to use.
type List []*Diagnostic

// Add appends diagnostics; nil ones are left out.
func (l *List) Add(ds ...*Diagnostic) {
	for _, d := range ds {
		if d != nil {
			*l = append(*l, d)
		}
	}
}

// Sorted returns the list by file, line, column and id, each diagnostic once:
// a fault that several paths lead to is one diagnostic.
func (l List) Sorted() List {
	out := slices.Clone(l)
	slices.SortStableFunc(out, func(a, b *Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Subject.File, b.Subject.File),
			a.Subject.Start.Compare(b.Subject.Start),
			cmp.Compare(a.ID.String(), b.ID.String()),
			a.Subject.compare(b.Subject),
			cmp.Compare(a.Summary, b.Summary),
			cmp.Compare(a.Path, b.Path),
		)
	})
	return slices.CompactFunc(out, func(a, b *Diagnostic) bool {
		return a.ID == b.ID && a.Subject.compare(b.Subject) == 0 && a.Summary == b.Summary
	})
}

// Count returns how many diagnostics have the severity.
func (l List) Count(s Severity) int {
	n := 0
	for _, d := range l {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// HasErrors reports whether anything in the list stops the files from being used.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d *Diagnostic) bool { return d.Severity == Error })
}
