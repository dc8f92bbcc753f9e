package report

import (
	"fmt"
	"slices"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/diag"
)

// block is diagnostics that are one thing to read: the first is shown, and the
// others are counted.
type block []*diag.Diagnostic

// foldMany is from how many warnings on one block shows all of them.
const foldMany = 5

// each makes a block of every diagnostic, the most severe first.
func each(list diag.List) []block {
	blocks := make([]block, 0, len(list))
	for _, d := range bySeverity(list) {
		blocks = append(blocks, block{d})
	}
	return blocks
}

// fold puts warnings of one kind and cause into one block, where they are many.
// What stops a run is always shown.
func fold(list diag.List) []block {
	same := map[string]int{}
	for _, d := range list {
		same[foldKey(d)]++
	}
	var blocks []block
	at := map[string]int{}
	for _, d := range bySeverity(list) {
		key := foldKey(d)
		if d.Severity == diag.Error || same[key] < foldMany {
			blocks = append(blocks, block{d})
			continue
		}
		i, known := at[key]
		if !known {
			i = len(blocks)
			at[key], blocks = i, append(blocks, nil)
		}
		blocks[i] = append(blocks[i], d)
	}
	return blocks
}

// foldKey is the kind of a diagnostic and its cause: the same rule, for the same
// reason, about the same part of an entry, whichever entry it is.
func foldKey(d *diag.Diagnostic) string {
	section, rest, _ := strings.Cut(d.Path, ".")
	part := ""
	if i := strings.LastIndexByte(rest, '.'); i >= 0 && !strings.HasSuffix(rest, `"`) {
		part = rest[i:]
	}
	return strings.Join([]string{d.Severity.String(), d.ID.String(), section, part, d.Detail}, "\x00")
}

// bySeverity orders diagnostics by severity, and keeps their order beside that.
func bySeverity(list diag.List) diag.List {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b *diag.Diagnostic) int { return int(a.Severity) - int(b.Severity) })
	return sorted
}

// others counts what a block holds beside what was shown, and names some places.
func (r Report) others(b block, s layout.Style) []string {
	if len(b) == 1 {
		return nil
	}
	const most = 3
	var places []string
	for _, d := range b[1:min(len(b), 1+most)] {
		places = append(places, r.place(d.Subject))
	}
	text := fmt.Sprintf("and %s like it, such as at %s; callpolicy validate --all shows each", layout.Plural(len(b)-1, "more", "more"), strings.Join(places, ", "))
	var lines []string
	for _, line := range layout.Wrap(text, s.Prose()-2) {
		lines = append(lines, "  "+s.Bold(line))
	}
	return lines
}
