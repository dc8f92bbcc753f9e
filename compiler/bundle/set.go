package bundle

import (
	"cmp"
	"runtime"
	"slices"
	"sync"

	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

// Set is everybody's bundles. It holds each distinct bundle once, and a number
// for each user.
type Set struct {
	cfg     *config.Config
	bundles []*Bundle      // distinct, by digest
	of      []int32        // for each user of the config, an index into bundles
	shards  func() *shards // made when they are first asked for, and once: a plan needs none
	index   func() *index  // the index files, made when they are first asked for, and once

	kept []Kept // bundles from before, of users who are not in the config, by address

	jabber func() *jabberOutput // made when it is first asked for, and once
}

// Entry is a line of an index file: a user, and the bundle that is theirs.
type Entry struct {
	User   string // e-mail address in lower case
	Bundle Digest
}

// Render makes everybody's bundles, each class's once, and gives classes with
// equal files one bundle. It works on all processors; what comes out does not
// depend on how many there are.
func Render(r *resolve.Result) *Set {
	formats := Formats()
	rendered := make([]*Bundle, len(r.Classes))
	each(len(rendered), func(i int) {
		var files []File
		for _, f := range formats {
			if data := f.Render(r.Config, r.Classes[i].Inputs, r.Classes[i].Effective); data != nil {
				files = append(files, File{f.File(), data})
			}
		}
		rendered[i] = New(files)
	})

	s := &Set{cfg: r.Config, of: make([]int32, len(r.Of))}
	s.bundles = slices.Clone(rendered)
	slices.SortFunc(s.bundles, byDigest)
	s.bundles = slices.CompactFunc(s.bundles, func(a, b *Bundle) bool { return a.Digest == b.Digest })
	number := make([]int32, len(rendered))
	for class, b := range rendered {
		i, _ := slices.BinarySearchFunc(s.bundles, b, byDigest)
		number[class] = int32(i)
	}
	for user, class := range r.Of {
		s.of[user] = number[class]
	}
	s.shards = sync.OnceValue(s.sortIntoShards)
	s.jabber = sync.OnceValue(s.renderJabber)
	s.index = sync.OnceValue(s.renderIndex)
	return s
}

func byDigest(a, b *Bundle) int { return slices.Compare(a.Digest[:], b.Digest[:]) }

// shards is who is in which shard.
type shards struct {
	users  []int32  // grouped by shard, in each by address
	starts [257]int // where each shard starts in users
}

// sortIntoShards sorts users by counting, which keeps the order by address
// within each shard.
func (s *Set) sortIntoShards() *shards {
	users := s.cfg.Users
	of := make([]Shard, len(users))
	each(len(users), func(i int) { of[i] = ShardOf(users[i].Key) })
	out := &shards{users: make([]int32, len(users))}
	for _, shard := range of {
		out.starts[int(shard)+1]++
	}
	for i := range 256 {
		out.starts[i+1] += out.starts[i]
	}
	next := out.starts
	for user, shard := range of {
		out.users[next[shard]] = int32(user)
		next[shard]++
	}
	return out
}

// Bundles returns the distinct bundles by digest. They are not to be changed.
func (s *Set) Bundles() []*Bundle { return s.bundles }

// Bundle returns the bundle of a digest, or nil.
func (s *Set) Bundle(d Digest) *Bundle {
	if i, ok := slices.BinarySearchFunc(s.bundles, &Bundle{Digest: d}, byDigest); ok {
		return s.bundles[i]
	}
	return nil
}

// Config returns whose users the set is about.
func (s *Set) Config() *config.Config { return s.cfg }

// Of returns the bundle of the i-th user of the config.
func (s *Set) Of(user int) *Bundle { return s.bundles[s.of[user]] }

// Index returns the users of a shard with their bundles, by address, as
// [Manifest.Index] does for what was written.
func (s *Set) Index(shard Shard) []Entry {
	users := s.users(shard)
	entries := make([]Entry, len(users))
	for i, user := range users {
		entries[i] = Entry{s.cfg.Users[user].Key, s.Of(int(user)).Digest}
	}
	if kept := s.keptIn(shard); len(kept) > 0 {
		entries = append(entries, kept...)
		slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.User, b.User) })
	}
	return entries
}

// users returns the users of a shard by address.
func (s *Set) users(shard Shard) []int32 {
	all := s.shards()
	return all.users[all.starts[shard]:all.starts[int(shard)+1]]
}

// bundleIn returns the bundle with a digest, which must be one of them.
func bundleIn(bundles []*Bundle, d Digest) *Bundle {
	i, _ := slices.BinarySearchFunc(bundles, d, func(b *Bundle, d Digest) int { return slices.Compare(b.Digest[:], d[:]) })
	return bundles[i]
}

// treeOrder returns entries of one shard with their folders, in the order of
// the paths of the files in them.
func treeOrder(entries []Entry) []userEntry {
	users := make([]userEntry, len(entries))
	for i, e := range entries {
		users[i] = userEntry{e, UserFolder(e.User) + "/"}
	}
	// With the slash: a@b.example/ comes after a@b.example.org/.
	slices.SortFunc(users, func(a, b userEntry) int { return cmp.Compare(a.folder, b.folder) })
	return users
}

type userEntry struct {
	Entry
	folder string // with a slash at the end
}

// each calls do for every number below n, on all processors.
func each(n int, do func(i int)) {
	var wg sync.WaitGroup
	workers := min(n, runtime.GOMAXPROCS(0))
	for w := range workers {
		wg.Go(func() {
			for i := w * n / workers; i < (w+1)*n/workers; i++ {
				do(i)
			}
		})
	}
	wg.Wait()
}
