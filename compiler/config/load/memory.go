package load

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"
	"sync"

	"callpolicy/compiler/config"
)

// Memory is what compilations in one process have in common, such as both
// sides of a plan: files that are the same on both are parsed once, and people
// who are the same are put in order once. The zero Memory is empty. It may be
// used by many goroutines, but helps most where one compilation follows another.
type Memory struct {
	blocks blocks

	mu    sync.Mutex
	files map[Key]remembered
	units []*unit       // of the last compilation, and
	users []config.User // theirs; the file of each is an index into units
}

// remembered is what came of a file with some content.
type remembered struct {
	units []*unit
	sum   [sha256.Size]byte // of the content
}

func (m *Memory) read(key Key) (remembered, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	have, ok := m.files[key]
	return have, ok
}

func (m *Memory) keep(r remembered, keys []Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files == nil {
		m.files = map[Key]remembered{}
	}
	for _, key := range keys {
		m.files[key] = r
	}
}

// merged returns the users of all units by address; of equal addresses those of
// an earlier unit come first.
func (m *Memory) merged(units []*unit) []config.User {
	m.mu.Lock()
	was, users := m.units, m.users
	m.mu.Unlock()
	now := make(map[*unit]int32, len(units))
	for i, u := range units {
		now[u.origin] = int32(i)
	}
	// Of the users of the last compilation, those whose units are here as well.
	docs, same := make([]int32, len(was)), 0
	for i, u := range was {
		docs[i] = -1
		if doc, ok := now[u]; ok {
			docs[i] = doc
			same += len(u.users)
			delete(now, u)
		}
	}
	if same == 0 {
		return merged(units)
	}
	var others []*unit
	for _, u := range units {
		if _, other := now[u.origin]; other {
			others = append(others, u)
		}
	}
	return mixed(users, docs, same, merged(others))
}

// remember keeps the merged users of units, which are linked by now and do not
// change any more; nil where there is nothing to keep.
func (m *Memory) remember(units []*unit, users []config.User) {
	origins := make([]*unit, len(units))
	for i, u := range units {
		origins[i] = u.origin
	}
	if users == nil {
		origins = nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.units, m.users = origins, users
}

// mixed takes some of the users from before, with the files that docs gives
// their units, -1 for none, and puts others between them.
func mixed(before []config.User, docs []int32, same int, others []config.User) []config.User {
	all := make([]config.User, 0, same+len(others))
	take := func(users []config.User) {
		for i := range users {
			if doc := docs[users[i].At.File]; doc >= 0 {
				all = append(all, users[i])
				all[len(all)-1].At.File = doc
			}
		}
	}
	for i := range others {
		u := &others[i]
		n, _ := slices.BinarySearchFunc(before, u, func(b config.User, u *config.User) int {
			return cmp.Or(strings.Compare(b.Key, u.Key), cmp.Compare(docs[b.At.File], u.At.File))
		})
		take(before[:n])
		before = before[n:]
		all = append(all, *u)
	}
	take(before)
	return all
}

// blocks makes one Block of those that are equal, in whatever file they are.
type blocks struct {
	mu  sync.Mutex
	all map[string]*config.Block // by packed form: equal blocks have equal ones
}

// get returns the block of a packed form; ok is false where it is none.
func (b *blocks) get(packed string) (_ *config.Block, ok bool) {
	b.mu.Lock()
	have := b.all[packed]
	b.mu.Unlock()
	if have != nil {
		return have, true
	}
	r := &unpacker{s: packed}
	block := unpackBlock(r)
	if r.failed || r.s != "" {
		return nil, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if have := b.all[packed]; have != nil { // another worker was first
		return have, true
	}
	if b.all == nil {
		b.all = map[string]*config.Block{}
	}
	b.all[packed] = block
	return block, true
}
