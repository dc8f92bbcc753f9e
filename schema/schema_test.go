package schema

import (
	"testing"
)

func TestDump(t *testing.T) {
	for _, name := range EditionNames() {
		s, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", s.Edition)
		var dump func(ind string, ty *Type)
		dump = func(ind string, ty *Type) {
			t.Logf("%s kind=%d words=%v pat=%v key=%v min=%v", ind, ty.Kind, ty.Words, ty.Pattern, ty.Key, ty.Min)
			for _, f := range ty.Fields {
				t.Logf("%s .%s req=%v rule=%q doc=%q", ind, f.Name, f.Required, f.Rule, f.Doc)
				if len(ind) < 8 {
					dump(ind+"  ", f.Type)
				}
			}
			if ty.Elem != nil {
				dump(ind+"  *", ty.Elem)
			}
		}
		dump("", s.Policy)
		dump("", s.Project)
	}
}
