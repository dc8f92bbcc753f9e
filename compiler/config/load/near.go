package load

import (
	"callpolicy/compiler/near"
)

// nearestOf returns the name of the one thing that was most likely meant, or
// nothing.
func nearestOf[T any](word string, things []T, name func(*T) string) string {
	names := make([]string, len(things))
	for i := range things {
		names[i] = name(&things[i])
	}
	return near.One(word, names)
}
