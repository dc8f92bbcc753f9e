package config_test

import (
	"testing"

	"callpolicy/compiler/config"
)

// TestGroupFits holds who is a member by attributes: whoever meets every
// condition with one of its values, and nobody where there is no condition.
func TestGroupFits(t *testing.T) {
	nurses := []config.Condition{{Attribute: "kind", Values: []string{"nurse"}}, {Attribute: "site", Values: []string{"Soest", "Zeist"}}}
	for _, c := range []struct {
		name  string
		where []config.Condition
		have  map[string]string
		want  bool
	}{
		{"every condition met", nurses, map[string]string{"site": "Zeist", "kind": "nurse", "floor": "3"}, true},
		{"any of the values will do", nurses, map[string]string{"site": "Soest", "kind": "nurse"}, true},
		{"one condition not met", nurses, map[string]string{"site": "Ede", "kind": "nurse"}, false},
		{"an attribute missing", nurses, map[string]string{"site": "Zeist"}, false},
		{"upper and lower case are one", nurses, map[string]string{"site": "zeist", "kind": "nurse"}, true},
		{"an empty value is not a missing one", []config.Condition{{Attribute: "site", Values: []string{""}}}, map[string]string{}, false},
		{"an empty value fits an empty value", []config.Condition{{Attribute: "site", Values: []string{""}}}, map[string]string{"site": ""}, true},
		{"no conditions", nil, map[string]string{"site": "Zeist"}, false},
	} {
		group := config.Group{Where: c.where}
		if got := group.Fits(func(name string) (string, bool) { v, ok := c.have[name]; return v, ok }); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}
