package roster

import (
	"cmp"
	"encoding/binary"
	"encoding/csv"
	"runtime"
	"slices"
	"strings"

	"callpolicy/compiler/diag"
)

// Parse reads a roster file, whose name is for messages. What is wrong with a
// row is a warning, and the row is left out or the cell marked as unclear, so
// that one slip in the directory does not stand in everybody's way. What keeps
// the file from being read to its end is an error: a roster that lacks people
// would make them look as if they had left. The file is nil where its header
// cannot be read.
func Parse(name string, data []byte) (*File, diag.List) {
	return parse(name, data, min(runtime.GOMAXPROCS(0), len(data)/leastPiece))
}

// leastPiece is what is worth a goroutine of its own, in bytes.
const leastPiece = 1 << 20

// parse reads a file in at most so many pieces at the same time.
func parse(name string, data []byte, pieces int) (*File, diag.List) {
	t, d := newText(name, data)
	if d == nil {
		d = t.mergeMarkers(name)
	}
	if d != nil {
		return nil, diag.List{d}
	}
	f := &File{Name: name, text: t}
	head := parser{file: f}
	r := t.reader(0, len(t.data))
	header, err := r.Read()
	if err != nil {
		if d := t.syntaxFault(name, err, 0); d != nil {
			return nil, diag.List{d}
		}
		return nil, diag.List{diag.New(diag.LoadNoFiles, f.text.span(name, 0, 0), "the roster is empty").Try(howTo)}
	}
	diags := head.header(header, r)
	if diags.HasErrors() {
		return nil, diags
	}
	diags.Add(head.rows(f.text.pieces(int(r.InputOffset()), pieces))...)
	return f, diags
}

const howTo = `Start the file with the line "user,licenses,groups", or export the users from Control Hub.`

// parser turns the rows of a piece of the file into people and members.
type parser struct {
	file    *File    // shared, and complete but for its rows
	columns []Column // a copy of the file's, for what is in the cells
	user    int      // the index of the address
	group   int      // the index of the group, in a file of members

	before  int // how many lines are before the piece
	people  []Person
	members []Member
	faults  faults
	broken  *diag.Diagnostic // why the piece could not be read to its end
	last    bool             // the file ends with the piece
	short   int              // how many rows end before the last column

	records map[string]*Record // by what they say
	key     []byte
	groups  map[string]string // names of groups, each once
}

func (p *parser) row(row []string, r *csv.Reader) {
	if !slices.ContainsFunc(row, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
		return // a spreadsheet keeps the separators of rows that were emptied
	}
	address := ""
	if p.user < len(row) {
		address = clean(row[p.user])
	}
	if address == "" {
		p.faults.add(noUser, p.place(r, 0), "")
		return
	}
	at := p.place(r, p.user)
	damaged := p.ragged(row, at)
	if !isAddress(address) {
		bare := undressed(address)
		if bare == "" {
			p.faults.add(badAddress, at, strings.Clone(address))
			return
		}
		p.faults.add(dressedAddress, at, strings.Clone(address))
		address, damaged = bare, true
	}
	address = strings.Clone(address)
	if p.file.Form == Members {
		p.member(row, address, at)
		return
	}
	p.people = append(p.people, Person{Address: address, Key: key(address), Record: p.record(row, damaged), At: at})
}

// ragged looks whether a row has the cells that the first line names. A
// spreadsheet leaves empty cells at the end of a row out, which says nothing of
// labels; but whether somebody holds a license must be said.
func (p *parser) ragged(row []string, at Place) (damaged bool) {
	if len(row) < len(p.columns) {
		p.short++
		if p.file.Form != ControlHub {
			return false // there, an empty cell says as much as none
		}
		for i := range p.columns[len(row):] {
			if p.columns[len(row)+i].kind == flagColumn {
				p.faults.add(shortRow, at, p.columns[len(row)].Name)
				return true
			}
		}
		return false
	}
	for _, cell := range row[len(p.columns):] {
		if strings.TrimSpace(cell) != "" {
			p.faults.add(longRow, at, "")
			return true
		}
	}
	return false
}

// place returns where a cell of the row is that was read last.
func (p *parser) place(r *csv.Reader, cell int) Place {
	line, col := r.FieldPos(cell)
	return Place{int32(p.before + line), int32(col)}
}

func (p *parser) member(row []string, address string, at Place) {
	name := ""
	if p.group < len(row) {
		name = clean(row[p.group])
	}
	if name == "" {
		p.faults.add(noGroup, at, address)
		return
	}
	group, ok := p.groups[name]
	if !ok {
		group = strings.Clone(name)
		p.groups[group] = group
	}
	p.members = append(p.members, Member{Group: group, Address: address, Key: key(address), At: at})
}

// record returns what a row says beside the address. Most rows say what
// another one says, and share its record.
func (p *parser) record(row []string, damaged bool) *Record {
	p.key = append(p.key[:0], 0)
	if damaged {
		p.key[0] = 1
	}
	for i, cell := range row {
		if i < len(p.columns) && p.columns[i].kind > addressColumn {
			p.key = binary.AppendUvarint(p.key, uint64(len(cell)))
			p.key = append(p.key, cell...)
		}
	}
	if r := p.records[string(p.key)]; r != nil {
		return r
	}
	r := &Record{Damaged: damaged}
	for i, cell := range row {
		if i >= len(p.columns) {
			break
		}
		cell = strings.Clone(clean(cell))
		c := &p.columns[i]
		c.look(cell)
		switch c.kind {
		case licensesColumn:
			r.Licenses = append(r.Licenses, split(cell)...)
		case groupsColumn:
			r.Groups = append(r.Groups, split(cell)...)
		case flagColumn:
			switch yes, ok := says(cell); {
			case !ok && !slices.Contains(r.Unclear, c.name):
				r.Unclear = append(r.Unclear, c.name)
			case yes && !slices.Contains(r.Licenses, c.name): // by another subscription
				r.Licenses = append(r.Licenses, c.name)
			}
		case attributeColumn:
			there := slices.ContainsFunc(r.Attributes, func(a Attribute) bool { return a.Name == c.name })
			if cell != "" && !there {
				r.Attributes = append(r.Attributes, Attribute{c.name, cell})
			}
		case ignored, addressColumn, groupColumn:
		}
	}
	slices.SortStableFunc(r.Attributes, func(a, b Attribute) int { return cmp.Compare(a.Name, b.Name) })
	p.records[string(p.key)] = r
	return r
}

// look notes what a cell of the column says.
func (c *Column) look(cell string) {
	if cell == "" || c.kind != flagColumn && (c.kind != attributeColumn || c.Else) {
		return
	}
	switch yes, ok := says(cell); {
	case !ok:
		c.Else = true
	case yes:
		c.Yes = true
	default:
		c.No = true
	}
}

// split separates several values of a cell.
func split(cell string) []string {
	var out []string
	for part := range strings.SplitSeq(cell, ";") {
		if part = strings.TrimSpace(part); part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}
