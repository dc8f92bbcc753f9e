// Package near finds what somebody who misspelled a name meant, so that every
// part of the program helps with the same slips. It knows words and nothing of
// what they name.
package near

import (
	"cmp"
	"slices"
	"strings"
)

// longest is how many bytes a word may have to be compared: nobody misspells
// more than that, and comparing costs the product of the lengths.
const longest = 100

// One returns the one name that somebody who wrote word most likely meant, or
// nothing where none is near or two are equally near. Names may be there twice.
func One(word string, names []string) string {
	c, ok := newComparison(word)
	if !ok {
		return ""
	}
	best, tie, found := 1<<30, false, ""
	for _, name := range names {
		if name == word || name == found || len(name) > longest {
			continue
		}
		whole, _ := c.slips(name, allowed(word, name))
		switch {
		case whole > allowed(word, name):
		case whole < best:
			best, tie, found = whole, false, name
		case whole == best:
			tie = true
		}
	}
	if tie {
		return ""
	}
	return found
}

// Some returns the names that a word may stand for, at most so many: the nearest
// and all that are as near. Unlike One it also understands who stopped in the
// middle of a name: frnt may be front-desk.
func Some(word string, names []string, most int) []string {
	c, ok := newComparison(word)
	if !ok {
		return nil
	}
	type candidate struct {
		name         string
		begin, whole int
	}
	likelier := func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.whole, b.whole))
	}
	var best []candidate
	for _, name := range names {
		if name == "" || name == word || len(name) > longest {
			continue
		}
		limit := allowed(word, name)
		whole, begin := c.slips(name, limit)
		if strings.Contains(word, "@") {
			begin = whole // an address is not left unfinished
		}
		if begin > limit {
			continue
		}
		found := candidate{name, begin, whole}
		switch {
		case len(best) == 0 || likelier(found, best[0]) < 0:
			best = append(best[:0], found)
		case likelier(found, best[0]) == 0 && !slices.Contains(best, found):
			best = append(best, found)
		}
	}
	var out []string
	for _, found := range best[:min(len(best), most)] {
		out = append(out, found.name)
	}
	return out
}

// allowed is how many letters of a word may be wrong for it to be a name: about
// one in four, one in a short word, none where hardly anything would be left. Of
// addresses in one domain only what stands before it counts.
func allowed(word, name string) int {
	local, domain, isAddress := strings.Cut(word, "@")
	if other, at, _ := strings.Cut(name, "@"); isAddress && strings.EqualFold(domain, at) {
		word, name = local, other
	}
	n := min(len(word), len(name))
	if n < 2 || max(len(word), len(name)) < 3 {
		return 0
	}
	return max(1, (n+1)/4)
}

// comparison compares one word with many names. It keeps three rows of a table
// whose entry for i letters of the word and j of the name is how many slips lead
// from those to these.
type comparison struct {
	word, name           []rune
	row, above, twoAbove []int
}

func newComparison(word string) (*comparison, bool) {
	if word == "" || len(word) > longest {
		return nil, false
	}
	row := func() []int { return make([]int, longest+1) }
	return &comparison{word: []rune(strings.ToLower(word)), row: row(), above: row(), twoAbove: row()}, true
}

// slips counts the letters that are missing, too many, wrong, or swapped with the
// next one in the word that was to be the name, or the beginning of it. It gives
// up, with a large number, once there must be more than most.
func (c *comparison) slips(name string, most int) (whole, begin int) {
	c.name = c.name[:0]
	for _, r := range strings.ToLower(name) {
		c.name = append(c.name, r)
	}
	if len(c.name) > longest {
		return longest, longest
	}
	for j := range len(c.name) + 1 {
		c.row[j] = j
	}
	last := 0
	for i, letter := range c.word {
		c.twoAbove, c.above, c.row = c.above, c.row, c.twoAbove
		c.row[0] = i + 1
		least := i + 1
		for j, other := range c.name {
			change := c.above[j]
			if letter != other {
				change++
			}
			d := min(change, c.above[j+1]+1, c.row[j]+1)
			if i > 0 && j > 0 && letter == c.name[j-1] && c.word[i-1] == other {
				d = min(d, c.twoAbove[j-1]+1)
			}
			c.row[j+1] = d
			least = min(least, d)
		}
		if least > most && last > most { // a swap looks two rows back
			return longest, longest
		}
		last = least
	}
	return c.row[len(c.name)], last
}
