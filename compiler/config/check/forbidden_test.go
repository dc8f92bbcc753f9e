package check

import (
	"testing"

	"callpolicy/schema"
)

// TestForbiddenByRules holds every field that the schema forbids to a rule of the
// catalogue, whose words are what is said of it.
func TestForbiddenByRules(t *testing.T) {
	for _, edition := range schema.EditionNames() {
		s, err := schema.Load(edition)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		var look func(ty *schema.Type)
		look = func(ty *schema.Type) {
			if ty == nil {
				return
			}
			for i := range ty.Fields {
				f := &ty.Fields[i]
				if look(f.Type); f.Rule == "" {
					continue
				}
				found++
				if id, rule := ruleOf(f); id.String() != f.Rule || rule.Title == "" || rule.Why == "" || rule.Fix == "" {
					t.Errorf("%s: the field %s is forbidden by %s: %+v", edition, f.Name, id, rule)
				}
			}
			look(ty.Elem)
			for _, alt := range ty.Alts {
				look(alt)
			}
		}
		look(s.Policy)
		look(s.Project)
		if found < 5 {
			t.Errorf("%s: only %d forbidden fields were seen", edition, found)
		}
	}
}
