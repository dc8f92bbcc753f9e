package edit_test

import (
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config/edit"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/syntax/cue"
)

func TestAssign(t *testing.T) {
	const head = "templates:\n  desk: { rank: 10 }\n  ward: { rank: 20 }\ngroups:\n"
	for _, c := range []struct{ name, before, after string }{
		{"nothing there", "  g:\n", "  g: { template: desk }\n"},
		{"nothing there, and a comment", "  g:   # why\n", "  g: { template: desk }   # why\n"},
		{"empty braces", "  g: {}\n", "  g: { template: desk }\n"},
		{"braces", "  g: { description: G }\n", "  g: { template: desk, description: G }\n"},
		{"a block", "  g:\n    # whose\n    description: G\n", "  g:\n    # whose\n    template: desk\n    description: G\n"},
		{"another template", "  g: { template: ward }\n", "  g: { template: desk }\n"},
		{"another template in a block", "  g:\n    template: ward   # for now\n", "  g:\n    template: desk   # for now\n"},
		{"an alias", "  h: &x { description: G }\n  g: *x\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			fsys := fstest.MapFS{
				"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\n")},
				"policies/a.yaml": {Data: []byte(head + c.before)},
			}
			cfg, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
			if err != nil || diags.HasErrors() {
				t.Fatal(err, diags)
			}
			e, ok := edit.Assign(cfg, "g", "desk")
			if ok != (c.after != "") {
				t.Fatalf("an edit: %t", ok)
			}
			if !ok {
				return
			}
			text := head + c.before
			cut := apply(text, e.Start.Line, e.Start.Column, e.End.Line, e.End.Column)
			at := len(text) - len(apply(text, 1, 1, e.Start.Line, e.Start.Column))
			if got := cut[:at] + e.NewText + cut[at:]; got != head+c.after {
				t.Errorf("got\n%s\nwant\n%s", got, head+c.after)
			}
		})
	}
}
