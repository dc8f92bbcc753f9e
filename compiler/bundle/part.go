package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"callpolicy/compiler/bounded"
)

// Part is what one of several machines writes that share the work: the files
// of some shards. The zero Part is all of it.
//
// The layouts Tree and Store, and the index, have folders or files that are
// named by the first byte of a SHA-256. Of these 256, part I of N, from 0, has
// those from I*256/N to below (I+1)*256/N, both rounded up.
type Part struct{ Index, Of int }

// maxParts is one for each shard.
const maxParts = 256

// ParsePart reads what String writes, such as 0/4.
func ParsePart(text string) (Part, error) {
	index, of, ok := strings.Cut(text, "/")
	i, err1 := strconv.Atoi(index)
	n, err2 := strconv.Atoi(of)
	if !ok || err1 != nil || err2 != nil || n < 1 || n > maxParts || i < 0 || i >= n {
		return Part{}, fmt.Errorf("%q is no part such as 0/4: the number of the part, from 0, and how many there are, up to %d", text, maxParts)
	}
	return Part{i, n}, nil
}

// String returns the number of the part, from 0, and how many there are: 0/4.
func (p Part) String() string { return fmt.Sprintf("%d/%d", p.Index, p.Of) }

// has reports whether what is named by this byte belongs to the part.
func (p Part) has(first byte) bool { return p.Of == 0 || int(first)*p.Of/256 == p.Index }

// PartFile is the path of what takes the place of the manifest in a part, so
// that nobody takes a part for the whole.
const PartFile = "part.json"

// partFile is what stands in it.
type partFile struct {
	FormatVersion string    `json:"formatVersion"`
	Part          int       `json:"part"`
	Of            int       `json:"of"`
	Manifest      *Manifest `json:"manifest"` // of the whole
}

// manifestFile returns the manifest, or what takes its place in a part.
func (s *Set) manifestFile(opts Options) File {
	m := s.Manifest(opts)
	if opts.Part.Of == 0 {
		return File{ManifestFile, canonical(m)}
	}
	return File{PartFile, canonical(partFile{FormatVersion, opts.Part.Index, opts.Part.Of, m})}
}

// readPart reads the manifest in a part. The error is [ErrNoPart], a
// [*FormatVersionError], a [*DamagedError], or what the file system said.
func readPart(fsys fs.FS) (*Manifest, Part, error) {
	data, err := bounded.In(fsys, PartFile, MostManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Part{}, ErrNoPart
	}
	if err != nil {
		return nil, Part{}, fmt.Errorf("reading %s: %w", PartFile, err)
	}
	if err := checkVersion(PartFile, data); err != nil {
		return nil, Part{}, err
	}
	var f partFile
	if err := decode(data, &f); err != nil {
		return nil, Part{}, &DamagedError{PartFile, err}
	}
	part, err := ParsePart(Part{f.Part, f.Of}.String())
	if err == nil && f.Manifest == nil {
		err = errors.New("it holds no manifest")
	}
	if err == nil {
		err = f.Manifest.check()
	}
	if err != nil {
		return nil, Part{}, &DamagedError{PartFile, err}
	}
	return f.Manifest, part, nil
}

// ErrNoPart is the error where a folder holds no part.
var ErrNoPart = errors.New("there is no " + PartFile)

// Merged is several parts, put together: the very files that one machine would
// have written.
type Merged struct {
	manifest *Manifest
	index    map[Shard]indexed
	bundles  []*Bundle // by digest
	jabber   []File    // by path
}

type indexed struct {
	data    []byte
	entries []Entry
}

// PartsError is the error where parts do not make up a whole.
type PartsError struct{ Problem string }

func (e *PartsError) Error() string { return e.Problem }

// Merge reads parts, in any order. Every file is checked against the manifest,
// which must be the same in all of them. The error is a [*PartsError], or one of
// [ReadManifest] with the name that the part has in names.
func Merge(parts []fs.FS, names []string) (*Merged, error) {
	byIndex := map[int]int{}
	var m *Merged
	var of int
	for i, fsys := range parts {
		manifest, part, err := readPart(fsys)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", names[i], err)
		}
		if m == nil {
			m, of = &Merged{manifest: manifest, index: map[Shard]indexed{}}, part.Of
		}
		if have, twice := byIndex[part.Index]; twice {
			return nil, &PartsError{fmt.Sprintf("%s and %s are the same part, %s", names[have], names[i], part)}
		}
		if part.Of != of || !bytes.Equal(canonical(manifest), canonical(m.manifest)) {
			return nil, &PartsError{fmt.Sprintf("%s and %s are not parts of one run: they were made from other files, or by another callpolicy", names[0], names[i])}
		}
		byIndex[part.Index] = i
	}
	for i := range of {
		if _, ok := byIndex[i]; !ok {
			return nil, &PartsError{fmt.Sprintf("part %s is missing", Part{i, of})}
		}
	}
	if m == nil {
		return nil, &PartsError{"there are no parts"}
	}
	for i := range of {
		n := byIndex[i]
		if err := m.read(parts[n], Part{i, of}); err != nil {
			return nil, fmt.Errorf("%s: %w", names[n], err)
		}
	}
	return m, nil
}

// read takes over what a part holds. Of the layout Tree each distinct bundle is
// read once, whoever has it.
func (m *Merged) read(fsys fs.FS, part Part) error {
	seen := map[Digest]bool{}
	bundle := func(e Entry) error {
		if seen[e.Bundle] {
			return nil
		}
		seen[e.Bundle] = true
		b, err := m.manifest.Bundle(fsys, e)
		if err == nil {
			if i, have := slices.BinarySearchFunc(m.bundles, b, byDigest); !have {
				m.bundles = slices.Insert(m.bundles, i, b)
			}
		}
		return err
	}
	for _, shard := range m.manifest.Shards() {
		if !part.has(byte(shard)) {
			continue
		}
		entries, err := m.manifest.Index(fsys, shard)
		if err != nil {
			return err
		}
		m.index[shard] = indexed{indexFile(entries), entries}
		if m.manifest.Layout != Tree {
			continue
		}
		for _, e := range entries {
			if err := bundle(e); err != nil {
				return err
			}
		}
	}
	if m.manifest.Layout == Store {
		for digest := range m.manifest.Bundles {
			if part.has(digest[0]) {
				if err := bundle(Entry{Bundle: digest}); err != nil {
					return err
				}
			}
		}
	}
	if !part.has(0) {
		return nil
	}
	if err := m.manifest.IntactJabber(fsys); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(m.manifest.Jabber)) {
		data, err := readListed(fsys, jabberFolder+name)
		if err != nil {
			return err
		}
		m.jabber = append(m.jabber, File{jabberFolder + name, data})
	}
	return nil
}

// Manifest returns the manifest of the whole.
func (m *Merged) Manifest() *Manifest { return m.manifest }

// Len returns how many files there are.
func (m *Merged) Len() int { return m.manifest.Counts.Files }

// Files returns every file, sorted by path.
func (m *Merged) Files() iter.Seq[File] {
	return func(yield func(File) bool) {
		shards := m.manifest.Shards()
		for _, shard := range shards {
			if !yield(File{indexPath(shard), m.index[shard].data}) {
				return
			}
		}
		for _, f := range m.jabber {
			if !yield(f) {
				return
			}
		}
		if !yield(File{ManifestFile, canonical(m.manifest)}) {
			return
		}
		if m.manifest.Layout == Store {
			storeFiles(m.bundles, Part{}, yield)
			return
		}
		for _, shard := range shards {
			if !treeFiles(m.index[shard].entries, m.bundles, yield) {
				return
			}
		}
	}
}
