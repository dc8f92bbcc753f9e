package roster

import (
	"encoding/csv"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/near"
)

// Column is a column of a file, and what its cells say.
type Column struct {
	Name    string // as the first line has it, without blanks around it
	License string // the name of the license that it is about, without the subscription; empty: it is about none
	At      Place

	// What is in the cells: some say yes, some say no, some say something else.
	// Empty cells say nothing.
	Yes, No, Else bool

	kind columnKind
	name string // of the attribute or license, as records have it
}

type columnKind uint8

const (
	ignored columnKind = iota
	addressColumn
	groupColumn
	licensesColumn // several, separated by semicolons
	groupsColumn   // several, separated by semicolons
	flagColumn     // says yes where the user holds the license of its name
	attributeColumn
)

// licenseColumn is the header of a license in an export of Control Hub: its
// name, and the subscription in brackets.
var licenseColumn = regexp.MustCompile(`^(.+?) ?\[([^\]]*)\]$`)

// suspended is what Control Hub puts behind a service that is suspended: the
// user still holds the license.
const suspended = "(Suspended)"

// LicenseName is the name of a license as it is compared: without regard to
// case, kinds of dashes and blanks, which spreadsheets change.
func LicenseName(name string) string {
	name = norm.NFKC.String(strings.TrimSpace(name))
	name = strings.Map(func(r rune) rune {
		switch r {
		case '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2015', '\u2212':
			return '-'
		}
		return r
	}, name)
	return strings.ToLower(strings.Join(strings.Fields(name), " "))
}

// licenseOf returns the name of the license that a column of an export is
// about, and the subscription; both are empty where it is about none.
func licenseOf(header string) (name, subscription string) {
	header = strings.Join(strings.Fields(norm.NFKC.String(header)), " ")
	m := licenseColumn.FindStringSubmatch(strings.TrimSpace(strings.TrimSuffix(header, suspended)))
	if m == nil {
		return "", ""
	}
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(m[1]), suspended)), m[2]
}

// header finds out what the columns mean. What is wrong with them keeps the file
// from being read.
func (p *parser) header(header []string, r *csv.Reader) diag.List {
	f := p.file
	p.user, p.group = -1, -1
	names := make([]string, len(header))
	f.Columns = make([]Column, len(header))
	var addresses []int
	for i, name := range header {
		names[i] = strings.Clone(strings.TrimSpace(name))
		line, col := r.FieldPos(i)
		f.Columns[i] = Column{Name: names[i], At: Place{int32(line), int32(col)}}
		switch lower := strings.ToLower(names[i]); {
		case isAddressHeader(names[i]):
			addresses = append(addresses, i)
			if f.Form != ControlHub {
				p.user, f.Form = i, ControlHub
			}
		case lower == "user":
			addresses = append(addresses, i)
			if p.user < 0 {
				p.user = i
			}
		case lower == "group":
			p.group = i
		}
	}
	f.text.header, f.text.user = names, p.user
	if p.user < 0 {
		return diag.List{p.noAddress(names)}
	}
	if f.Form == 0 {
		f.Form = People
		if p.group >= 0 {
			f.Form = Members
		}
	}
	for i := range f.Columns {
		p.column(i)
	}
	var diags diag.List
	if len(addresses) > 1 {
		diags.Add(p.doubled(addresses[0], addresses[1]))
	}
	diags.Add(p.duplicates()...)
	diags.Add(p.slips()...)
	return diags
}

func isAddressHeader(name string) bool {
	name = LicenseName(name)
	return slices.ContainsFunc(words().address, func(known string) bool { return known == name })
}

// noAddress reports a first line that names no column for the user.
func (p *parser) noAddress(names []string) *diag.Diagnostic {
	at := Place{1, 1}
	if len(p.file.Columns) > 0 && p.file.Columns[0].At.Line > 0 {
		at = p.file.Columns[0].At
	}
	d := diag.New(diag.SchemaMissingField, p.file.Range(at), "the first line names no column for the user").
		Because("The first line of a roster names its columns; one of them must be user, or \"User ID/Email (Required)\" as Control Hub writes it.").
		Try(howTo)
	if slices.ContainsFunc(names, func(name string) bool { license, _ := licenseOf(name); return license != "" }) {
		d.Try("Set the language of Control Hub to English and export the users again, or write \"User ID/Email (Required)\" above the addresses.")
	} else if slices.ContainsFunc(names, func(name string) bool { return isAddress(clean(name)) }) {
		d.Try("It holds an address already: put a line with the names of the columns before it, such as user,licenses,groups.")
	}
	return d
}

// column finds out what a column means.
func (p *parser) column(i int) {
	c := &p.file.Columns[i]
	c.name = c.Name
	lower := strings.ToLower(c.Name)
	switch {
	case i == p.user:
		c.kind = addressColumn
	case p.file.Form == Members:
	case p.file.Form == ControlHub:
		license, _ := licenseOf(c.Name)
		if license == "" && words().license[LicenseName(c.Name)] {
			license = c.Name // the brackets went when somebody edited the file
		}
		switch {
		case license != "":
			c.kind, c.name, c.License = flagColumn, license, license
			for _, other := range p.file.LicenseColumns { // by another subscription
				if LicenseName(other) == LicenseName(license) {
					c.name, c.License = other, other
				}
			}
			if !slices.Contains(p.file.LicenseColumns, c.License) {
				p.file.LicenseColumns = append(p.file.LicenseColumns, c.License)
			}
		case c.Name != "" && !words().private[strings.TrimSuffix(lower, " (read-only)")]:
			c.kind, c.name = attributeColumn, lower
		}
	case lower == "licenses":
		c.kind = licensesColumn
	case lower == "groups":
		c.kind = groupsColumn
	case c.Name != "":
		c.kind = attributeColumn
	}
}

// duplicates reports columns that are there twice: nobody can say which counts.
func (p *parser) duplicates() (diags diag.List) {
	first := map[string]int{}
	for i := range p.file.Columns {
		c := &p.file.Columns[i]
		key := LicenseName(c.Name)
		if license, subscription := licenseOf(c.Name); c.kind == flagColumn && license != "" {
			key = LicenseName(license) + "\x00" + LicenseName(subscription) + "\x00" + c.Name[strings.LastIndexByte(c.Name, ']')+1:]
		}
		if c.kind == addressColumn || c.kind == ignored && key != "group" {
			continue
		}
		if before, twice := first[key]; twice {
			d := p.doubled(before, i)
			if c.kind == attributeColumn && p.file.Form == ControlHub {
				d.Severity = diag.Warning
				d.Because("Only what the first of the two holds counts.")
			}
			diags.Add(d)
			continue
		}
		first[key] = i
	}
	return diags
}

func (p *parser) doubled(first, second int) *diag.Diagnostic {
	c := &p.file.Columns[second]
	return diag.New(diag.RosterDuplicateColumn, p.file.Range(c.At), "the column %q is there twice", c.Name).
		Because("The two may say different things of one person, and nobody could tell which is right.").
		Try("Export the users again, or remove one of the two.").
		See(p.file.Range(p.file.Columns[first].At), "the other column")
}

// slips reports columns of the plain form under a name that is nearly the one
// which gives licenses or groups: they would be mere labels.
func (p *parser) slips() (diags diag.List) {
	f := p.file
	has := func(kind columnKind) bool {
		return slices.ContainsFunc(f.Columns, func(c Column) bool { return c.kind == kind })
	}
	meant := func(c *Column, name, instead string) {
		diags.Add(diag.New(diag.RosterUnknownLicenseColumn, f.Range(c.At), "%q is no column that gives %s", c.Name, name).
			Because("Every column with another name is a label, so nobody in this file would have any %s.", name).
			Try("Write %s in the first line.", instead))
	}
	if f.Form == Members {
		for i := range f.Columns {
			if c := &f.Columns[i]; strings.EqualFold(c.Name, "licenses") {
				meant(&f.Columns[p.group], "groups", "groups in place of group")
				break
			}
		}
		return diags
	}
	if f.Form != People {
		return nil
	}
	for i := range f.Columns {
		c := &f.Columns[i]
		if c.kind != attributeColumn {
			continue
		}
		lower := strings.ToLower(c.Name)
		switch {
		case !has(licensesColumn) && near.One(lower, []string{"licenses"}) != "":
			meant(c, "licenses", "licenses")
		case !has(groupsColumn) && near.One(lower, []string{"groups"}) != "":
			meant(c, "groups", "groups")
		}
	}
	return diags
}

func (f *File) has(fits func(*Column) bool) bool {
	for i := range f.Columns {
		if fits(&f.Columns[i]) {
			return true
		}
	}
	return false
}

// TellsLicenses reports whether a column of the file says who holds which license.
func (f *File) TellsLicenses() bool {
	return f.has(func(c *Column) bool { return c.kind == licensesColumn || c.kind == flagColumn })
}

// TellsGroups reports whether the file says who is in which group.
func (f *File) TellsGroups() bool {
	return f.Form == Members || f.has(func(c *Column) bool { return c.kind == groupsColumn })
}

// TellsAttribute reports whether the file has a column for an attribute.
func (f *File) TellsAttribute(name string) bool {
	return f.has(func(c *Column) bool { return c.kind == attributeColumn && c.name == name })
}
