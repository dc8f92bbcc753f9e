package config

import (
	"crypto/sha256"
	"io/fs"
	"path"
	"sync"

	"callpolicy/compiler/roster"
	"callpolicy/compiler/syntax"
	"callpolicy/compiler/syntax/yaml"
)

// Sources is what was read, so that a place can be found again.
type Sources struct {
	FS      fs.FS        // the whole repository
	Dir     string       // the project folder in FS
	Read    []Input      // by name
	Project *syntax.Tree // of callpolicy.yaml
	Docs    []Document   // those of the roster come last
	Rosters []*roster.File
	Lost    bool // a file of the roster could not be read to its end
	Partial bool // the project file may name more to be read

	mu   sync.Mutex
	open map[string]*openFile // files that were read again to find places
	held int                  // bytes of them

	digests map[string][sha256.Size]byte // of Read
}

// openFile is a YAML file that was read again.
type openFile struct {
	source *yaml.Source
	parsed bool
	trees  []*syntax.Tree // once it is parsed
	entry  *syntax.Tree   // the last entry that was parsed alone; nil: none was
	at     Place          // of that entry
}

// Document is one document that was read.
type Document struct {
	File string       // relative to the project folder
	Nth  int          // of several YAML documents in the file, from 0
	Tree *syntax.Tree // of CUE, which is kept; YAML is parsed again

	Roster *roster.File // where it is one
}

// keepOpen bounds the bytes of the files that are held for finding places. It is
// no number of files: findings go from file to file, and what is dropped is soon
// read and parsed again.
const keepOpen = 32 << 20

// reread reads a YAML file, unless it was read a moment ago; nil: it cannot be.
func (f *Sources) reread(name string) *openFile {
	o := f.open[name]
	if o == nil {
		data, err := fs.ReadFile(f.FS, path.Join(f.Dir, name))
		if err != nil || !f.same(name, data) {
			return nil
		}
		o = &openFile{source: yaml.NewSource(name, data)}
		if f.held += len(data); f.open == nil || f.held > keepOpen {
			f.open, f.held = map[string]*openFile{}, len(data)
		}
		f.open[name] = o
	}
	return o
}

// same reports whether a file is as it was when it was read first: places in
// another one would mean nothing.
func (f *Sources) same(name string, data []byte) bool {
	if len(f.digests) == 0 {
		f.digests = make(map[string][sha256.Size]byte, len(f.Read))
		for _, in := range f.Read {
			f.digests[in.File] = in.Digest
		}
	}
	want, known := f.digests[name]
	return !known || want == sha256.Sum256(data)
}

// Tree returns the tree of a document.
func (f *Sources) Tree(i int32) *syntax.Tree {
	d := &f.Docs[i]
	if d.Tree != nil || d.Roster != nil {
		return d.Tree
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.reread(d.File)
	if o == nil {
		return nil
	}
	if !o.parsed {
		o.trees, _ = yaml.Parse(d.File, o.source.Data())
		o.parsed = true
	}
	if d.Nth >= len(o.trees) {
		return nil // the file has changed since
	}
	return o.trees[d.Nth]
}

// Data returns the content of a YAML file; nil: it cannot be read.
func (f *Sources) Data(name string) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o := f.reread(name); o != nil {
		return o.source.Data()
	}
	return nil
}

// Entry returns an entry of a section of a document, and a tree that it is in:
// where that is enough, one of the entry alone, as whole files are large. The
// tree is nil where the file cannot be read, the entry where it is not there.
func (f *Sources) Entry(section, name string, at Place) (tree *syntax.Tree, value, key *syntax.Node) {
	if tree = f.alone(name, at); tree != nil {
		return tree, tree.Root.Val(0), tree.Root.Key(0)
	}
	if tree = f.Tree(at.File); tree == nil {
		return nil, nil, nil
	}
	all, _ := tree.Root.Get(section)
	if all == nil {
		return tree, nil, nil
	}
	if i := entryAt(all, at); i >= 0 {
		return tree, all.Val(i), all.Key(i)
	}
	value, key = all.Get(name)
	return tree, value, key
}

// alone returns a tree of nothing but an entry, or nil.
func (f *Sources) alone(name string, at Place) *syntax.Tree {
	d := &f.Docs[at.File]
	if d.Tree != nil || d.Roster != nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.reread(d.File)
	if o == nil {
		return nil
	}
	if o.entry == nil || o.at != at { // a long list may be asked about item by item
		tree, ok := o.source.Entry(at.Line, at.Col)
		if !ok {
			return nil
		}
		o.entry, o.at = tree, at
	}
	if o.entry.Root.Key(0).Value != name {
		return nil
	}
	return o.entry
}

// Input is one file that was read.
type Input struct {
	File    string // relative to the project folder
	Digest  [sha256.Size]byte
	Outside bool // it is a roster outside the repository; File is as the caller knows it
}

// RosterDoc is the document of the i-th file of the roster: they come last.
func (f *Sources) RosterDoc(i int) int32 { return int32(len(f.Docs) - len(f.Rosters) + i) }
