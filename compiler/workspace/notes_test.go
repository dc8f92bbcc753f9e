package workspace

import (
	"slices"
	"testing"
	"testing/fstest"

	"callpolicy/compiler"
)

// TestNotes holds what a report says of checks that were left out.
func TestNotes(t *testing.T) {
	const users = "users:\n  u1@company.example: { licenses: [webexCalling], groups: [g] }\n"
	const template = "templates: { t: { rank: 1, inCall: { videoOnMobile: true } } }\n"
	incomplete := "A part of the files was not read, so nothing is said of what is unused"
	for name, test := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"nothing is at fault": {map[string]string{"policies/a.yaml": users + "groups: { g: {} }\n"}, nil},
		"a fault that hides nothing, and a warning that waits for it": {
			map[string]string{"policies/a.yaml": users + "groups: { g: { x: 1 } }\n" + template},
			[]string{"2 warnings are withheld until the errors in the files are mended."}, // unused, and incomplete
		},
		"a file that cannot be read": {
			map[string]string{"policies/a.yaml": users, "policies/b.yaml": "groups: {\n"},
			[]string{incomplete + ", or of 1 name that may lead there."},
		},
		"a file that cannot be read, and more references": {
			map[string]string{"policies/a.yaml": users + "groups: { h: { template: t, members: [u2@company.example] } }\n", "policies/b.yaml": "groups: {\n"},
			[]string{incomplete + ", or of 3 names that may lead there."},
		},
		"a key that is written twice, and no reference that leads nowhere": {
			map[string]string{"policies/a.yaml": users + "groups: { g: {} }\ngroups: {}\n" + template},
			[]string{incomplete + ".", "1 warning is withheld until the errors in the files are mended."}, // incomplete
		},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\n")}}
			for file, text := range test.files {
				fsys[file] = &fstest.MapFile{Data: []byte(text)}
			}
			c, diags, err := compiler.Compile(t.Context(), fsys, ".")
			if err != nil {
				t.Fatal(err)
			}
			if got := Notes(c); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q, with %v", got, test.want, diags)
			}
		})
	}
}
