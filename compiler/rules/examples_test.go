package rules_test

import (
	"testing"

	"callpolicy/compiler/diag"
	"callpolicy/policies"
)

// TestExamples reads the examples of the catalogue: a good one is without
// fault, a bad one breaks its rule and no other.
func TestExamples(t *testing.T) {
	catalogue, err := policies.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range catalogue {
		t.Run(r.ID, func(t *testing.T) {
			e := r.Examples
			switch {
			case e == nil:
				t.Fatal("it has no examples")
			case e.Bad == nil && e.Told == "":
				t.Fatal("it has no bad example")
			case e.Good == nil && e.Told == "":
				t.Fatal("it has no good example")
			}
			if e.Good != nil {
				good, _ := check(t, e.Edition, e.At, e.Good)
				for _, d := range good {
					t.Errorf("the good example: %v", d)
				}
			}
			if e.Bad == nil {
				return
			}
			if elsewhere[r.ID] {
				return
			}
			bad, _ := check(t, e.Edition, e.At, e.Bad)
			if len(bad) == 0 {
				t.Error("the bad example is without fault")
			}
			for _, d := range bad {
				if d.ID.String() != r.ID {
					t.Errorf("the bad example breaks another rule: %v", d)
				}
				wellSaid(t, d)
			}
		})
	}
}

// elsewhere lists rules that other stages than loading and rules check.
var elsewhere = map[string]bool{
	"ref.profile-without-id": true, // bundles: only they need the id
	"jabber.base-conflict":   true, // bundles: only they know the parameters
}

// wellSaid holds a diagnostic to what every diagnostic must have.
func wellSaid(t *testing.T, d *diag.Diagnostic) {
	t.Helper()
	if d.Subject.IsZero() {
		t.Errorf("it points nowhere: %v", d)
	}
	if d.Summary == "" || d.Summary[len(d.Summary)-1] == '.' {
		t.Errorf("a summary is one line without a period: %q", d.Summary)
	}
}
