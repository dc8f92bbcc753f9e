package roster

import (
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"

	"callpolicy/policies"
)

// wordList is what exports of Control Hub are made of, as it is compared.
type wordList struct {
	address []string
	yes     map[string]bool // true: a word for yes; false: one for no
	private map[string]bool
	license map[string]bool // names of licenses
}

// words returns them. The catalogue is part of the program, and a test reads it.
var words = sync.OnceValue(func() wordList {
	w := wordList{yes: map[string]bool{"": false}, private: map[string]bool{}, license: map[string]bool{}}
	known, err := policies.ExportedUsers()
	if err != nil {
		return w
	}
	for _, name := range known.Address {
		w.address = append(w.address, LicenseName(name))
	}
	for _, word := range known.No {
		w.yes[fold(word)] = false
	}
	for _, word := range known.Yes {
		w.yes[fold(word)] = true
	}
	for _, name := range known.Private {
		w.private[name] = true
	}
	licenses, err := policies.Licenses()
	if err != nil {
		return w
	}
	for name := range licenses {
		w.license[LicenseName(name)] = true
	}
	return w
})

// fold is a word as it is compared: in small letters, composed.
func fold(word string) string { return strings.ToLower(norm.NFC.String(word)) }

// says returns what the cell of a license's column says; ok is false where
// nobody knows.
func says(cell string) (yes, ok bool) {
	switch cell {
	case "TRUE":
		return true, true
	case "FALSE", "":
		return false, true
	}
	yes, ok = words().yes[fold(strings.TrimSpace(strings.TrimSuffix(cell, suspended)))]
	return yes, ok
}
