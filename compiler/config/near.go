package config

import (
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// nearest returns the one name that somebody who wrote word most likely meant,
// or nothing where none is near or two are equally near.
func nearest(word string, names []string) string {
	lower := strings.ToLower(word)
	best, second, found := 1<<30, 1<<30, ""
	for _, name := range names {
		d := levenshtein.Distance(lower, strings.ToLower(name), nil)
		switch {
		case d < best:
			best, second, found = d, best, name
		case d < second:
			second = d
		}
	}
	if limit := max(1, min(len(word), len(found))/3); best > limit || best == second {
		return ""
	}
	return found
}

// nearestOf is nearest over the names of things.
func nearestOf[T any](word string, things []T, name func(*T) string) string {
	names := make([]string, 0, len(things))
	for i := range things {
		names = append(names, name(&things[i]))
	}
	return nearest(word, slices.Compact(names))
}
