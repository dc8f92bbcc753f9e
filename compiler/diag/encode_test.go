package diag

import (
	"reflect"
	"testing"
)

// TestEncode: what is decoded is what was encoded, in every field.
func TestEncode(t *testing.T) {
	at := Range{"policies/a.yaml", Pos{1, 2}, Pos{3, 4}, "users: {}"}
	d := New(SchemaUnknownField, at, "there is no %s", "x").Because("a").Try("b").At("users.x").See(at, "c").Mend("d", Edit{at, "e"})
	d.Severity, d.Users, d.Examples = Warning, 7, []string{"u1@voorbeeld.example"}
	for i, f := 0, reflect.ValueOf(d).Elem(); i < f.NumField(); i++ {
		if f.Type().Field(i).Tag.Get("json") != "-" && f.Field(i).IsZero() {
			t.Errorf("the test says nothing of %s", f.Type().Field(i).Name)
		}
	}
	for _, want := range []List{nil, {d, New(Custom("house.own", Info), Range{}, "own")}} {
		data, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) > 0 {
			want[1].ID.severity = 0 // only its maker knows what a rule of an organization is worth by itself
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%v came back as %v", want, got)
		}
	}
	if _, err := Decode([]byte("{")); err == nil {
		t.Error("half a list is taken")
	}
}
