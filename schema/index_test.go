package schema

import (
	"encoding/json"
	"testing"
)

// TestIndexIsDerived derives every schema anew: the index that the program holds is that
// of its CUE files. "make generate" writes it.
func TestIndexIsDerived(t *testing.T) {
	for _, edition := range EditionNames() {
		loaded, err := Load(edition)
		if err != nil {
			t.Fatal(err)
		}
		derived, err := Derive(edition)
		if err != nil {
			t.Fatal(err)
		}
		have, err1 := json.Marshal(loaded)
		want, err2 := json.Marshal(derived)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		var compile func(t *Type)
		compile = func(ty *Type) {
			if ty == nil {
				return
			}
			for _, p := range []*Pattern{ty.Key, ty.Pattern} {
				if p != nil {
					p.MatchString("")
				}
			}
			for _, f := range ty.Fields {
				compile(f.Type)
			}
			compile(ty.Elem)
			for _, alt := range ty.Alts {
				compile(alt)
			}
		}
		compile(loaded.Policy)
		compile(loaded.Project)
		if string(have) != string(want) {
			t.Errorf("the index of %s is not what its schema says: run make generate", edition)
		}
	}
}
