package edit

import (
	"bytes"

	"callpolicy/compiler/diag"
)

// LinesOf returns the lines of a YAML file with their breaks, as edits count
// them: a byte-order mark belongs to none. It returns nil for a file with line
// breaks that hardly anybody sees.
func LinesOf(data []byte) [][]byte {
	if data == nil {
		return nil
	}
	for _, br := range []string{"\u0085", "\u2028", "\u2029"} {
		if bytes.Contains(data, []byte(br)) {
			return nil
		}
	}
	if bytes.Count(data, []byte("\r")) != bytes.Count(data, []byte("\r\n")) {
		return nil
	}
	return bytes.SplitAfter(bytes.TrimPrefix(data, []byte("\ufeff")), []byte("\n"))
}

// cut returns the edit that takes whole lines out.
func cut(at diag.Range, lines [][]byte, first, last int) (diag.Edit, bool) {
	r := diag.Range{File: at.File, Start: diag.Pos{Line: first, Column: 1}, End: diag.Pos{Line: last + 1, Column: 1}}
	if last >= len(lines) || last == len(lines)-1 && len(lines[last]) == 0 {
		r.End = diag.Pos{Line: last, Column: len(bytes.TrimRight(lines[last-1], "\r\n")) + 1}
	}
	return diag.Edit{Range: r}, true
}
