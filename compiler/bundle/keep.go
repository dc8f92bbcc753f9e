package bundle

import (
	"cmp"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

// Kept is a bundle that a target holds and goes on to hold, though nothing was
// compiled for its user: somebody in quarantine keeps what was there.
type Kept struct {
	User   string // e-mail address in lower case
	Bundle *Bundle
}

// Kept reads the bundles that a target holds for some addresses, which are
// sorted. Addresses without one are passed by. The error is that of
// [Manifest.Index] or [Manifest.Bundle].
func (m *Manifest) Kept(fsys fs.FS, addresses []string) ([]Kept, error) {
	byShard := map[Shard][]string{}
	for _, a := range addresses {
		byShard[ShardOf(a)] = append(byShard[ShardOf(a)], a)
	}
	var kept []Kept
	for _, shard := range m.Shards() {
		if byShard[shard] == nil {
			continue
		}
		entries, err := m.Index(fsys, shard)
		if err != nil {
			return nil, err
		}
		for _, a := range byShard[shard] {
			i, ok := slices.BinarySearchFunc(entries, a, func(e Entry, a string) int { return strings.Compare(e.User, a) })
			if !ok {
				continue
			}
			b, err := m.Bundle(fsys, entries[i])
			if err != nil {
				return nil, err
			}
			kept = append(kept, Kept{a, b})
		}
	}
	slices.SortFunc(kept, func(a, b Kept) int { return cmp.Compare(a.User, b.User) })
	return kept, nil
}

// Keep returns the set with bundles from before added to it, for users who are
// not in it. What is below the folder jabber stays as it is: it tells what is to
// be set up, and of these people nobody knows.
func (s *Set) Keep(kept []Kept) *Set {
	if len(kept) == 0 {
		return s
	}
	out := *s
	out.kept = kept
	out.index = sync.OnceValue(out.renderIndex)
	out.bundles = slices.Clone(s.bundles)
	for _, k := range kept {
		out.bundles = append(out.bundles, k.Bundle)
	}
	slices.SortStableFunc(out.bundles, byDigest)
	out.bundles = slices.CompactFunc(out.bundles, func(a, b *Bundle) bool { return a.Digest == b.Digest })
	number := make([]int32, len(s.bundles))
	for i, b := range s.bundles {
		n, _ := slices.BinarySearchFunc(out.bundles, b, byDigest)
		number[i] = int32(n)
	}
	out.of = make([]int32, len(s.of))
	for user, b := range s.of {
		out.of[user] = number[b]
	}
	return &out
}

// keptIn returns the users of a shard whose bundles are kept, by address.
func (s *Set) keptIn(shard Shard) []Entry {
	var entries []Entry
	for _, k := range s.kept {
		if ShardOf(k.User) == shard {
			entries = append(entries, Entry{k.User, k.Bundle.Digest})
		}
	}
	return entries
}

// quarantined lists who is in quarantine, for the manifest.
func (s *Set) quarantined() []string {
	var out []string
	for i := range s.cfg.Quarantined {
		out = append(out, s.cfg.Quarantined[i].Key)
	}
	return out
}
