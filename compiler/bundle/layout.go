package bundle

import (
	"crypto/sha256"
	"iter"
	"sync"
)

// Layout is how bundles lie in a target.
//
// In both layouts manifest.json says what is there, and index/<shard>.json
// whose bundle is which; only shards with users have an index file. [Tree] has
// users/<shard>/<address>/ with the files of each user's bundle, see
// [UserFolder]. [Store] has each distinct bundle once, under
// store/sha256/<first two digits>/<digest>/. Both have jabber/<variant>/ for
// each distinct pair of Jabber configurations, see [Variant].
type Layout string

// The layouts.
const (
	Tree  Layout = "tree"
	Store Layout = "store"
)

// Options are what a set does not know of itself.
type Options struct {
	Layout      Layout // empty: Tree
	ToolVersion string // of callpolicy
	Revision    string // of the source; empty: not under git
	Clean       bool   // the source is exactly that revision
	InputDigest Digest // of everything that was read
	Part        Part   // which files; zero: all
	Outstanding []byte // what is still to be reset in Control Hub; nil: nothing
}

// Files returns every file of a target, sorted by path: the index, the
// configurations for Unified CM, the manifest and the bundles. It is a stream: index files are made when it reaches them,
// the rest shares the bytes of its bundle.
func (s *Set) Files(opts Options) iter.Seq[File] {
	return func(yield func(File) bool) {
		for shard, data := range s.indexFiles() {
			if opts.Part.has(byte(shard)) && !yield(File{indexPath(shard), data}) {
				return
			}
		}
		if opts.Part.has(0) {
			for _, f := range s.jabberFiles() {
				if !yield(File{jabberFolder + f.Name, f.Data}) {
					return
				}
			}
		}
		if !yield(s.manifestFile(opts)) {
			return
		}
		if opts.Outstanding != nil && !yield(File{OutstandingFile, opts.Outstanding}) {
			return
		}
		if opts.layout() == Store {
			storeFiles(s.bundles, opts.Part, yield)
			return
		}
		for i := range 256 {
			if opts.Part.has(byte(i)) && !treeFiles(s.Index(Shard(i)), s.bundles, yield) {
				return
			}
		}
	}
}

// Len returns how many files [Set.Files] returns.
func (s *Set) Len(opts Options) int {
	n := 1 // the manifest
	if opts.Part.has(0) {
		n += len(s.jabberFiles())
	}
	if opts.Outstanding != nil {
		n++
	}
	inTree := opts.layout() == Tree
	for i := range 256 {
		if !opts.Part.has(byte(i)) {
			continue
		}
		users, kept := s.users(Shard(i)), s.keptIn(Shard(i))
		if len(users)+len(kept) > 0 {
			n++
		}
		if inTree {
			for _, user := range users {
				n += len(s.Of(int(user)).Files)
			}
			for _, k := range kept {
				n += len(bundleIn(s.bundles, k.Bundle).Files)
			}
		}
	}
	if !inTree {
		for _, b := range s.bundles {
			if opts.Part.has(b.Digest[0]) {
				n += len(b.Files)
			}
		}
	}
	return n
}

// Manifest returns the manifest that [Set.Files] holds; a part holds that of
// the whole.
func (s *Set) Manifest(opts Options) *Manifest {
	opts.Part = Part{}
	var background sync.WaitGroup
	background.Go(func() { s.jabber() }) // beside the index, which takes as long
	s.index()
	background.Wait()
	m := &Manifest{
		FormatVersion: FormatVersion,
		Edition:       s.cfg.Schema.Edition.Name,
		ToolVersion:   opts.ToolVersion,
		Revision:      opts.Revision,
		Clean:         opts.Clean,
		InputDigest:   opts.InputDigest,
		Layout:        opts.layout(),
		Counts:        Counts{Users: len(s.of) + len(s.kept), Bundles: len(s.bundles), Files: s.Len(opts)},
		Bundles:       make(map[Digest][]string, len(s.bundles)),
		IndexFiles:    s.index().digests,
		Jabber:        s.jabberDigests(),
		Quarantined:   s.quarantined(),
	}
	for _, b := range s.bundles {
		m.Bundles[b.Digest] = b.Names()
	}
	if opts.Outstanding != nil {
		sum := Digest(sha256.Sum256(opts.Outstanding))
		m.Outstanding = &sum
	}
	return m
}

// treeFiles yields the files of the users of one shard.
func treeFiles(users []Entry, bundles []*Bundle, yield func(File) bool) bool {
	for _, u := range treeOrder(users) {
		for _, f := range bundleIn(bundles, u.Bundle).Files {
			if !yield(File{u.folder + f.Name, f.Data}) {
				return false
			}
		}
	}
	return true
}

// storeFiles yields the files of the bundles of a part.
func storeFiles(bundles []*Bundle, part Part, yield func(File) bool) {
	for _, b := range bundles {
		if !part.has(b.Digest[0]) {
			continue
		}
		for _, f := range b.Files {
			if !yield(File{storeFolder(b.Digest) + f.Name, f.Data}) {
				return
			}
		}
	}
}

// indexFiles returns the index file of each shard that has users.
func (s *Set) indexFiles() iter.Seq2[Shard, []byte] {
	return func(yield func(Shard, []byte) bool) {
		for i, data := range s.index().data {
			if data != nil && !yield(Shard(i), data) {
				return
			}
		}
	}
}

// index is the index files by shard, and their digests as the manifest has them.
type index struct {
	data    [256][]byte
	digests map[string]Digest
}

// renderIndex writes the index files, on all processors.
func (s *Set) renderIndex() *index {
	all := &index{digests: map[string]Digest{}}
	var digests [256]Digest
	each(len(all.data), func(i int) {
		if entries := s.Index(Shard(i)); len(entries) > 0 {
			all.data[i] = indexFile(entries)
			digests[i] = sha256.Sum256(all.data[i])
		}
	})
	for i, data := range all.data {
		if data != nil {
			all.digests[Shard(i).IndexFile()] = digests[i]
		}
	}
	return all
}

func (o Options) layout() Layout {
	if o.Layout == "" {
		return Tree
	}
	return o.Layout
}

// storeFolder returns the folder of a bundle in the layout Store, with a slash
// at the end.
func storeFolder(d Digest) string {
	digits := d.Hex()
	return "store/sha256/" + digits[:2] + "/" + digits + "/"
}
