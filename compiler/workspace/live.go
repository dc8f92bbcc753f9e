package workspace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"callpolicy/compiler"
	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/live"
	"callpolicy/compiler/live/snapshot"
	"callpolicy/compiler/live/webex"
	"callpolicy/compiler/plan"
)

// LiveDir is the folder of a project in which snapshots and journals are kept,
// unless another is named.
const LiveDir = "live"

// LiveRequest says what is compared with the live organization.
type LiveRequest struct {
	Dir      string   // the folder with the snapshot, on disk
	Base     string   // the git revision that who moved is judged against; empty: that of the last journal
	Exact    bool     // the revision itself, not where the branch left it
	Journals []string // journals that are not in the folder, on disk
	Now      time.Time
}

// Live is a project compared with its live organization.
type Live struct {
	Project  Project
	Compiled *compiler.Compilation // nil where the project file is at fault
	Found    diag.List             // what is wrong in the files; with errors nothing is compared
	Notes    []string              // what there is to say

	Snapshot *snapshot.Snapshot
	Journals []*live.Journal // oldest first
	Drift    *live.Drift

	request LiveRequest
	base    string // of the comparison
	overs   int    // people with a value of their own in the policies
	missing int    // those of them who are not in the organization
}

// Live compares the project with a snapshot. It sends no request to anywhere.
func (p Project) Live(ctx context.Context, r LiveRequest) (*Live, error) {
	compiled, found, err := p.Compile(ctx)
	if err != nil || found.HasErrors() {
		return &Live{Project: p, Compiled: compiled, Found: found}, err
	}
	return p.LiveOf(ctx, compiled, r)
}

// LiveOf compares a compilation of the project, which has no errors, with a
// snapshot. It sends no request to anywhere.
func (p Project) LiveOf(ctx context.Context, compiled *compiler.Compilation, r LiveRequest) (l *Live, err error) {
	l = &Live{Project: p, Compiled: compiled, request: r}
	if l.Snapshot, err = p.Snapshot(r.Dir); err != nil {
		return nil, err
	}
	if err := p.sameOrganization(l.Compiled.Config, l.Snapshot.Organization, r.Dir); err != nil {
		return nil, err
	}
	if l.Journals, err = p.journals(r, l.Snapshot.Organization); err != nil {
		return nil, err
	}
	c := live.Comparison{Head: live.PolicyOf(l.Compiled.Result), Snapshot: l.Snapshot, Journals: l.Journals, Now: r.Now, Exact: r.Base != ""}
	if c.Base, c.BaseName, err = l.before(ctx); err != nil {
		return nil, err
	}
	l.base = c.BaseName
	if l.Drift, err = live.Compare(c); err != nil {
		return nil, err
	}
	l.count(c.Head)
	return l, nil
}

// Snapshot opens a snapshot, and names it as messages have it.
func (p Project) Snapshot(dir string) (*snapshot.Snapshot, error) {
	s, err := snapshot.Open(dir)
	if f, ok := errors.AsType[*failure.Error](err); ok {
		shown := func(text string) string { return strings.ReplaceAll(text, dir, p.options.shown(dir)) }
		return nil, &failure.Error{Kind: f.Kind, Problem: shown(f.Problem), Hint: shown(f.Hint), Cause: f}
	}
	return s, err
}

// before is what the policies said when they and Webex were last brought together.
func (l *Live) before(ctx context.Context) (*live.Policy, string, error) {
	rev, exact := l.request.Base, l.request.Exact
	if rev == "" {
		for _, j := range slices.Backward(l.Journals) {
			if j.Header.Journal == live.PushJournal && j.Revision != "" {
				rev, exact = j.Revision, true
				break
			}
		}
	}
	if rev == "" {
		return nil, "", nil
	}
	base, err := l.Project.baseAt(ctx, rev, exact)
	if unreadable, ok := errors.AsType[*failure.Error](err); ok && l.request.Base == "" {
		l.Notes = append(l.Notes, "Who moved is not known: the revision of the last push cannot be read: "+unreadable.Problem+".")
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	l.Notes = append(l.Notes, base.notes...)
	if base.Result == nil {
		return nil, "", nil
	}
	return live.PolicyOf(base.Result), rev, nil
}

// count finds out how many of those with a value of their own are not there.
func (l *Live) count(p *live.Policy) {
	absent := map[string]bool{}
	for i := range l.Drift.Users {
		if u := &l.Drift.Users[i]; u.State == live.Absent {
			absent[u.User] = true
		}
	}
	for i := range p.People {
		if p.People[i].Own.IsZero() {
			continue
		}
		l.overs++
		if absent[p.People[i].User] {
			l.missing++
		}
	}
	if l.wrong() {
		l.Notes = append(l.Notes, l.doubt())
	}
}

// wrong reports whether so many people are missing that this can hardly be the
// right organization: fewer than nine in ten are there.
func (l *Live) wrong() bool { return (l.overs-l.missing)*10 < l.overs*9 }

func (l *Live) doubt() string {
	return fmt.Sprintf("%[2]d of %[1]s with a value of their own in the policies are not in the organization %[3]s. It may be the wrong one.",
		diag.Plural(l.overs, "person", "people"), l.missing, l.Snapshot.Organization)
}

// Plan says what a push would do. It refuses an organization that can hardly be
// the right one.
func (l *Live) Plan(ctx context.Context, takeBack []string) (*live.Plan, error) {
	if l.wrong() {
		return nil, &failure.Error{Kind: ErrStrangers, Problem: strings.TrimSuffix(l.doubt(), ".")}
	}
	origin, err := l.Project.Origin(ctx, l.Compiled)
	if err != nil {
		return nil, err
	}
	revision := ""
	if origin.Clean {
		revision = origin.Revision
	}
	inputs := live.Inputs{Organization: l.Snapshot.Organization, Snapshot: l.Snapshot.Digest, Source: l.Compiled.Config.InputDigest, Base: l.base, Tool: l.Project.options.Tool}
	choice := live.Choice{TakeBack: takeBack, Manage: l.Compiled.Config.Project.Webex.Manage, Base: l.request.Base, Exact: l.request.Exact}
	if slices.Contains(choice.Manage, live.Licenses) {
		if choice.Assign, choice.Left, err = live.Assign(l.Compiled.Result, l.Snapshot); err != nil {
			return nil, err
		}
	}
	return live.MakePlan(l.Drift, inputs, revision, choice)
}

// Limits refuses a plan that reaches more people than the limits of the project
// file allow, but for the limits that are allowed by name.
func (l *Live) Limits(p *live.Plan, allow ...string) error {
	counted := &plan.Plan{Summary: plan.Summary{Changed: p.People()}}
	counted.Hold(plan.Bounds{Head: l.Compiled.Config, Before: len(l.Compiled.Config.Users), At: l.Compiled.At})
	beyond := slices.DeleteFunc(counted.Limits, func(l plan.Limit) bool { return slices.Contains(allow, l.Name) })
	if len(beyond) == 0 {
		return nil
	}
	return &LimitError{beyond}
}

// journals reads the journals of pushes to an organization.
func (p Project) journals(r LiveRequest, organization string) ([]*live.Journal, error) {
	names, err := filepath.Glob(filepath.Join(escapeGlob(r.Dir), "*"+live.JournalSuffix))
	if err != nil {
		return nil, err
	}
	var all []*live.Journal
	for _, name := range slices.Concat(names, r.Journals) {
		j, err := live.ReadJournal(name)
		switch {
		case errors.Is(err, live.ErrEmpty):
			continue
		case err != nil:
			return nil, err
		case webex.UUID(j.Organization) == webex.UUID(organization):
			all = append(all, j)
		}
	}
	slices.SortStableFunc(all, func(a, b *live.Journal) int { return a.Began.Compare(b.Began) })
	return slices.CompactFunc(all, func(a, b *live.Journal) bool { return a.Name == b.Name }), nil
}

// escapeGlob returns a folder as the start of a pattern that means it.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`[`, `[[]`, `*`, `[*]`, `?`, `[?]`).Replace(dir)
}

// Organization returns the id of the project's live organization; empty: it says
// none, and the token's own is meant. Where a repository has several projects
// each must say its own.
func (p Project) Organization(cfg *config.Config) (string, error) {
	id := cfg.Project.Webex.OrganizationID
	all, err := p.every(".", nil)
	if err != nil {
		return "", err
	}
	if id == "" && len(all) > 1 {
		return "", &failure.Error{
			Kind: ErrOrganization, Problem: fmt.Sprintf("there are %d projects in this repository, and %s does not say which organization it is for", len(all), path.Join(p.dir, config.ProjectFile)),
			Hint: "write webex: { organizationId: … } there; \"callpolicy live pull\" of a repository with one project shows the id",
		}
	}
	for _, other := range all {
		if other.dir == p.dir || id == "" {
			continue
		}
		name := path.Join(other.dir, config.ProjectFile)
		data, err := fs.ReadFile(p.snap, name)
		if err != nil {
			return "", err
		}
		if names(data, id) {
			return "", &failure.Error{
				Kind: ErrOrganization, Problem: fmt.Sprintf("%s and %s name the same organization", path.Join(p.dir, config.ProjectFile), name),
				Hint: "an organization has one project",
			}
		}
	}
	return id, nil
}

// names reports whether a project file names an id, other than in a comment.
func names(data []byte, id string) bool {
	for line := range bytes.Lines(data) {
		code, _, _ := bytes.Cut(line, []byte("#"))
		if bytes.Contains(code, []byte(id)) {
			return true
		}
	}
	return false
}

// sameOrganization refuses a snapshot or a journal of another organization.
func (p Project) sameOrganization(cfg *config.Config, organization, of string) error {
	id, err := p.Organization(cfg)
	if err != nil || id == "" || webex.UUID(id) == webex.UUID(organization) {
		return err
	}
	return &failure.Error{
		Kind: ErrOrganization, Problem: fmt.Sprintf("%s is of another organization than %s names", p.options.shown(of), config.ProjectFile),
		Hint: "pull the right one, or name another folder",
	}
}

// Service returns the service that somebody uses, as policy files name it; empty:
// the policies do not know them.
func (l *Live) Service(user string) string {
	i, known := l.Compiled.Config.User(user)
	if !known {
		return ""
	}
	return l.Compiled.Result.Class(i).Calling.Service.String()
}
