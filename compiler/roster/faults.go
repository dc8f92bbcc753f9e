package roster

import (
	"fmt"

	"callpolicy/compiler/diag"
)

// faultKind is what is wrong with some rows. What is wrong with many is one
// diagnostic: nobody reads a thousand.
type faultKind uint8

const (
	noUser faultKind = iota
	badAddress
	dressedAddress
	noGroup
	shortRow
	longRow
	faultKinds
)

// fault is a row that is at fault.
type fault struct {
	at   Place
	text string
}

// faults gathers what is wrong with rows: of each kind the first few, and how
// many there are.
type faults [faultKinds]struct {
	count int
	first []fault
}

// shown is how many rows of a kind of fault are shown.
const shown = 3

func (f *faults) add(kind faultKind, at Place, text string) {
	of := &f[kind]
	of.count++
	if len(of.first) < shown {
		of.first = append(of.first, fault{at, text})
	}
}

// join adds the faults of the rows that follow.
func (f *faults) join(next *faults) {
	for kind := range f {
		f[kind].count += next[kind].count
		for _, one := range next[kind].first {
			if len(f[kind].first) < shown {
				f[kind].first = append(f[kind].first, one)
			}
		}
	}
}

// leftOut and setAside say what becomes of somebody whose row is at fault.
const (
	leftOut  = "The row is left out."
	setAside = "Whoever it concerns is set aside: left out of the output, while a bundle from before stays as it is."
)

// report returns a diagnostic for each kind of fault. None is a reason to stop:
// one slip in the directory is not to stand in everybody's way.
func (f *faults) report(in *File) (diags diag.List) {
	for kind := range faultKinds {
		of := &f[kind]
		if of.count == 0 {
			continue
		}
		first := of.first[0]
		d := worded(kind, of.count, first)
		d.Subject = in.Range(first.at)
		d.Severity = diag.Warning
		if of.count > 1 {
			d.Users = of.count
			for _, one := range of.first[1:] {
				d.See(in.Range(one.at), "and here")
			}
		}
		diags.Add(d)
	}
	return diags
}

// worded says what is wrong with so many rows.
func worded(kind faultKind, n int, first fault) *diag.Diagnostic {
	this := func(one, many string) string {
		if n == 1 {
			return one
		}
		return fmt.Sprintf(many, n)
	}
	none := diag.Range{}
	switch kind {
	case noUser:
		return diag.New(diag.SchemaMissingField, none, "%s", this("this row names no user", "%d rows name no user")).
			Because("%s", this(leftOut, "They are left out.")).
			Try("Give the row an e-mail address, or delete it.")
	case badAddress:
		return diag.New(diag.SchemaBadValue, none, "%q is not an e-mail address%s", first.text, this("", ", nor are those of other rows: %d in all")).
			Because("Webex knows people by their e-mail address, of which it allows 64 characters before the @. %s", this(leftOut, "The rows are left out.")).
			Try("Write an address, such as u0142@voorbeeld.example.")
	case dressedAddress:
		return diag.New(diag.SchemaBadValue, none, "%q is not written as an address%s", first.text, this("", ", nor are those of other rows: %d in all")).
			Because("Mail programs write addresses like that. %s", setAside).
			Try("Write %s.", undressed(first.text))
	case noGroup:
		return diag.New(diag.SchemaMissingField, none, "%s", this("this row names no group", "%d rows name no group")).
			Because("%s", this(leftOut, "They are left out.")).
			Try("Name the group that %s is in, or delete the row.", first.text)
	case shortRow:
		return diag.New(diag.RosterRaggedRow, none, "%s", this("this row ends before the last columns", "%d rows end before the last columns")).
			Because("What the columns from %q on say of them is not there, licenses among it. %s", first.text, setAside).
			Try("Export the users again.")
	case longRow:
		return diag.New(diag.RosterRaggedRow, none, "%s", this("this row has more cells than the first line has columns", "%d rows have more cells than the first line has columns")).
			Because("Some cell holds the separator and is not in quotes, so that those behind it are in the wrong columns. %s", setAside).
			Try("Put cells that hold the separator in quotes, or export the users again.")
	case faultKinds:
	}
	return diag.New(diag.SchemaBadValue, none, "")
}

// cut reports a file that ends inside a row: it did not arrive whole, and the
// rows that are missing would look like people who have left. Files that leave
// cells out elsewhere may end like that.
func (f *File) cut(short int) *diag.Diagnostic {
	if f.tail.Line == 0 || f.Form != ControlHub && (short > 1 || len(f.People)+len(f.Members) < 2) {
		return nil
	}
	return diag.New(diag.RosterCut, f.Range(f.tail), "the file ends inside this row").
		Because("It did not arrive whole. Everybody behind this row is missing, and would look as if they had left.").
		Try("Download or export the file again.")
}
