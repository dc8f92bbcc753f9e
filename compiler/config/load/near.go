package load

import (
	"callpolicy/compiler/near"
)

// maxGuesses bounds the names that are compared with misspelled ones while a
// project is loaded. Where thousands of names lead nowhere, nobody reads what
// each of them might have been, and each would be compared with all there are.
const maxGuesses = 1 << 16

// guesses counts the names that were compared.
type guesses int

// nearestOf returns the name of the one thing that was most likely meant, or
// nothing: also where too many names were compared before.
func nearestOf[T any](made *guesses, word string, things []T, name func(*T) string) string {
	if *made += guesses(len(things)); *made > maxGuesses {
		return ""
	}
	names := make([]string, len(things))
	for i := range things {
		names[i] = name(&things[i])
	}
	return near.One(word, names)
}
