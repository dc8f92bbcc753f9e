package cli

import (
	"context"
	"fmt"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/target"
)

// driftCheck says which targets are looked at, file by file, for what somebody
// did to them by hand.
type driftCheck uint8

const (
	checkNone driftCheck = iota
	checkFew             // those with no more than manyFiles
	checkAll
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
func (p project) addDrift(ctx context.Context, made *plan.Plan, base side, check driftCheck) error {
	if base.target == nil || check == checkNone {
		return nil
	}
	if n := base.target.manifest.Counts.Files; n > manyFiles && check != checkAll {
		made.Drift = plan.NotChecked()
		made.Notes = append(made.Notes, fmt.Sprintf("Whether the %s in %s are still as they were applied was not looked at; --check-target does.",
			layout.Plural(n, "file", "files"), base.State.Name))
		return nil
	}
	return p.app.trace.Stage("drift", func() (err error) {
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
