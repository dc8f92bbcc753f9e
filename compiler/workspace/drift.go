package workspace

import (
	"context"
	"fmt"

	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/target"
)

// DriftCheck says which targets a plan looks at, file by file, for what somebody
// did to them by hand.
type DriftCheck uint8

// The checks of a target.
const (
	CheckNone DriftCheck = iota
	CheckFew             // of one with no more files than take about a second
	CheckAll
)

// manyFiles is how many files a plan reads without being asked to: a second's
// work or less. Reading more would take longer than making the plan.
const manyFiles = 50_000

// holding is a target that holds something.
type holding struct {
	folder   *target.Folder
	manifest *bundle.Manifest
	users    []bundle.Entry
}

// addDrift adds to a plan how its base, where that is a target, differs from
// what was applied to it.
func (p Project) addDrift(ctx context.Context, made *plan.Plan, base side, check DriftCheck) error {
	if base.target == nil || check == CheckNone {
		return nil
	}
	if n := base.target.manifest.Counts.Files; n > manyFiles && check != CheckAll {
		made.Drift = plan.NotChecked()
		made.Notes = append(made.Notes, fmt.Sprintf("Whether the %s in %s are still as they were applied was not looked at; --check-target does.",
			diag.Plural(n, "file", "files"), base.State.Name))
		return nil
	}
	return p.options.Trace.Stage("drift", func() (err error) {
		made.Drift, err = compiler.FindDrift(ctx, base.target.folder, base.target.manifest, base.target.users, base.Bundle)
		if err == nil && !made.Drift.Checked {
			made.Notes = append(made.Notes, fmt.Sprintf("Another run is writing to %s, or one was killed while it did. apply puts that in order.", base.State.Name))
		}
		return err
	})
}

// refuseForeign refuses a target with files that callpolicy did not write,
// before anybody is asked: the target would refuse them afterwards.
func refuseForeign(ctx context.Context, folder *target.Folder, drift *plan.Drift) error {
	if drift == nil || drift.Extra == 0 {
		return nil
	}
	survey, err := folder.Survey(ctx)
	if err != nil || survey == nil || survey.Foreign == nil {
		return err
	}
	return survey.Foreign
}

// intact looks whether a target that was given all of an output holds it still.
func intact(ctx context.Context, folder *target.Folder) (bool, error) {
	recorded, manifest, err := compiler.TargetSide(ctx, folder.FS(), plan.State{})
	if err != nil {
		return false, err
	}
	drift, err := compiler.FindDrift(ctx, folder, manifest, recorded.Users, nil)
	return err == nil && drift.Checked && !drift.Any(), err
}
