package cue

import (
	"strings"
	"testing"
	"time"

	"callpolicy/compiler/confine"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// TestHostileCUE holds what the parent does with files made to do harm: nothing
// of it grows with the square of the file, which would take hours here.
func TestHostileCUE(t *testing.T) {
	const size = 1 << 20
	full := func(piece string) string { return strings.Repeat(piece, size/len(piece)) }
	for name, test := range map[string]struct {
		text string
		id   diag.ID // zero: the file is in order
	}{
		"lines that are not CUE":           {full("a b\n"), diag.LoadSyntax},
		"a line that is not CUE":           {full("a b "), diag.LoadSyntax},
		"prose":                            {full("This is prose, and it is not CUE.\n"), diag.LoadSyntax},
		"open quotes":                      {full("x: \"\n"), diag.LoadSyntax},
		"a slip at the end of a good file": {full("users: \"a@b.example\": {}\n") + "x: ]", diag.LoadSyntax},
		"a field that is written often":    {full("users: \"a@b.example\": licenses: []\n"), diag.ID{}},
		"a condition without end":          {"@if(" + full("!") + "x)\npackage p\n", diag.LoadSyntax},
	} {
		t.Run(name, func(t *testing.T) {
			e := InChild(confine.New(childCommand(t), confine.Limits{Time: 5 * time.Second}))
			start := time.Now()
			_, diags := evaluate(t, e, oneFile("policies/a.cue", test.text))
			took := time.Since(start)
			t.Logf("%v, %d faults", took, len(diags))
			if took > time.Minute {
				t.Errorf("it took %v", took)
			}
			if test.id == (diag.ID{}) {
				if len(diags) > 0 {
					t.Errorf("got %v", diags[0])
				}
				return
			}
			if len(diags) == 0 || len(diags) > syntax.MaxFaults || diags[0].ID != test.id && diags[0].ID != diag.LoadCueLimit {
				t.Fatalf("%d faults, and the first of them %v", len(diags), diags[:min(1, len(diags))])
			}
			for _, d := range diags {
				if len(d.Subject.Text) > syntax.MaxText || len(d.Summary) > 1000 {
					t.Fatalf("it shows %d bytes, and says %d", len(d.Subject.Text), len(d.Summary))
				}
			}
		})
	}
}

// TestManyFaults: what is wrong far apart in a large file is said at once.
func TestManyFaults(t *testing.T) {
	piece := strings.Repeat("// as it is\n", 10_000)
	_, diags := evaluate(t, InProcess(), oneFile("policies/a.cue", strings.Repeat("a b\n"+piece, 5)))
	if len(diags) != 5 {
		t.Errorf("%d faults of 5: %v", len(diags), diags)
	}
}
