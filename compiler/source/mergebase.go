package source

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"slices"

	"callpolicy/compiler/failure"
)

// MergeBase returns the id of the best common ancestor of two revisions: the
// commit from which b's branch left a's. Where there are several, as after
// merges crosswise, it is the newest, which git prefers too.
//
// In a shallow clone it returns ErrShallow if the answer might lie behind the
// point where history was cut off, even if some older common commit is known:
// a wrong base would make a wrong plan.
func (r *Repository) MergeBase(ctx context.Context, a, b string) (string, error) {
	x, err := r.find(ctx, a)
	if err != nil {
		return "", err
	}
	y, err := r.find(ctx, b)
	if err != nil {
		return "", err
	}
	w := &walk{repo: r, seen: map[string]*visit{}}
	bases, err := w.bases(ctx, x, y)
	if err != nil {
		return "", err
	}
	if w.cut {
		return "", tooShallow(fmt.Sprintf("the point where %q and %q parted", a, b))
	}
	if len(bases) == 0 {
		return "", &failure.Error{
			Kind:    ErrNoMergeBase,
			Problem: fmt.Sprintf("%q and %q have no commit in common", a, b),
			Hint:    "compare with --base-exact, which needs none",
		}
	}
	bases, err = r.independent(ctx, bases)
	if err != nil {
		return "", err
	}
	best := slices.MinFunc(bases, func(p, q *commit) int {
		return cmp.Or(q.date.Compare(p.date), cmp.Compare(p.id, q.id))
	})
	return best.id, nil
}

// independent drops bases that are ancestors of others, which wrong clocks
// can leave among them.
func (r *Repository) independent(ctx context.Context, bases []*commit) ([]*commit, error) {
	drop := map[string]bool{}
	for i, p := range bases {
		for _, q := range bases[i+1:] {
			w := &walk{repo: r, seen: map[string]*visit{}}
			common, err := w.bases(ctx, p, q)
			if err != nil {
				return nil, err
			}
			for _, c := range common {
				drop[c.id] = drop[c.id] || c.id == p.id || c.id == q.id
			}
		}
	}
	return slices.DeleteFunc(bases, func(c *commit) bool { return drop[c.id] }), nil
}

// The sides from which a commit was reached. A stale one is known to be an
// ancestor of a common ancestor, and so is not wanted.
const (
	fromA = 1 << iota
	fromB
	stale
	common = fromA | fromB
)

type visit struct {
	*commit
	flags  int
	listed bool
}

// walk paints history from both sides, newest first, until nothing is left
// that is not stale, as git does it. It reads only as far back as it must.
type walk struct {
	repo  *Repository
	seen  map[string]*visit
	queue newestFirst
	cut   bool // the end of a shallow clone was reached from one side only: the other may meet it behind
}

func (w *walk) bases(ctx context.Context, a, b *commit) ([]*commit, error) {
	w.paint(a, fromA)
	w.paint(b, fromB)
	var found []*visit
	for slices.ContainsFunc(w.queue, func(v *visit) bool { return v.flags&stale == 0 }) {
		//lint:ignore errcheck the heap holds nothing else
		v := heap.Pop(&w.queue).(*visit)
		flags := v.flags & (common | stale)
		if flags == common && !v.listed {
			v.listed = true
			found = append(found, v)
		}
		if flags&common == common {
			flags |= stale
		}
		for _, id := range v.parents {
			var p *commit
			if known := w.seen[id]; known != nil {
				p = known.commit
			} else {
				var err error
				if p, err = w.repo.commit(ctx, id); err != nil {
					return nil, err
				}
			}
			w.paint(p, flags)
		}
	}
	for _, v := range w.seen {
		w.cut = w.cut || v.cut && v.flags&common != common
	}
	var bases []*commit
	for _, v := range found {
		if v.flags&stale == 0 {
			bases = append(bases, v.commit)
		}
	}
	return bases, nil
}

// paint adds flags to a commit, and queues it if that tells its parents something new.
func (w *walk) paint(c *commit, flags int) {
	v := w.seen[c.id]
	if v == nil {
		v = &visit{commit: c}
		w.seen[c.id] = v
	}
	if v.flags&flags == flags {
		return
	}
	v.flags |= flags
	heap.Push(&w.queue, v)
}

// newestFirst is a heap of commits by date, then id.
type newestFirst []*visit

func (q newestFirst) Len() int      { return len(q) }
func (q newestFirst) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

//lint:ignore errcheck see bases
func (q *newestFirst) Push(v any) { *q = append(*q, v.(*visit)) }

func (q newestFirst) Less(i, j int) bool {
	return cmp.Or(q[j].date.Compare(q[i].date), cmp.Compare(q[i].id, q[j].id)) < 0
}

func (q *newestFirst) Pop() any {
	old := *q
	v := old[len(old)-1]
	*q = old[:len(old)-1]
	return v
}
