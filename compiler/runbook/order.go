package runbook

import (
	"slices"
)

// move is a step that changes what more than one person has.
type move struct {
	step  *Step
	apply func(*hub)
	rank  bool // such moves keep their order among themselves
}

// arrange puts moves into an order in which as few people as possible have, for
// a moment, a value that is neither the one before nor the one after. It takes
// the first in the order given that harms nobody, and where each harms somebody
// the one that harms fewest. It returns the steps, with what cannot be avoided
// noted in them.
func (b *builder) arrange(h *hub, moves []move) (steps []*Step, total harm) {
	h = h.clone()
	pending := slices.Clone(moves)
	for len(pending) > 0 {
		best, least := -1, harm{}
		var next *hub
		ranked := false
		for i, m := range pending {
			if m.rank {
				if ranked {
					continue
				}
				ranked = true
			}
			try := h.clone()
			m.apply(try)
			if now := b.harm(try); best < 0 || now.compare(least) < 0 {
				best, least, next = i, now, try
			}
			if least == (harm{}) {
				break
			}
		}
		h = next
		step := *pending[best].step
		step.Transient = least.values
		total.values += least.values
		total.templates += least.templates
		steps = append(steps, &step)
		pending = slices.Delete(pending, best, best+1)
	}
	return steps, total
}

// rankMove puts a template right below another one; below nothing it comes first.
type rankMove struct{ name, below string }

// fewest turns one order of templates into another, and moves as few as can be,
// each right below its neighbor. Those that are in from alone keep their places.
func fewest(from, to []string) []rankMove {
	var kept []int // of to, by index, in the order of from
	for _, name := range from {
		if i := slices.Index(to, name); i >= 0 {
			kept = append(kept, i)
		}
	}
	stay := map[string]bool{}
	for _, i := range increasing(kept) {
		stay[to[i]] = true
	}
	var out []rankMove
	for i, name := range to {
		if !stay[name] {
			out = append(out, rankMove{name, above(to, i)})
		}
	}
	return out
}

// fromTop settles one place after the other, from the top. Whatever templates
// somebody has, the one that wins on the way is the one that won before or the
// one that wins after: once one of theirs is settled, the one that wins after
// is, and until then all of theirs are in their old order.
func fromTop(from, to []string) []rankMove {
	h := &hub{order: slices.Clone(from)}
	var out []rankMove
	for i, name := range to {
		if h.order[i] != name {
			h.move(name, above(to, i))
			out = append(out, rankMove{name, above(to, i)})
		}
	}
	return out
}

// above returns what is right above an index; empty: it is the first.
func above(list []string, i int) string {
	if i == 0 {
		return ""
	}
	return list[i-1]
}

// increasing returns a longest increasing subsequence.
func increasing(list []int) []int {
	length := make([]int, len(list))
	before := make([]int, len(list))
	end := -1
	for i := range list {
		length[i], before[i] = 1, -1
		for j := range i {
			if list[j] < list[i] && length[j]+1 > length[i] {
				length[i], before[i] = length[j]+1, j
			}
		}
		if end < 0 || length[i] > length[end] {
			end = i
		}
	}
	var out []int
	for ; end >= 0; end = before[end] {
		out = append(out, list[end])
	}
	slices.Reverse(out)
	return out
}
