package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// mostNear is how many names are worth suggesting, and mostListed how many are
// listed where none is near.
const (
	mostNear   = 3
	mostListed = 10
)

// near returns the names that a misspelled word may stand for, the likeliest
// first; of names that are equally likely, all. Who stops in the middle of a
// name is understood as well: frnt may be front-desk.
func near(word string, names []string) []string {
	type candidate struct {
		name         string
		begin, whole int
	}
	var found []candidate
	most := (len(word) + 1) / 3
	for _, name := range names {
		if name == "" || most == 0 {
			continue
		}
		whole, begin := slips(strings.ToLower(word), strings.ToLower(name))
		if begin <= most {
			found = append(found, candidate{name, begin, whole})
		}
	}
	likelier := func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.whole, b.whole))
	}
	slices.SortStableFunc(found, likelier)
	var out []string
	for _, c := range found {
		if len(out) == mostNear || likelier(found[0], c) < 0 {
			break
		}
		out = append(out, c.name)
	}
	return out
}

// slips counts the letters that are missing, too many, wrong, or swapped with
// the next one in a word that was to be a name, or to be the beginning of it.
func slips(word, name string) (whole, begin int) {
	w, n := []rune(word), []rune(name)
	// table[i][j] is for the first i letters of the word and j of the name.
	table := make([][]int, len(w)+1)
	for i := range table {
		table[i] = make([]int, len(n)+1)
		for j := range table[i] {
			if i == 0 || j == 0 {
				table[i][j] = i + j
				continue
			}
			wrong := 1
			if w[i-1] == n[j-1] {
				wrong = 0
			}
			d := min(table[i-1][j]+1, table[i][j-1]+1, table[i-1][j-1]+wrong)
			if i > 1 && j > 1 && w[i-1] == n[j-2] && w[i-2] == n[j-1] {
				d = min(d, table[i-2][j-2]+1)
			}
			table[i][j] = d
		}
	}
	last := table[len(w)]
	return last[len(n)], slices.Min(last)
}

// didYouMean asks for the names that may have been meant; "" where none is near.
func didYouMean(word string, names []string) string { return ask(near(word, names)) }

// ask asks whether one of these names was meant; "" where there is none.
func ask(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "did you mean " + strings.Join(names, " or ") + "?"
}

// unknown refuses a name that the files do not define, with what may have been
// meant, or all there are where they are few.
func unknown(what, name string, known []string) *failure {
	f := &failure{problem: fmt.Sprintf("there is no %s called %q", what, name), status: misused}
	switch f.hint = didYouMean(name, known); {
	case f.hint != "":
	case len(known) > 0 && len(known) <= mostListed:
		f.hint = "there is: " + strings.Join(known, ", ")
	case len(known) == 0:
		f.hint = "no policy file defines one"
	}
	return f
}
