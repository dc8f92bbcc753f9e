package roster

import (
	"errors"
	"io"
	"slices"
	"strings"

	"callpolicy/compiler/diag"
)

// Row is a row of a small table.
type Row struct {
	Cells []string // of the columns that were asked for, in that order; empty where the row has none
	At    Place    // of its first cell
}

// Rows reads a table with a few known columns, such as user and setting, with
// the tolerance of [Parse] for how spreadsheets write one. Where the first line
// names none of the columns, they stand in the order given. Other columns are
// passed by, and so are empty rows.
func Rows(name string, data []byte, columns ...string) ([]Row, diag.List) {
	t, d := newText(name, data)
	if d == nil {
		d = t.mergeMarkers(name)
	}
	if d != nil {
		return nil, diag.List{d}
	}
	r := t.reader(0, len(t.data))
	var order []int // where each column is
	var rows []Row
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, diag.List{t.syntaxFault(name, err, 0)}
		}
		if order == nil {
			if order = headed(row, columns); order[0] >= 0 {
				continue
			}
			for i := range order {
				order[i] = i
			}
		}
		out := Row{Cells: make([]string, len(columns))}
		line, col := r.FieldPos(0)
		out.At = Place{int32(line), int32(col)}
		for i, at := range order {
			if at >= 0 && at < len(row) {
				out.Cells[i] = strings.Clone(clean(row[at]))
			}
		}
		if strings.Join(out.Cells, "") != "" {
			rows = append(rows, out)
		}
	}
}

// headed returns where each column is by the first line; all -1 where it does
// not name the first of them.
func headed(row, columns []string) []int {
	order := make([]int, len(columns))
	for i, name := range columns {
		order[i] = slices.IndexFunc(row, func(cell string) bool { return strings.EqualFold(strings.TrimSpace(cell), name) })
	}
	return order
}
