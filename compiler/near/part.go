package near

import (
	"slices"
	"strings"
	"unicode"
)

// Part returns the names of which somebody wrote only a part: all words of what
// they wrote stand in the name, in their order. remoteControl may be
// requestRemoteControl, and screen_sharing screenSharing.
func Part(word string, names []string) []string {
	part := wordsOf(word)
	if len(part) == 0 || len(word) < 4 || len(word) > longest {
		return nil
	}
	var found []string
	for _, name := range names {
		left := part
		for _, w := range wordsOf(name) {
			if len(left) > 0 && w == left[0] {
				left = left[1:]
			}
		}
		if len(left) == 0 && name != word && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	return found
}

// wordsOf splits a name such as requestRemoteControl or remote-control into its
// words, in lower case.
func wordsOf(name string) []string {
	var b strings.Builder
	upper := true
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			r = ' '
		case unicode.IsUpper(r) && !upper:
			b.WriteByte(' ')
		}
		upper = unicode.IsUpper(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Fields(b.String())
}
