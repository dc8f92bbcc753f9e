package plan

import (
	"encoding/binary"
	"slices"
)

// maxTrials bounds the search for the causes of one change. Few changes need
// more than three trials; it takes somebody who leaves or joins dozens of
// groups with templates in one change to need thousands.
const maxTrials = 1 << 14

// causes returns the bits of the edits that cause a setting to change: the
// union of the minimal sets of edits whose undoing restores the value before.
//
// Not every set is tried. A trial notes which edits it was asked about; undoing
// others beside them gives the same answer, so every set that restores is
// reached by adding, one at a time, edits that the trial before asked about.
// Beyond most trials it is the union of the minimal sets found by then, which
// are the smallest ones, or else of one minimal set.
func (m *mix) causes(setting string, before any, most int) []int {
	if m.value(setting, m.trial(m.everything()...)) != before {
		return nil // the files do not say why
	}
	var found [][]int
	tried := map[string]bool{"": true}
	for level := [][]int{{}}; len(level) > 0; {
		var next [][]int
		for _, set := range level {
			if slices.ContainsFunc(found, func(f []int) bool { return contains(set, f) }) {
				continue
			}
			if most--; most < 0 {
				return m.enough(setting, before, found)
			}
			t := m.trial(set...)
			if m.value(setting, t) == before {
				found = append(found, set)
				continue
			}
			for bit, asked := range t.read {
				if !asked || t.undone[bit] {
					continue
				}
				if more := insert(set, bit); !tried[key(more)] {
					tried[key(more)] = true
					next = append(next, more)
				}
			}
		}
		level = next
	}
	return union(found)
}

func (m *mix) everything() []int {
	all := make([]int, len(m.edits))
	for i := range all {
		all[i] = i
	}
	return all
}

// enough ends a search that takes too long.
func (m *mix) enough(setting string, before any, found [][]int) []int {
	if len(found) > 0 {
		return union(found)
	}
	set := m.everything()
	for i := range slices.Backward(set) {
		less := slices.Delete(slices.Clone(set), i, i+1)
		if m.value(setting, m.trial(less...)) == before {
			set = less
		}
	}
	return set
}

// contains reports whether a sorted set contains another.
func contains(set, other []int) bool {
	for _, bit := range other {
		if _, ok := slices.BinarySearch(set, bit); !ok {
			return false
		}
	}
	return true
}

// insert returns a sorted set with one more in it.
func insert(set []int, bit int) []int {
	i, _ := slices.BinarySearch(set, bit)
	return slices.Insert(slices.Clone(set), i, bit)
}

func key(set []int) string {
	b := make([]byte, 0, 4*len(set))
	for _, bit := range set {
		b = binary.BigEndian.AppendUint32(b, uint32(bit))
	}
	return string(b)
}

func union(sets [][]int) []int {
	all := slices.Concat(sets...)
	slices.Sort(all)
	return slices.Compact(all)
}
