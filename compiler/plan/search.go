package plan

import (
	"context"
	"fmt"
	"slices"
)

// The search for causes is bounded by the questions that it asks, so that no
// change, however many edits meet in it, takes the time of all others. A plan has
// so many, of which no change gets more than a share of what is left; but some
// it always gets: nearly every change needs less than that.
const (
	planQuestions  = 1 << 22
	changeShare    = 64
	leastQuestions = 1 << 8
)

// searching is what the searches of a plan have in common.
type searching struct {
	ctx  context.Context
	left int // questions that may still be asked

	partly  int // changes of which not every cause was found
	unknown int // changes of which none was found, for want of questions
}

// causes returns the bits of the edits that cause a change, as far as that can
// be known with the questions that are left.
func (s *searching) causes(m *mix, d settingDiff) []int {
	bits, how, asked := m.causes(s.ctx, d.name, d.before, max(s.left/changeShare, leastQuestions))
	s.left = max(s.left-asked, 0)
	switch how {
	case partial:
		s.partly++
	case exhausted:
		s.unknown++
	case complete:
	}
	return bits
}

// notes says where the causes that a plan names are not all there are.
func (s *searching) notes() []string {
	var notes []string
	say := func(n int, one, many string) {
		switch {
		case n == 1:
			notes = append(notes, "So many edits meet in one person that for 1 change "+one)
		case n > 1:
			notes = append(notes, fmt.Sprintf("So many edits meet in one person that for %d changes %s", n, many))
		}
	}
	say(s.partly, "its causes are named, but maybe not all of them.", "their causes are named, but maybe not all of them.")
	say(s.unknown, "the cause is not known. The change itself is exact.", "the causes are not known. The changes themselves are exact.")
	return notes
}

// outcome is how a search ended.
type outcome uint8

const (
	complete  outcome = iota + 1 // with every cause
	partial                      // with causes, but maybe not every one: there were too many to try
	exhausted                    // with none, as there were too many to try
)

// causes returns the bits of the edits that cause a setting to change: the
// union of the minimal sets of edits whose undoing restores the value before.
// It is empty where undoing every edit does not.
//
// Not every set is tried. A trial notes which edits it was asked about, and in
// which order; undoing others beside them gives the same answer. So every
// minimal set is reached by adding, one at a time, an edit that the trial before
// asked about later than about the one that was added last. Since up to there
// the two trials are the same, the second begins where the first was then.
//
// After so many questions it is the union of the minimal sets found by then,
// which are the smallest ones, or else of one set of which no edit can be spared.
func (m *mix) causes(ctx context.Context, setting string, before any, questions int) (bits []int, how outcome, asked int) {
	f := finder{mix: m, ctx: ctx, trial: m.trial(), setting: setting, before: before, single: make([]bool, len(m.edits))}
	switch {
	case f.value(m.trial(m.everything()...)) != before:
		return nil, complete, f.asked // the files do not say why
	case f.search(questions):
		return union(f.sets), complete, f.asked
	case len(f.sets) > 0:
		return union(f.sets), partial, f.asked
	}
	if set := f.spare(questions); set != nil {
		return set, partial, f.asked
	}
	return nil, exhausted, f.asked
}

// finder looks for the minimal sets of edits that restore a value.
type finder struct {
	*mix
	ctx     context.Context
	setting string
	before  any
	trial   *trial
	asked   int // questions so far

	marked  *node   // the set that the trial has undone
	sets    [][]int // that restore the value
	several [][]int // those of them that hold more than one edit
	single  []bool  // by bit: it restores the value alone
}

// node is a set of edits: one more than another set.
type node struct {
	up      *node // nil: the one more is all
	bit     int
	depth   int
	from    contest // where its trial begins to differ from that of up
	earlier *common // what was asked before, of what may be asked again
}

// common is an edit that more than one group may ask about: the rank of their
// template, an attribute that decides about both.
type common struct {
	bit int
	up  *common
}

// value asks what the setting is in a trial.
func (f *finder) value(t *trial) any {
	before := t.reads
	v := f.mix.value(f.setting, t)
	f.asked += 1 + t.reads - before
	return v
}

// search tries sets in the order of their sizes, and reports whether it came to
// the end.
func (f *finder) search(questions int) bool {
	level := f.try(nil)
	for len(level) > 0 {
		var next []*node
		for _, n := range level {
			if f.asked > questions || f.ctx.Err() != nil {
				return false
			}
			if f.single[n.bit] && n.up != nil {
				continue
			}
			next = append(next, f.try(n)...)
		}
		level = next
	}
	return true
}

// try asks what is there with a set undone, and returns the sets to try after
// it: none where it restores the value, or holds a set that does.
func (f *finder) try(n *node) []*node {
	f.mark(n)
	if slices.ContainsFunc(f.several, f.holds) {
		return nil
	}
	if n == nil {
		n = &node{bit: same, from: start}
	}
	if f.restores(n) {
		f.keep(f.marked)
		return nil
	}
	var more []*node
	earlier, later := n.earlier, n.bit == same
	for _, a := range f.trial.asked {
		if later {
			more = append(more, &node{up: f.marked, bit: a.bit, depth: n.depth + 1, from: a.at, earlier: earlier})
		}
		later = later || a.bit == n.bit
		if f.shared[a.bit] {
			earlier = &common{a.bit, earlier}
		}
	}
	return more
}

// restores runs the trial of a set. What was asked before the place where it
// begins counts as asked.
func (f *finder) restores(n *node) bool {
	f.trial.again(n.from)
	for c := n.earlier; c != nil; c = c.up {
		f.trial.seen[c.bit] = true
		f.asked++
	}
	v := f.value(f.trial)
	for c := n.earlier; c != nil; c = c.up {
		f.trial.seen[c.bit] = false
	}
	return v == f.before
}

// holds reports whether a set is part of the one that is marked.
func (f *finder) holds(set []int) bool {
	f.asked++
	return !slices.ContainsFunc(set, func(bit int) bool { return !f.trial.undone[bit] })
}

// keep notes a set that restores the value.
func (f *finder) keep(n *node) {
	var set []int
	for ; n != nil; n = n.up {
		set = append(set, n.bit)
	}
	slices.Sort(set)
	f.sets = append(f.sets, set)
	if len(set) == 1 {
		f.single[set[0]] = true
	} else {
		f.several = append(f.several, set)
	}
}

// mark undoes the edits of a set, and no others. From set to set only what
// differs is touched: the next is mostly a neighbor of the last.
func (f *finder) mark(n *node) {
	was, is := f.marked, n
	f.marked = n
	var on []int
	for was != is {
		f.asked++
		if is == nil || was != nil && was.depth >= is.depth {
			f.trial.undone[was.bit] = false
			was = was.up
		} else {
			on = append(on, is.bit)
			is = is.up
		}
	}
	for _, bit := range on {
		f.trial.undone[bit] = true
	}
}

// spare goes the other way: it undoes every edit, and then does again whatever
// is not needed, one after the other. It gives up after so many questions.
func (f *finder) spare(questions int) []int {
	t := f.mix.trial(f.everything()...)
	limit := f.asked + questions
	for i := range slices.Backward(t.undone) {
		if f.asked > limit || f.ctx.Err() != nil {
			return nil
		}
		t.undone[i] = false
		t.again(start)
		t.undone[i] = f.value(t) != f.before
	}
	var set []int
	for bit, undone := range t.undone {
		if undone {
			set = append(set, bit)
		}
	}
	return set
}

func (m *mix) everything() []int {
	every := make([]int, len(m.edits))
	for i := range every {
		every[i] = i
	}
	return every
}

func union(sets [][]int) []int {
	bits := slices.Concat(sets...)
	slices.Sort(bits)
	return slices.Compact(bits)
}
