package workspace

import (
	"context"
	"fmt"
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/source"
)

// PlanAll plans each project that the change touches, by itself, and those that
// only the base holds. A project whose files have errors is handed to faults.
func (w *Workspace) PlanAll(ctx context.Context, c Comparison, faults func(*Planned) error) (*plan.Projects, error) {
	all := plan.NewProjects()
	var base *source.Snapshot
	if c.Base != "" {
		var err error
		if base, err = w.snapshotAt(ctx, c.Base, c.Exact); err != nil {
			return nil, err
		}
	}
	for _, p := range w.projects {
		made, err := p.planTouched(ctx, c, base)
		switch {
		case err != nil:
			return nil, err
		case made == nil:
			all.Untouched = append(all.Untouched, p.dir)
		case made.Plan == nil:
			all.Faulty = append(all.Faulty, p.dir)
			if err := faults(made); err != nil {
				return nil, err
			}
		default:
			all.Projects = append(all.Projects, plan.Project{Root: p.dir, Plan: made.Plan})
		}
	}
	return all, w.planGone(ctx, c, base, all)
}

// planTouched is plan for a project that the change may leave alone, when there
// is none. Against a revision it is touched where a file differs that it reads,
// against a target where there is anything to do or to say.
func (p Project) planTouched(ctx context.Context, c Comparison, base *source.Snapshot) (*Planned, error) {
	if base == nil {
		made, err := p.Plan(ctx, c)
		if err == nil && made.Plan != nil && made.Empty() && len(made.Causes) == 0 {
			made = nil
		}
		return made, err
	}
	head, diags, err := p.compileHead(ctx, c)
	if err != nil {
		return nil, err
	}
	if head != nil {
		changed, err := p.git.Changed(ctx, base, p.snap, p.inputs(head)...)
		if len(changed) == 0 || err != nil {
			return nil, err
		}
	}
	out := &Planned{Project: p, Compiled: head, Found: diags}
	if diags.HasErrors() {
		return out, nil
	}
	before, err := p.compileBase(ctx, base, c.Base)
	if err != nil {
		return nil, err
	}
	out.Plan, err = p.compare(ctx, before, head)
	return out, err
}

// planGone plans the projects that only the base holds: everybody is removed.
func (w *Workspace) planGone(ctx context.Context, c Comparison, base *source.Snapshot, all *plan.Projects) error {
	if base == nil {
		return nil
	}
	were, err := w.at(base).every(".", nil)
	if err != nil {
		return err
	}
	for _, p := range were {
		if slices.ContainsFunc(w.projects, func(q Project) bool { return q.dir == p.dir }) {
			continue
		}
		was, err := p.compileBase(ctx, base, c.Base)
		if err != nil {
			return err
		}
		head := Project{w, "."}.Describe()
		made, err := plan.Compare(ctx, was.Side, plan.Nothing(head))
		if err != nil {
			return err
		}
		made.Notes = append(slices.Concat(was.notes, made.Notes), fmt.Sprintf("The project is gone: %s has no %s there any more. What its targets hold stays until somebody deletes it.", head.Name, config.ProjectFile))
		all.Projects = append(all.Projects, plan.Project{Root: p.dir, Plan: made})
	}
	slices.SortFunc(all.Projects, plan.ByRoot)
	return nil
}
