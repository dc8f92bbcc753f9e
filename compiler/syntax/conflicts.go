package syntax

import (
	"bytes"

	"callpolicy/compiler/diag"
)

// The lines that git puts into a file begin so.
const (
	ours    = "<<<<<<<"
	between = "======="
	theirs  = ">>>>>>>"
)

// MergeConflicts reports each conflict that git marked in the file, as far as
// anybody reads.
func MergeConflicts(t *Text) diag.List {
	var found, left diag.List
	for i := range t.Lines() {
		if len(found) == MaxFaults {
			break
		}
		line := t.Line(i + 1)
		for _, mark := range []string{ours, between, theirs} {
			rest, ok := bytes.CutPrefix(line, []byte(mark))
			if !ok || len(rest) > 0 && rest[0] != ' ' {
				continue
			}
			d := diag.New(diag.LoadSyntax, t.WholeLine(i+1), "a merge conflict was left in the file").
				Because("git could not merge two versions of these lines. Between %s and %s is one version, between %[2]s and %[3]s the other.", ours, between, theirs).
				Try("Keep the lines that are right, and delete the three lines of markers.")
			switch {
			case mark == ours:
				found.Add(d)
			case left == nil:
				left.Add(d.Because("git marks with such lines what it could not merge.").Try("Delete this line, and see whether those around it are right."))
			}
		}
	}
	if found == nil {
		return left
	}
	return found
}
