package bundle

import (
	"crypto/sha256"
	"iter"
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
}

// Files returns every file of a target, sorted by path: the index, the
// configurations for Unified CM, the manifest and the bundles. It is a stream: index files are made when it reaches them,
// the rest shares the bytes of its bundle.
func (s *Set) Files(opts Options) iter.Seq[File] {
	return func(yield func(File) bool) {
		index := map[string]Digest{}
		for shard, data := range s.indexFiles() {
			index[shard.IndexFile()] = sha256.Sum256(data)
			if !yield(File{indexPath(shard), data}) {
				return
			}
		}
		for _, f := range s.jabberFiles() {
			if !yield(File{jabberFolder + f.Name, f.Data}) {
				return
			}
		}
		if !yield(File{ManifestFile, canonical(s.manifest(opts, index))}) {
			return
		}
		if opts.layout() == Store {
			s.storeFiles(yield)
		} else {
			s.treeFiles(yield)
		}
	}
}

// Len returns how many files [Set.Files] returns.
func (s *Set) Len(opts Options) int {
	n := 1 + len(s.jabberFiles()) // the manifest is one
	for i := range 256 {
		if len(s.users(Shard(i)))+len(s.keptIn(Shard(i))) > 0 {
			n++
		}
	}
	if opts.layout() == Store {
		for _, b := range s.bundles {
			n += len(b.Files)
		}
		return n
	}
	for _, i := range s.of {
		n += len(s.bundles[i].Files)
	}
	for _, k := range s.kept {
		n += len(k.Bundle.Files)
	}
	return n
}

// Manifest returns the manifest that [Set.Files] holds.
func (s *Set) Manifest(opts Options) *Manifest {
	index := map[string]Digest{}
	for shard, data := range s.indexFiles() {
		index[shard.IndexFile()] = sha256.Sum256(data)
	}
	return s.manifest(opts, index)
}

func (s *Set) manifest(opts Options, index map[string]Digest) *Manifest {
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
		IndexFiles:    index,
		Jabber:        s.jabberDigests(),
		Quarantined:   s.quarantined(),
	}
	for _, b := range s.bundles {
		m.Bundles[b.Digest] = b.Names()
	}
	return m
}

func (s *Set) treeFiles(yield func(File) bool) {
	for i := range 256 {
		for _, u := range treeOrder(s.Index(Shard(i))) {
			for _, f := range s.bundle(u.Bundle).Files {
				if !yield(File{u.folder + f.Name, f.Data}) {
					return
				}
			}
		}
	}
}

func (s *Set) storeFiles(yield func(File) bool) {
	for _, b := range s.bundles {
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
		for i := range 256 {
			if entries := s.Index(Shard(i)); len(entries) > 0 && !yield(Shard(i), indexFile(entries)) {
				return
			}
		}
	}
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
