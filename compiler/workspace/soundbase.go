package workspace

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/source"
)

// How far back to look for a commit without errors: at that many commits that
// change a file callpolicy may read, among so many of any kind.
const (
	mostCompiled = 20
	mostCommits  = 500
)

// compileBase compiles the project at a snapshot. Where its files cannot be
// understood, nobody can say what held for whom: then it is the last commit
// before it whose files can, which is also the last that could be applied.
func (p Project) compileBase(ctx context.Context, snap *source.Snapshot, name string) (side, error) {
	base, err := p.compileAt(ctx, snap, name)
	if err != nil || len(base.faults) == 0 {
		return base, err
	}
	why := fmt.Sprintf("The files at %s have %s, so nobody can say what they mean. The first: %s. ",
		name, diag.Plural(len(base.faults), "error", "errors"), base.faults[0])
	sound, err := p.lastSound(ctx, snap)
	if err != nil {
		return side{}, err
	}
	if sound.Side != nil && !sound.absent {
		sound.notes = append(sound.notes, why+fmt.Sprintf("The plan starts from %s, the last commit before without such errors.", sound.State.Name))
		sound.instead = true
		return sound, nil
	}
	return side{
		Side:    plan.Nothing(base.State),
		notes:   []string{why + "No commit before is without, so it is not known who had what: everybody is listed as added."},
		instead: true,
	}, nil
}

// lastSound finds the last commit before a snapshot whose files can be
// understood. There is no side where there is none in reach.
func (p Project) lastSound(ctx context.Context, snap *source.Snapshot) (side, error) {
	compiled := 0
	for range mostCommits {
		id, err := p.git.Parent(ctx, snap.Revision())
		if id == "" || err != nil {
			return side{}, err
		}
		before, err := p.git.At(ctx, id)
		if err != nil {
			return side{}, err
		}
		changed, err := p.git.Changed(ctx, before, snap)
		if err != nil {
			return side{}, err
		}
		if snap = before; !slices.ContainsFunc(changed, MayRead) {
			continue
		}
		if compiled++; compiled > mostCompiled {
			break
		}
		const shown = 7 // digits
		found, err := p.compileAt(ctx, before, id[:shown])
		if err != nil || len(found.faults) == 0 {
			return found, err
		}
	}
	return side{}, nil
}

// unclear returns the errors with which files do not say what holds for whom.
// What a rule forbids is clear enough to be compared.
func unclear(diags diag.List) diag.List {
	return slices.DeleteFunc(slices.Clone(diags), func(d *diag.Diagnostic) bool {
		group, _, _ := strings.Cut(d.ID.String(), ".")
		return d.Severity != diag.Error || !slices.Contains([]string{"load", "schema", "ref", "project"}, group)
	})
}
