package filekind_test

import (
	"testing"

	"callpolicy/compiler/filekind"
)

func TestOf(t *testing.T) {
	for name, want := range map[string]filekind.Kind{
		"policies/org.yaml": filekind.YAML, "ORG.YML": filekind.YAML, "a/b.Cue": filekind.CUE, "roster/people.CSV": filekind.CSV,
		"people.zip": filekind.Zip, "org.yaml.bak": filekind.Other, "yaml": filekind.Other, "": filekind.Other, "x.yaml/y": filekind.Other,
	} {
		if got := filekind.Of(name); got != want {
			t.Errorf("%s is of kind %d, want %d", name, got, want)
		}
		if policy := filekind.Of(name).IsPolicy(); policy != (want == filekind.YAML || want == filekind.CUE) {
			t.Errorf("%s holds policies: %t", name, policy)
		}
	}
}
