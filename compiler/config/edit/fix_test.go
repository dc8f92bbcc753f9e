package edit_test

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config/edit"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax/cue"
)

// replace replaces what is between two columns of a line.
func replace(line, from, to int, text string) diag.Edit {
	return diag.Edit{
		Range:   diag.Range{File: "a.yaml", Start: diag.Pos{Line: line, Column: from}, End: diag.Pos{Line: line, Column: to}},
		NewText: text,
	}
}

func TestFix(t *testing.T) {
	on := func(line string, e diag.Edit) diag.Edit {
		e.Text = line
		return e
	}
	tests := []struct {
		name             string
		before, after    string
		fixes            [][]diag.Edit
		applied, skipped int
	}{
		{
			"nothing else is touched", "a: yes  # why\n\n\tb:   1\n", "a: true  # why\n\n\tb:   1\n",
			[][]diag.Edit{{replace(1, 4, 7, "true")}},
			1, 0,
		},
		{
			"line ends and a byte-order mark stay", "\ufeffa: yes\r\nb: no\r\n", "\ufeffa: true\r\nb: false\r\n",
			[][]diag.Edit{{on("a: yes", replace(1, 4, 7, "true"))}, {on("b: no", replace(2, 4, 6, "false"))}},
			2, 0,
		},
		{
			"columns count bytes", "ä: yes", "ä: true",
			[][]diag.Edit{{replace(1, 5, 8, "true")}},
			1, 0,
		},
		{
			"several lines become one", "a: yes\nb: no\nc: 1\n", "a: 1\n",
			[][]diag.Edit{{{
				Range:   diag.Range{File: "a.yaml", Start: diag.Pos{Line: 1, Column: 4}, End: diag.Pos{Line: 3, Column: 4}},
				NewText: "",
			}}},
			1, 0,
		},
		{
			"of two that overlap the first wins", "abcdef\n", "aXef\n",
			[][]diag.Edit{{replace(1, 2, 5, "X")}, {replace(1, 4, 6, "Y")}},
			1, 1,
		},
		{
			"side by side is no overlap", "abcdef\n", "aXYf\n",
			[][]diag.Edit{{replace(1, 2, 4, "X")}, {replace(1, 4, 6, "Y")}},
			2, 0,
		},
		{
			"two at one place", "ab\n", "aXb\n",
			[][]diag.Edit{{replace(1, 2, 2, "X")}, {replace(1, 2, 2, "Y")}},
			1, 1,
		},
		{
			"a fix is made whole or not at all", "abcdef\n", "Xbcdef\n",
			[][]diag.Edit{{replace(1, 1, 2, "X")}, {replace(1, 5, 6, "Z"), replace(1, 1, 2, "Y")}},
			1, 1,
		},
		{
			"the line is another by now", "a: 7\n", "",
			[][]diag.Edit{{on("a: yes", replace(1, 4, 5, "true"))}},
			0, 1,
		},
		{
			"a place that there is not", "a\n", "",
			[][]diag.Edit{{replace(1, 9, 9, "x")}, {replace(7, 1, 1, "x")}, {replace(1, 2, 1, "x")}, {replace(0, 0, 0, "x")}},
			0, 4,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var list diag.List
			for i, edits := range test.fixes {
				at := edits[0].Range
				list.Add(diag.New(diag.SchemaBadValue, at, "fault %d", i).Mend("mend", edits...))
			}
			list.Add(diag.New(diag.SchemaBadValue, diag.Range{File: "other.yaml"}, "without a fix"))
			fixed, err := edit.Fix(list, func(file string) ([]byte, error) {
				if file != "a.yaml" {
					t.Errorf("read %s, in which there is nothing to mend", file)
				}
				return []byte(test.before), nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if fixed.Applied != test.applied || fixed.Skipped != test.skipped {
				t.Errorf("applied %d and skipped %d, want %d and %d", fixed.Applied, fixed.Skipped, test.applied, test.skipped)
			}
			if got := string(fixed.Files["a.yaml"]); got != test.after {
				t.Errorf("got\n%q, want\n%q", got, test.after)
			}
		})
	}
}

// TestFixUnreadable gives back what reading failed with.
func TestFixUnreadable(t *testing.T) {
	list := diag.List{diag.New(diag.SchemaBadValue, diag.Range{File: "a.yaml"}, "fault").Mend("mend", replace(1, 1, 1, "x"))}
	_, err := edit.Fix(list, func(string) ([]byte, error) { return nil, fs.ErrPermission })
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v, want %v", err, fs.ErrPermission)
	}
}

// TestFixOfFindings mends what loading finds, in files as Windows editors
// leave them and in CUE.
func TestFixOfFindings(t *testing.T) {
	fsys := fstest.MapFS{
		"callpolicy.yaml":   {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\n")},
		"policies/org.yaml": {Data: []byte("\ufeff# The organization's.\r\norg:\r\n  inCall: { videoOnMobile:  yes,  screenSharing: 'no' } # all\r\n")},
		"policies/b.cue":    {Data: []byte("\ufefftemplates: desk: {\r\n\trank:  10\r\n\tinCall: {videoOnMobile: \"yes\"} // why\r\n}\r\n")},
	}
	_, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
	if err != nil {
		t.Fatal(err)
	}
	fixed, err := edit.Fix(diags, func(name string) ([]byte, error) { return fs.ReadFile(fsys, name) })
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"policies/org.yaml": "\ufeff# The organization's.\r\norg:\r\n  inCall: { videoOnMobile:  true,  screenSharing: false } # all\r\n",
	}
	for name, text := range want {
		if got := string(fixed.Files[name]); got != text {
			t.Errorf("%s: got\n%q, want\n%q", name, got, text)
		}
	}
	for name := range fixed.Files {
		if want[name] == "" {
			t.Errorf("%s was changed: %q", name, fixed.Files[name])
		}
	}
}
