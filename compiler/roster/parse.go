package roster

import (
	"cmp"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"callpolicy/compiler/diag"
)

// controlHubUser is the header of the address in an export of Control Hub; the
// blank in it comes and goes between editions.
var controlHubUser = regexp.MustCompile(`(?i)^user ?id/email \(required\)$`)

// licenseColumn is the header of a license in an export of Control Hub: its
// name, and the subscription in brackets.
var licenseColumn = regexp.MustCompile(`^(.+?) \[[^\]]*\]$`)

// Parse reads a roster file. What is wrong with a row is in the list and the
// row is left out; a file whose header says nothing is an error as a whole.
func Parse(name string, data []byte) (*File, diag.List) {
	t, d := newText(name, data)
	if d != nil {
		return nil, diag.List{d}
	}
	p := parser{file: &File{Name: name, text: t}, records: map[string]*Record{}, seen: map[string]Place{}}
	r := t.reader(0)
	header, err := r.Read()
	if err != nil {
		if d := t.syntaxFault(name, err); d != nil {
			return nil, diag.List{d}
		}
		return nil, diag.List{diag.New(diag.LoadNoFiles, t.span(name, 0, 0), "the roster is empty").Try(howTo)}
	}
	if d := p.header(header, r); d != nil {
		return nil, diag.List{d}
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return p.file, p.diags
		}
		if err != nil {
			// What follows a broken quote cannot be told apart into rows.
			p.diags.Add(p.file.text.syntaxFault(name, err))
			return p.file, p.diags
		}
		p.row(row, r)
	}
}

const howTo = `Start the file with the line "user,licenses,groups", or export the users from Control Hub.`

// parser turns rows into a File.
type parser struct {
	file    *File
	diags   diag.List
	columns []column
	user    int // the index of the address
	group   int // the index of the group, in a file of members

	records map[string]*Record // by what they say
	key     []byte
	seen    map[string]Place // addresses that were read
}

// column is what a column means.
type column struct {
	kind columnKind
	name string
}

type columnKind uint8

const (
	ignored columnKind = iota
	addressColumn
	groupColumn
	licensesColumn // several, separated by semicolons
	groupsColumn   // several, separated by semicolons
	flagColumn     // TRUE where the user holds the license of its name
	attributeColumn
)

// identifying are columns of an export that describe a person rather than a
// position. They are personal data that no policy needs, so they are not kept.
var identifying = map[string]bool{
	"first name": true, "last name": true, "display name": true, "phone number": true, "extension": true,
	"caller id number": true, "caller id first name": true, "caller id last name": true,
	"last service accessed time": true, "days since last service accessed": true,
}

// header finds out what the columns mean.
func (p *parser) header(header []string, r *csv.Reader) *diag.Diagnostic {
	p.user, p.group = -1, -1
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = strings.TrimSpace(name)
		switch lower := strings.ToLower(names[i]); {
		case controlHubUser.MatchString(names[i]):
			p.user, p.file.Form = i, ControlHub
		case lower == "user" && p.file.Form == 0:
			p.user = i
		case lower == "group":
			p.group = i
		}
	}
	p.file.text.header = names
	if p.user < 0 {
		at := Place{1, 1}
		if line, col := r.FieldPos(0); line > 0 {
			at = Place{int32(line), int32(col)}
		}
		return diag.New(diag.SchemaMissingField, p.file.Range(at), "the first line names no column for the user").
			Because("The first line of a roster names its columns; one of them must be user, or \"User ID/Email (Required)\" as Control Hub writes it.").
			Try(howTo)
	}
	if p.file.Form == 0 {
		p.file.Form = People
		if p.group >= 0 {
			p.file.Form = Members
		}
	}
	for i, name := range names {
		p.columns = append(p.columns, p.column(i, name))
	}
	return nil
}

func (p *parser) column(i int, name string) column {
	lower := strings.ToLower(name)
	switch {
	case i == p.user:
		return column{addressColumn, name}
	case p.file.Form == Members:
		return column{ignored, name}
	case p.file.Form == ControlHub:
		if m := licenseColumn.FindStringSubmatch(name); m != nil {
			p.file.LicenseColumns = append(p.file.LicenseColumns, m[1])
			return column{flagColumn, m[1]}
		}
		if identifying[strings.TrimSuffix(lower, " (read-only)")] {
			return column{ignored, name}
		}
	case lower == "licenses":
		return column{licensesColumn, name}
	case lower == "groups":
		return column{groupsColumn, name}
	}
	if name == "" {
		return column{ignored, name}
	}
	if p.file.Form == ControlHub {
		name = lower
	}
	return column{attributeColumn, name}
}

func (p *parser) row(row []string, r *csv.Reader) {
	if len(row) == 1 && strings.TrimSpace(row[0]) == "" {
		return
	}
	if p.user >= len(row) || strings.TrimSpace(row[p.user]) == "" {
		line, col := r.FieldPos(0)
		p.diags.Add(diag.New(diag.SchemaMissingField, p.file.Range(Place{int32(line), int32(col)}), "this row names no user").
			Try("Give the row an e-mail address, or delete it."))
		return
	}
	line, col := r.FieldPos(p.user)
	at := Place{int32(line), int32(col)}
	address := strings.Clone(strings.TrimSpace(row[p.user]))
	if !strings.Contains(address, "@") || strings.ContainsAny(address, " \t\n") {
		p.diags.Add(diag.New(diag.SchemaBadValue, p.file.Range(at), "%q is not an e-mail address", address).
			Because("Webex knows people by their e-mail address.").
			Try("Write an address, such as u0142@voorbeeld.example."))
		return
	}
	if p.file.Form == Members {
		p.member(row, address, at)
		return
	}
	k := key(address)
	if first, twice := p.seen[k]; twice {
		p.diags.Add(diag.New(diag.RefDuplicateDefinition, p.file.Range(at), "%s is in the roster twice", address).
			Because("Each person has one row. Upper and lower case mean the same.").
			Try("Delete one of the rows.").
			See(p.file.Range(first), "first listed here"))
		return
	}
	p.seen[k] = at
	p.file.People = append(p.file.People, Person{Address: address, Key: k, Record: p.record(row), At: at})
}

func (p *parser) member(row []string, address string, at Place) {
	if p.group >= len(row) || strings.TrimSpace(row[p.group]) == "" {
		p.diags.Add(diag.New(diag.SchemaMissingField, p.file.Range(at), "this row names no group").
			Try("Name the group that %s is in, or delete the row.", address))
		return
	}
	p.file.Members = append(p.file.Members, Member{
		Group: strings.Clone(strings.TrimSpace(row[p.group])), Address: address, Key: key(address), At: at,
	})
}

// record returns what a row says beside the address. Most rows say what
// another one says, and share its record.
func (p *parser) record(row []string) *Record {
	p.key = p.key[:0]
	for i, cell := range row {
		if i < len(p.columns) && p.columns[i].kind > addressColumn {
			p.key = binary.AppendUvarint(p.key, uint64(len(cell)))
			p.key = append(p.key, cell...)
		}
	}
	if r := p.records[string(p.key)]; r != nil {
		return r
	}
	r := new(Record)
	for i, cell := range row {
		if i >= len(p.columns) {
			break
		}
		cell = strings.Clone(strings.TrimSpace(cell))
		switch c := p.columns[i]; c.kind {
		case licensesColumn:
			r.Licenses = append(r.Licenses, split(cell)...)
		case groupsColumn:
			r.Groups = append(r.Groups, split(cell)...)
		case flagColumn:
			if strings.EqualFold(cell, "TRUE") {
				r.Licenses = append(r.Licenses, c.name)
			}
		case attributeColumn:
			if cell != "" {
				r.Attributes = append(r.Attributes, Attribute{c.name, cell})
			}
		case ignored, addressColumn, groupColumn:
		}
	}
	slices.SortStableFunc(r.Attributes, func(a, b Attribute) int { return cmp.Compare(a.Name, b.Name) })
	p.records[string(p.key)] = r
	return r
}

// split separates several values of a cell.
func split(cell string) []string {
	var out []string
	for part := range strings.SplitSeq(cell, ";") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
