package roster

import (
	"cmp"
	"encoding/binary"
	"encoding/csv"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"callpolicy/compiler/diag"
)

// controlHubUser is the header of the address in an export of Control Hub; the
// blank in it comes and goes between editions.
var controlHubUser = regexp.MustCompile(`(?i)^user ?id/email \(required\)$`)

// licenseColumn is the header of a license in an export of Control Hub: its
// name, and the subscription in brackets.
var licenseColumn = regexp.MustCompile(`^(.+?) \[[^\]]*\]$`)

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
	if d := head.header(header, r); d != nil {
		return nil, diag.List{d}
	}
	return f, head.rows(f.text.pieces(int(r.InputOffset()), pieces))
}

const howTo = `Start the file with the line "user,licenses,groups", or export the users from Control Hub.`

// parser turns the rows of a piece of the file into people and members.
type parser struct {
	file    *File // shared, and complete but for its rows
	columns []column
	user    int // the index of the address
	group   int // the index of the group, in a file of members

	before  int // how many lines are before the piece
	people  []Person
	members []Member
	diags   diag.List
	broken  bool // the piece could not be read to its end

	records map[string]*Record // by what they say
	key     []byte
	groups  map[string]string // names of groups, each once
}

// warn reports a fault of one row, which is no reason to stop.
func (p *parser) warn(d *diag.Diagnostic) {
	d.Severity = diag.Warning
	p.diags.Add(d)
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
	"first name": true, "last name": true, "display name": true, "phone number": true, "extension": true, "manager": true,
	"caller id number": true, "caller id first name": true, "caller id last name": true,
	"last service accessed time": true, "days since last service accessed": true,
}

// licenseOf returns the name of the license that a column of an export is
// about; empty: about none.
func licenseOf(header string) string {
	m := licenseColumn.FindStringSubmatch(strings.TrimSpace(strings.TrimSuffix(header, suspended)))
	if m == nil {
		return ""
	}
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(m[1]), suspended))
}

// suspended is what Control Hub puts behind a service that is suspended: the
// user still holds the license.
const suspended = "(Suspended)"

// header finds out what the columns mean.
func (p *parser) header(header []string, r *csv.Reader) *diag.Diagnostic {
	p.user, p.group = -1, -1
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = strings.Clone(strings.TrimSpace(name))
		switch lower := strings.ToLower(names[i]); {
		case controlHubUser.MatchString(names[i]):
			p.user, p.file.Form = i, ControlHub
		case lower == "user" && p.user < 0:
			p.user = i
		case lower == "group":
			p.group = i
		}
	}
	p.file.text.header, p.file.text.user = names, p.user
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
		if license := licenseOf(name); license != "" {
			if !slices.Contains(p.file.LicenseColumns, license) {
				p.file.LicenseColumns = append(p.file.LicenseColumns, license)
			}
			return column{flagColumn, license}
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
	if !slices.ContainsFunc(row, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
		return // a spreadsheet keeps the separators of rows that were emptied
	}
	address := ""
	if p.user < len(row) {
		address = clean(row[p.user])
	}
	if address == "" {
		p.warn(diag.New(diag.SchemaMissingField, p.file.Range(p.place(r, 0)), "this row names no user").
			Because("The row is left out.").
			Try("Give the row an e-mail address, or delete it."))
		return
	}
	at := p.place(r, p.user)
	if !isAddress(address) {
		p.warn(diag.New(diag.SchemaBadValue, p.file.Range(at), "%q is not an e-mail address", address).
			Because("Webex knows people by their e-mail address, of which it allows 64 characters before the @. The row is left out.").
			Try("Write an address, such as u0142@voorbeeld.example."))
		return
	}
	address = strings.Clone(address)
	if p.file.Form == Members {
		p.member(row, address, at)
		return
	}
	p.people = append(p.people, Person{Address: address, Key: key(address), Record: p.record(row), At: at})
}

// place returns where a cell of the row is that was read last.
func (p *parser) place(r *csv.Reader, cell int) Place {
	line, col := r.FieldPos(cell)
	return Place{int32(p.before + line), int32(col)}
}

// isAddress reports whether policy files would take the address.
func isAddress(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && domain != "" && !strings.Contains(domain, "@") &&
		utf8.RuneCountInString(local) <= 64 && utf8.RuneCountInString(domain) <= 253 &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

func (p *parser) member(row []string, address string, at Place) {
	name := ""
	if p.group < len(row) {
		name = clean(row[p.group])
	}
	if name == "" {
		p.warn(diag.New(diag.SchemaMissingField, p.file.Range(at), "this row names no group").
			Because("The row is left out.").
			Try("Name the group that %s is in, or delete the row.", address))
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
		cell = strings.Clone(clean(cell))
		switch c := p.columns[i]; c.kind {
		case licensesColumn:
			r.Licenses = append(r.Licenses, split(cell)...)
		case groupsColumn:
			r.Groups = append(r.Groups, split(cell)...)
		case flagColumn:
			switch strings.ToUpper(strings.TrimSpace(strings.TrimSuffix(cell, suspended))) {
			case "TRUE":
				if !slices.Contains(r.Licenses, c.name) { // by another subscription
					r.Licenses = append(r.Licenses, c.name)
				}
			case "FALSE", "":
			default:
				r.Unclear = append(r.Unclear, c.name)
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
