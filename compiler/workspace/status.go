package workspace

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/target"
)

// Status is how things stand with a project: what is read and what is not, what
// its targets hold, and what a plan compares with.
type Status struct {
	FormatVersion string         `json:"formatVersion"`
	Project       string         `json:"project"` // its folder in the repository
	Edition       string         `json:"edition"`
	Tool          string         `json:"tool"` // the version of this program
	Errors        int            `json:"errors"`
	Warnings      int            `json:"warnings"`
	Read          []string       `json:"read"`        // files, relative to the project
	NotRead       []NotRead      `json:"notRead"`     // files that somebody may take for read
	Targets       []TargetStatus `json:"targets"`     // by name
	Outstanding   int            `json:"outstanding"` // resets that somebody still has to make in Control Hub
	Base          *plan.State    `json:"base"`        // what a plan compares with; nil: it cannot be had, or there are errors
	Notes         []string       `json:"notes"`       // why not, and what there is to say of the base
}

// NotRead is a file that nobody reads, and why that is said.
type NotRead struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

// TargetStatus is what a target holds.
type TargetStatus struct {
	Name        string   `json:"name"`
	Dir         string   `json:"dir"`
	Bundles     int      `json:"bundles"` // none: it holds nothing yet, or cannot be understood
	Users       int      `json:"users"`
	Revision    string   `json:"revision,omitempty"` // that it was made from
	Tool        string   `json:"tool,omitempty"`     // the version of callpolicy that wrote it
	Problem     string   `json:"problem,omitempty"`  // why it cannot be understood
	Quarantined []string `json:"quarantined"`        // who keep an older bundle, or have none
	Long        bool     `json:"long"`               // they have been for more than [longAside], as far as commits tell
}

// longAside is how long somebody may be in quarantine before it is a matter of
// its own.
const longAside = 14 * 24 * time.Hour

// Status tells how things stand, also where the files have errors, with what is
// wrong in them. It is nil where the project file itself is at fault.
func (p Project) Status(ctx context.Context) (*Status, diag.List, error) {
	head, found, err := p.Compile(ctx)
	if err != nil || head == nil {
		return nil, found, err
	}
	s := &Status{
		FormatVersion: "1.0", Project: p.dir, Edition: head.Config.Project.Edition, Tool: p.options.Tool,
		Errors: found.Count(diag.Error), Warnings: found.Count(diag.Warning),
		Read: []string{}, NotRead: []NotRead{}, Targets: []TargetStatus{}, Notes: []string{},
	}
	for _, in := range head.Config.Inputs() {
		s.Read = append(s.Read, in.File)
	}
	slices.Sort(s.Read)
	for _, d := range found {
		if d.ID == diag.LoadNotRead || d.ID == diag.RosterNotRead {
			s.NotRead = append(s.NotRead, NotRead{d.Subject.File, d.Summary})
		}
	}
	if list, err := p.Outstanding(head); err != nil {
		s.Notes = append(s.Notes, "What is outstanding in Control Hub is not known: "+problem(err)+".")
	} else {
		s.Outstanding = len(list.Open())
	}
	for _, t := range head.Config.Project.Targets {
		held, err := p.targetStatus(ctx, TargetStatus{Name: t.Name, Dir: t.Dir, Quarantined: []string{}}, head)
		if err != nil {
			return nil, nil, err
		}
		s.Targets = append(s.Targets, held)
	}
	return s, found, p.baseStatus(ctx, s, head)
}

// targetStatus fills in what a target holds.
func (p Project) targetStatus(ctx context.Context, t TargetStatus, head *compiler.Compilation) (TargetStatus, error) {
	if p.git.Root() == "" {
		t.Problem = "a bare repository has no folders, and so no targets"
		return t, nil
	}
	folder, err := target.Open(p.Folder(t.Dir), bundle.Owned)
	if err != nil {
		t.Problem = problem(err)
		return t, nil
	}
	m, err := bundle.ReadManifest(folder.FS())
	switch {
	case errors.Is(err, bundle.ErrNoManifest):
		survey, err := folder.Survey(ctx)
		if err == nil && survey != nil && survey.Foreign != nil {
			t.Problem = "it holds files that callpolicy did not write, and no manifest"
		}
		return t, err
	case err != nil:
		t.Problem = problem(err)
		return t, nil
	}
	t.Bundles, t.Users, t.Revision, t.Tool = m.Counts.Bundles, m.Counts.Users, m.Revision, m.ToolVersion
	t.Quarantined = append(t.Quarantined, m.Quarantined...)
	if m.Revision == "" || len(m.Quarantined) == 0 {
		return t, nil
	}
	snap, err := p.git.At(ctx, m.Revision)
	if err != nil {
		return t, ignoreUnreadable(err)
	}
	made, ok := snap.Date()
	t.Long = ok && head.At.Sub(made) > longAside
	return t, nil
}

// baseStatus fills in what a plan compares with.
func (p Project) baseStatus(ctx context.Context, s *Status, head *compiler.Compilation) error {
	if s.Errors > 0 {
		s.Notes = append(s.Notes, "There are errors, so there is no plan.")
		return nil
	}
	base, err := p.base(ctx, Comparison{}, head)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		s.Notes = append(s.Notes, "There is no plan: "+problem(err)+".")
		return nil
	}
	s.Base, s.Notes = &base.State, append(s.Notes, base.notes...)
	if base.unknown != "" {
		s.Notes = append(s.Notes, "What causes a change will be unknown: "+base.unknown+".")
	}
	return nil
}

// problem is what is wrong, without what to do about it.
func problem(err error) string {
	if f, ok := errors.AsType[*failure.Error](err); ok {
		return f.Problem
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimRight(first, ".:")
}
