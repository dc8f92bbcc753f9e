package workspace

import (
	"strings"
	"testing"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/plan"
)

// A plan reads no more files than it has the time for, and says so.
func TestDriftOfManyFiles(t *testing.T) {
	base := side{
		Side:   plan.Nothing(plan.State{Name: "build/bundles"}),
		target: &holding{manifest: &bundle.Manifest{Counts: bundle.Counts{Files: manyFiles + 1}}},
	}
	made := &plan.Plan{}
	if err := (Project{}).addDrift(t.Context(), made, base, CheckFew); err != nil {
		t.Fatal(err)
	}
	if made.Drift == nil || made.Drift.Checked || made.Drift.Any() || len(made.Notes) != 1 || !strings.Contains(made.Notes[0], "50,001 files") {
		t.Errorf("%+v, %q", made.Drift, made.Notes)
	}
}
