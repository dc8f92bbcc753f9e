package roster

import (
	"encoding/csv"
	"io"
	"strings"
)

// Write writes rows as CSV that [Parse] reads back, and in which no cell is a
// formula for a spreadsheet.
func Write(w io.Writer, rows [][]string) error {
	out := csv.NewWriter(w)
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = Safe(cell)
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// formula is what a cell starts with that a spreadsheet runs.
const formula = "=+-@\t\r"

// Safe returns a cell as text for spreadsheets, too: one that they would run as
// a formula gets an apostrophe in front, which they do not show.
func Safe(cell string) string {
	if cell != "" && strings.IndexByte(formula, cell[0]) >= 0 {
		return "'" + cell
	}
	return cell
}

// clean returns what a cell says: without blanks around it, and without the
// apostrophe of [Safe].
func clean(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.IndexByte(formula, cell[1]) >= 0 {
		cell = cell[1:]
	}
	return strings.TrimSpace(cell)
}
