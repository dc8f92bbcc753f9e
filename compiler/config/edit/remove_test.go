package edit_test

import (
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/edit"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/syntax/cue"
)

// TestRemover takes the screen sharing of one user out of a file.
func TestRemover(t *testing.T) {
	const head = "users:\n"
	for _, c := range []struct{ name, before, after string }{
		{
			"one of two, in a block",
			"  a@b.example:\n    inCall:\n      screenSharing: true   # ours\n      videoOnMobile: false\n    licenses: []\n",
			"  a@b.example:\n    inCall:\n      videoOnMobile: false\n    licenses: []\n",
		},
		{
			"the last of two, with a comment behind",
			"  a@b.example:\n    inCall:\n      videoOnMobile: false\n      screenSharing: true\n\n  # Others\n  c@d.example: {}\n",
			"  a@b.example:\n    inCall:\n      videoOnMobile: false\n\n  # Others\n  c@d.example: {}\n",
		},
		{
			"the only one: its mapping goes",
			"  a@b.example:\n    inCall:\n      screenSharing: true\n    licenses: []\n",
			"  a@b.example:\n    licenses: []\n",
		},
		{
			"all there is of the user: the user stays",
			"  a@b.example:\n    inCall:\n      screenSharing: true\n  c@d.example: {}\n",
			"  a@b.example:\n  c@d.example: {}\n",
		},
		{"at the end of a file", "  a@b.example:\n    inCall:\n      screenSharing: true", "  a@b.example:\n"},
		{
			"in braces in a block",
			"  a@b.example:\n    licenses: []\n    inCall: { screenSharing: true }   # ours\n  c@d.example: {}\n",
			"  a@b.example:\n    licenses: []\n  c@d.example: {}\n",
		},
		{
			"in braces over lines",
			"  a@b.example:\n    inCall: {\n      screenSharing: true,\n    }\n    licenses: []\n",
			"  a@b.example:\n    licenses: []\n",
		},
		{
			"the first in braces",
			"  a@b.example: { inCall: { screenSharing: true, videoOnMobile: false } }\n",
			"  a@b.example: { inCall: { videoOnMobile: false } }\n",
		},
		{
			"the last in braces",
			"  a@b.example: { inCall: { videoOnMobile: false, screenSharing: true } }\n",
			"  a@b.example: { inCall: { videoOnMobile: false } }\n",
		},
		{
			"the only one in braces, behind others",
			"  a@b.example: {licenses: [], inCall: {screenSharing: true}}\n",
			"  a@b.example: {licenses: []}\n",
		},
		{
			"the only one in braces, before others",
			"  a@b.example: { inCall: { screenSharing: true }, attributes: { \"x\": \"a, b\" } }\n",
			"  a@b.example: { attributes: { \"x\": \"a, b\" } }\n",
		},
		{"all there is, in braces", "  a@b.example: { inCall: { screenSharing: true } }\n", "  a@b.example: { }\n"},
		{
			"with line ends of Windows",
			"  a@b.example:\r\n    inCall:\r\n      screenSharing: true\r\n    licenses: []\r\n",
			"  a@b.example:\r\n    licenses: []\r\n",
		},
		{"behind an alias", "  c@d.example: &x { inCall: { screenSharing: true } }\n  a@b.example: *x\n", ""},
		{"beside a comment in braces", "  a@b.example: { inCall: { screenSharing: true, # why\n    videoOnMobile: false } }\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			load := func(users string) *config.Config {
				fsys := fstest.MapFS{
					"callpolicy.yaml":     {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\n")},
					"policies/users.yaml": {Data: []byte(head + users)},
				}
				cfg, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
				if err != nil || diags.HasErrors() {
					t.Fatal(err, diags)
				}
				return cfg
			}
			cfg := load(c.before)
			edits := edit.NewRemover(cfg).Edits("users", "a@b.example", "inCall", "screenSharing")
			if c.after == "" {
				if edits != nil {
					t.Fatalf("there are edits: %v", edits)
				}
				return
			}
			if len(edits) != 1 {
				t.Fatalf("%d edits", len(edits))
			}
			got := apply(head+c.before, edits[0].Start.Line, edits[0].Start.Column, edits[0].End.Line, edits[0].End.Column)
			if got != head+c.after {
				t.Fatalf("got\n%s\nwant\n%s", got, head+c.after)
			}
			after := load(c.after)
			if i, ok := after.User("a@b.example"); !ok {
				t.Error("the user is gone")
			} else if toggle, _ := after.Toggle("screenSharing"); after.Users[i].Own.InCall.Set&(1<<toggle) != 0 {
				t.Error("it is still there")
			}
		})
	}
}

// apply removes the bytes between two places, given by line and column.
func apply(text string, line1, col1, line2, col2 int) string {
	offset := func(line, col int) int {
		at := 0
		for ; line > 1; line-- {
			for text[at] != '\n' {
				at++
			}
			at++
		}
		return at + col - 1
	}
	return text[:offset(line1, col1)] + text[offset(line2, col2):]
}
