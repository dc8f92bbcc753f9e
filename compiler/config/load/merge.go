package load

import (
	"cmp"
	"container/heap"
	"runtime"
	"slices"
	"strings"
	"sync"

	"callpolicy/compiler/config"
)

// merged is [Memory.merged] without a memory. Each unit has its users in order already, so they
// need merging only, which each processor does for a part of the alphabet.
func merged(units []*unit) []config.User {
	total := 0
	var sample []string // of the addresses, evenly
	for _, u := range units {
		for i := total; i < total+len(u.users); i++ {
			if i%1024 == 0 {
				sample = append(sample, u.users[i-total].Key)
			}
		}
		total += len(u.users)
	}
	slices.Sort(sample)
	all := make([]config.User, total)
	var wg sync.WaitGroup
	workers := max(1, min(runtime.GOMAXPROCS(0), len(sample)))
	offset := 0
	from := make([]int, len(units)) // where the part at hand starts in each unit
	for w := range workers {
		part := make(runs, 0, len(units))
		n := 0
		for i, u := range units {
			end := len(u.users)
			if w < workers-1 {
				end, _ = slices.BinarySearchFunc(u.users, sample[(w+1)*len(sample)/workers], func(u config.User, key string) int { return strings.Compare(u.Key, key) })
			}
			if end > from[i] {
				part = append(part, run{u, from[i], end, u.users[from[i]].Key})
				n += end - from[i]
			}
			from[i] = end
		}
		out := all[offset : offset+n]
		offset += n
		wg.Go(func() { part.merge(out) })
	}
	wg.Wait()
	return all
}

// run is some users of a unit, one after the other.
type run struct {
	*unit
	at, end int
	key     string // of the user at at
}

// runs is a heap: the run with the next user is the first.
type runs []run

func (r runs) Len() int { return len(r) }
func (r runs) Less(i, k int) bool {
	return cmp.Or(strings.Compare(r[i].key, r[k].key), cmp.Compare(r[i].doc, r[k].doc)) < 0
}
func (r runs) Swap(i, k int) { r[i], r[k] = r[k], r[i] }

//lint:ignore errcheck nothing else is pushed
func (r *runs) Push(x any) { *r = append(*r, x.(run)) }

// Pop removes the last run.
func (r *runs) Pop() any {
	last := (*r)[len(*r)-1]
	*r = (*r)[:len(*r)-1]
	return last
}

// merge fills out, which has room for all of the runs.
func (r runs) merge(out []config.User) {
	heap.Init(&r)
	for i := range out {
		first := &r[0]
		out[i] = first.users[first.at]
		out[i].At.File = first.doc
		if first.at++; first.at == first.end {
			heap.Pop(&r)
		} else {
			first.key = first.users[first.at].Key
			heap.Fix(&r, 0)
		}
	}
}

// sorted sorts a list of which no two items are equal, on two processors.
func sorted[T any](list []T, order func(a, b T) int) []T {
	half := len(list) / 2
	a, b := list[:half], list[half:]
	var wg sync.WaitGroup
	wg.Go(func() { slices.SortFunc(a, order) })
	slices.SortFunc(b, order)
	wg.Wait()
	out := make([]T, 0, len(list))
	for len(a) > 0 && len(b) > 0 {
		if order(b[0], a[0]) < 0 {
			out, b = append(out, b[0]), b[1:]
		} else {
			out, a = append(out, a[0]), a[1:]
		}
	}
	return append(append(out, a...), b...)
}
