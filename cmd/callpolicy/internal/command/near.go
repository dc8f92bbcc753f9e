package command

import (
	"fmt"
	"strings"

	"callpolicy/compiler/failure"
	"callpolicy/compiler/near"
)

// mostNear is how many names are worth suggesting, and mostListed how many are
// listed where none is near.
const (
	mostNear   = 3
	mostListed = 10
)

// MeantBy returns the names that a misspelled word may stand for.
func MeantBy(word string, names []string) []string { return near.Some(word, names, mostNear) }

// didYouMean asks for the names that may have been meant; "" where none is near.
func didYouMean(word string, names []string) string { return Ask(MeantBy(word, names)) }

// Ask asks whether one of these names was meant; "" where there is none.
func Ask(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "did you mean " + strings.Join(names, " or ") + "?"
}

// Unknown refuses a name that the files do not define, with what may have been
// meant, or all there are where they are few.
func Unknown(what, name string, known []string) *failure.Error {
	f := &failure.Error{Problem: fmt.Sprintf("there is no %s called %q", what, name), Kind: Misused}
	switch f.Hint = didYouMean(name, known); {
	case f.Hint != "":
	case len(known) > 0 && len(known) <= mostListed:
		f.Hint = "there is: " + strings.Join(known, ", ")
	case len(known) == 0:
		f.Hint = "no policy file defines one"
	}
	return f
}
