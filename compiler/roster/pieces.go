package roster

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"
	"sync"

	"callpolicy/compiler/diag"
)

// piece is a part of a file that starts and ends where rows do.
type piece struct {
	from, to int // offsets
	before   int // how many lines are before it
	lines    int // how many lines end in it
}

// pieces cuts what follows the header into at most n pieces of about the same
// size. A line ends a row if an even number of quotes is before it: each quote
// opens or closes a cell, or is one of two that mean a quote in a cell. Where a
// quote stands for anything else the file is at fault, and reading ends there,
// so that it does not matter how the rest was cut.
func (t *text) pieces(from, n int) []piece {
	var out []piece
	before, lineBreak, quote := bytes.Count(t.data[:from], []byte("\n")), []byte("\n"), []byte(`"`)
	for left := n; from < len(t.data); left-- {
		to := len(t.data)
		if left > 1 {
			to = from + (len(t.data)-from)/left
			open := bytes.Count(t.data[from:to], quote)%2 == 1
			for ends := false; !ends && to < len(t.data); ends = !open {
				line := t.data[to:]
				if i := bytes.IndexByte(line, '\n'); i >= 0 {
					line = line[:i+1]
				}
				open = open != (bytes.Count(line, quote)%2 == 1)
				to += len(line)
			}
		}
		lines := bytes.Count(t.data[from:to], lineBreak)
		out = append(out, piece{from, to, before, lines})
		from, before = to, before+lines
	}
	return out
}

// rows reads the pieces at the same time, and fills the file with what reading
// them one after the other would give.
func (p *parser) rows(pieces []piece) diag.List {
	f, rows := p.file, 1 // the last row may lack its line break
	for _, part := range pieces {
		rows += part.lines
	}
	var people []Person
	var members []Member
	if f.Form == Members {
		members = make([]Member, rows)
	} else {
		people = make([]Person, rows)
	}
	parsers := make([]parser, len(pieces))
	var wait sync.WaitGroup
	first := 0
	for i, part := range pieces {
		parsers[i] = parser{
			file: f, columns: slices.Clone(f.Columns), last: i == len(pieces)-1, user: p.user, group: p.group, before: part.before,
			records: map[string]*Record{}, groups: map[string]string{},
		}
		end := first + part.lines
		if i == len(pieces)-1 {
			end = rows
		}
		if f.Form == Members {
			parsers[i].members = members[first:first:end]
		} else {
			parsers[i].people = people[first:first:end]
		}
		first = end
		wait.Go(func() { parsers[i].read(part) })
	}
	wait.Wait()
	f.People, f.Members = people[:0], members[:0]
	var diags diag.List
	var found faults
	short := 0
	for i := range parsers {
		one := &parsers[i]
		if i > 0 {
			one.share(parsers[0].records)
		}
		f.People, f.Members = append(f.People, one.people...), append(f.Members, one.members...)
		found.join(&one.faults)
		for c := range f.Columns {
			have := &f.Columns[c]
			have.Yes, have.No, have.Else = have.Yes || one.columns[c].Yes, have.No || one.columns[c].No, have.Else || one.columns[c].Else
		}
		if one.broken != nil {
			return append(found.report(f), one.broken)
		}
		short += one.short
	}
	if d := f.cut(short); d != nil {
		return diag.List{d} // what else there is may follow from it
	}
	diags.Add(found.report(f)...)
	slices.SortStableFunc(f.Members, func(a, b Member) int { return cmp.Compare(a.Key, b.Key) })
	if f.Form != Members && len(f.People) == 0 && len(diags) == 0 {
		diags.Add(diag.New(diag.LoadNoFiles, f.text.span(f.Name, 0, 0), "the roster lists nobody").
			Because("The roster says who exists. An empty one, as a failed export leaves it, would remove everybody.").
			Try("Export the users again."))
	}
	return diags
}

// read reads the rows of a piece.
func (p *parser) read(part piece) {
	r := p.file.text.reader(part.from, part.to)
	for {
		row, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			// What follows a broken quote cannot be told apart into rows.
			p.broken = p.file.text.syntaxFault(p.file.Name, err, part.before)
			return
		}
		if p.last && len(row) < len(p.columns) && int(r.InputOffset()) == part.to-part.from && !bytes.HasSuffix(p.file.text.data, []byte("\n")) {
			p.file.tail = p.place(r, 0) // whether it was cut is seen once all are read
		}
		p.row(row, r)
	}
}

// share makes people share the records of the pieces before.
func (p *parser) share(records map[string]*Record) {
	same := make(map[*Record]*Record, len(p.records))
	for said, r := range p.records {
		if records[said] == nil {
			records[said] = r
		}
		same[r] = records[said]
	}
	for i := range p.people {
		p.people[i].Record = same[p.people[i].Record]
	}
}
