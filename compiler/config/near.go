package config

import (
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// nearest returns the one name that somebody who wrote word most likely meant,
// or nothing where none is near or two are equally near.
func nearest(word string, names []string) string {
	if len(word) > maxNear {
		return ""
	}
	lower := strings.ToLower(word)
	best, second, found := 1<<30, 1<<30, ""
	for _, name := range names {
		d := distance(lower, strings.ToLower(name))
		switch {
		case d < best:
			best, second, found = d, best, name
		case d < second:
			second = d
		}
	}
	if best > slips(word, found) || best == second {
		return ""
	}
	return found
}

// slips is how many letters of a word may be wrong for it to be another one:
// one in four, one in a short word, none where hardly anything would be left.
// Of addresses in one domain only the names count.
func slips(word, found string) int {
	name, domain, isAddress := strings.Cut(word, "@")
	if other, at, _ := strings.Cut(found, "@"); isAddress && strings.EqualFold(domain, at) {
		word, found = name, other
	}
	n := min(len(word), len(found))
	if n < 2 || max(len(word), len(found)) < 3 {
		return 0
	}
	return max(1, n/4)
}

// maxNear is how long a word may be to be compared: nobody misspells more than
// that, and comparing costs the product of the lengths.
const maxNear = 100

// distance is how many letters are wrong, missing or too many. Two letters that
// changed places are one slip, as they are for the person who typed them.
func distance(a, b string) int {
	if len(b) > maxNear {
		return len(b)
	}
	if len(a) == len(b) {
		i := 0
		for i < len(a) && a[i] == b[i] {
			i++
		}
		if i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:] {
			return 1
		}
	}
	return levenshtein.Distance(a, b, nil)
}

// nearestOf is nearest over the names of things.
func nearestOf[T any](word string, things []T, name func(*T) string) string {
	names := make([]string, 0, len(things))
	for i := range things {
		names = append(names, name(&things[i]))
	}
	return nearest(word, slices.Compact(names))
}
