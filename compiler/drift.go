package compiler

import (
	"context"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/target"
)

// FindDrift reads every file of a target, and says which are not what the
// manifest says that was applied. Users are all of the target's index; known,
// which may be nil, tells bundles that the target may no longer hold whole.
func FindDrift(ctx context.Context, folder *target.Folder, m *bundle.Manifest, users []bundle.Entry, known func(bundle.Digest) (*bundle.Bundle, error)) (*plan.Drift, error) {
	survey, err := folder.Survey(ctx)
	if err != nil {
		return nil, err
	}
	if survey == nil {
		return plan.NotChecked(), nil
	}
	changed, missing, err := m.Drift(ctx, users, bundle.Contents{Has: survey.Has, Read: survey.Read}, known)
	if err != nil {
		return nil, err
	}
	if f := survey.Foreign; f != nil {
		return plan.DriftFrom(changed, missing, f.Paths, f.Count), nil
	}
	return plan.DriftFrom(changed, missing, nil, 0), nil
}
