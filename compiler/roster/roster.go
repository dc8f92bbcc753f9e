// Package roster reads who exists from the CSV files of a directory: people
// with their licenses, groups and attributes, and the members of groups.
//
// It knows CSV in the wild and the columns of its three forms, and nothing of
// policies: what a license or a group means is for package config, which joins
// a roster with the policy files. Every value keeps its row and column.
//
// The forms are told apart by their header:
//
//   - people, our own plain form: user, and optionally licenses and groups,
//     several values separated by semicolons; any further column is an attribute;
//   - an export of Control Hub ("Manage users by CSV"), known by its column
//     "User ID/Email (Required)": a column named after a license, with the
//     subscription in brackets, holds TRUE where the user has it;
//   - members: group and user, a row for each membership, as an export of
//     Control Hub has no groups.
package roster

import (
	"callpolicy/compiler/diag"
	"callpolicy/compiler/identity"
)

// Form is what kind of roster a file is. The zero value is invalid.
type Form uint8

// The forms.
const (
	People     Form = iota + 1 // our own plain form
	ControlHub                 // an export of Control Hub
	Members                    // members of groups
)

// File is one roster file.
type File struct {
	Name    string // as the caller knows it
	Form    Form
	Columns []Column
	People  []Person // in the order of the file
	Members []Member // by address

	// LicenseColumns are the names of the license columns of an export, without
	// the subscription: "Webex Calling - Professional".
	LicenseColumns []string

	text text
	tail Place // the last row, where it has neither all cells nor a line break; zero: it has
}

// Place is where a cell is: a row and a column as an editor counts them, the
// column in bytes. Both count from 1.
type Place struct{ Line, Col int32 }

// Person is one row. People with the same licenses, groups and attributes
// share one Record.
type Person struct {
	Address string // as written
	Key     string // in lower case
	*Record
	At Place // of the address
}

// Record is what a row says beside the address. Two rows that say the same
// share one.
type Record struct {
	Licenses   []string    // names as the file has them; of an export, names of license columns
	Groups     []string    // plain form only
	Attributes []Attribute // by name
	Unclear    []string    // names of license columns that say neither yes nor no
	Damaged    bool        // the row is at fault, so nobody knows what else it would say
}

// Attribute is a free label.
type Attribute struct{ Name, Value string }

// Member says that somebody is in a group.
type Member struct {
	Group, Address, Key string
	At                  Place // of the address
}

// Range returns the cell at a place, quotes included.
func (f *File) Range(at Place) diag.Range { return f.text.cell(f.Name, at) }

// Cell returns the cell of a column in the row that a place is in: licenses,
// groups, an attribute, or a license by the name that its column has; the cell
// at the place itself where the file has no such column.
func (f *File) Cell(at Place, column string) diag.Range { return f.text.column(f.Name, at, column) }

// key is an address as it is compared: without regard to case.
func key(address string) string { return identity.Address(address) }
