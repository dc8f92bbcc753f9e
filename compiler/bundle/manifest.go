package bundle

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"syscall"

	"callpolicy/compiler/bounded"
)

// ManifestFile is the path of the manifest in a target.
const ManifestFile = "manifest.json"

// MostManifest is how large a manifest may be, in bytes: one of half a million
// different bundles.
const MostManifest = 64 << 20

// What else is read of a target at most, in bytes: an index of ten million users,
// and one file of anything else.
const (
	mostIndex = 4 << 20 // a shard's, of 256
	mostFile  = 64 << 20
)

// OutstandingFile is the path of what is still to be reset in Control Hub, in a
// target. Its form is that of package outstanding.
const OutstandingFile = "outstanding.json"

// FormatVersion is the version of the manifest, and of all that it describes.
const FormatVersion = "1.0"

// Manifest says what is in a target: readers trust it, and what it does not
// list is not callpolicy's. Two manifests are compared without reading a user.
type Manifest struct {
	FormatVersion string `json:"formatVersion"`
	Edition       string `json:"edition"`
	ToolVersion   string `json:"toolVersion"`
	Revision      string `json:"revision,omitempty"` // of the source; empty: not under git
	Clean         bool   `json:"clean"`              // the source was exactly that revision
	InputDigest   Digest `json:"inputDigest"`
	Layout        Layout `json:"layout"`
	Counts        Counts `json:"counts"`

	// Bundles holds the names of the files of each distinct bundle.
	Bundles map[Digest][]string `json:"bundles"`

	// IndexFiles holds the SHA-256 of each file in the folder index, by name.
	IndexFiles map[string]Digest `json:"index"`

	// Jabber holds the SHA-256 of each file below the folder jabber, by path.
	Jabber map[string]Digest `json:"jabber,omitempty"`

	// Outstanding is the SHA-256 of the file with what is still to be reset in
	// Control Hub; nil: there is none.
	Outstanding *Digest `json:"outstanding,omitempty"`

	// Quarantined are users, by address in lower case, for whom nothing was
	// compiled, since their rows in the roster are at fault. Where the target had
	// a bundle for one of them, it is still there, and still in the index.
	Quarantined []string `json:"quarantined,omitempty"`
}

// Counts are how much there is.
type Counts struct {
	Users   int `json:"users"`
	Bundles int `json:"bundles"` // distinct
	Files   int `json:"files"`   // all, with index and manifest
}

// ErrNoManifest is the error where a target has no manifest at all.
var ErrNoManifest = errors.New("there is no " + ManifestFile)

// FormatVersionError is the error where a target was written in another format,
// by another version of callpolicy.
type FormatVersionError struct {
	Version string // what the manifest says
}

func (e *FormatVersionError) Error() string {
	return fmt.Sprintf("%s has format version %q, and this callpolicy knows %q only", ManifestFile, e.Version, FormatVersion)
}

// DamagedError is the error where a file of a target is not what callpolicy
// wrote, or is gone.
type DamagedError struct {
	File string
	Err  error // what is wrong with it
}

func (e *DamagedError) Error() string { return fmt.Sprintf("%s is damaged: %v", e.File, e.Err) }

func (e *DamagedError) Unwrap() error { return e.Err }

// ReadManifest reads the manifest of a target. The error is [ErrNoManifest], a
// [*FormatVersionError], a [*DamagedError], or what the file system said.
func ReadManifest(fsys fs.FS) (*Manifest, error) {
	data, err := bounded.In(fsys, ManifestFile, MostManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoManifest
	}
	if err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	if err := checkVersion(ManifestFile, data); err != nil {
		return nil, err
	}
	m := new(Manifest)
	if err := decode(data, m); err != nil {
		return nil, &DamagedError{ManifestFile, err}
	}
	if err := m.check(); err != nil {
		return nil, &DamagedError{ManifestFile, err}
	}
	return m, nil
}

// checkVersion looks at the format version of a file before anything else in it.
func checkVersion(name string, data []byte) error {
	var version struct {
		FormatVersion *string `json:"formatVersion"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return &DamagedError{name, err}
	}
	if version.FormatVersion == nil {
		return &DamagedError{name, errors.New("it has no formatVersion")}
	}
	if *version.FormatVersion != FormatVersion {
		return &FormatVersionError{*version.FormatVersion}
	}
	return nil
}

// check makes sure that every path that follows from the manifest is inside
// the target and is what callpolicy would write there: such files get removed.
func (m *Manifest) check() error {
	if m.Layout != Tree && m.Layout != Store {
		return fmt.Errorf("%q is no layout", m.Layout)
	}
	for _, names := range m.Bundles {
		for i, name := range names {
			if !isBundleFile(name) {
				return fmt.Errorf("%q is no name of a file in a bundle", name)
			}
			if i > 0 && names[i-1] >= name {
				return fmt.Errorf("the files of a bundle are not in order: %q", names)
			}
		}
	}
	for name := range m.IndexFiles {
		if !isIndexFile(name) {
			return fmt.Errorf("%q is no name of an index file", name)
		}
	}
	for name := range m.Jabber {
		if !isJabberFile(name) {
			return fmt.Errorf("%q is no file for Unified CM", name)
		}
	}
	return nil
}

// isIndexFile reports whether a shard's file in the folder index has the name.
func isIndexFile(name string) bool {
	n, err := strconv.ParseUint(strings.TrimSuffix(name, ".json"), 16, 8)
	return err == nil && name == Shard(n).IndexFile()
}

// Shards returns the shards that have users, in order.
func (m *Manifest) Shards() []Shard {
	var shards []Shard
	for i := range 256 {
		if _, ok := m.IndexFiles[Shard(i).IndexFile()]; ok {
			shards = append(shards, Shard(i))
		}
	}
	return shards
}

// Index reads the users of a shard with their bundles, by address; a shard
// without users has none. The error is a [*DamagedError], also where the file
// is gone or is not the one that the manifest means, or what the file system
// said.
func (m *Manifest) Index(fsys fs.FS, shard Shard) ([]Entry, error) {
	want, ok := m.IndexFiles[shard.IndexFile()]
	if !ok {
		return nil, nil
	}
	name := indexPath(shard)
	data, err := readListed(fsys, name)
	if err != nil {
		return nil, err
	}
	if sha256.Sum256(data) != want {
		return nil, &DamagedError{name, errors.New("its digest is not the one in the manifest")}
	}
	entries, err := parseIndex(data)
	if err != nil {
		return nil, &DamagedError{name, err}
	}
	for _, e := range entries {
		if _, ok := m.Bundles[e.Bundle]; !ok || e.User == "" || e.User != strings.ToLower(e.User) || ShardOf(e.User) != shard {
			return nil, &DamagedError{name, fmt.Errorf("%q: %v does not belong here", e.User, e.Bundle)}
		}
	}
	return entries, nil
}

// Bundle reads the bundle of an entry of the index. The error is a
// [*DamagedError], also where a file is gone or the digest is another, or what
// the file system said.
func (m *Manifest) Bundle(fsys fs.FS, e Entry) (*Bundle, error) {
	folder := storeFolder(e.Bundle)
	if m.Layout == Tree {
		folder = UserFolder(e.User) + "/"
	}
	names, ok := m.Bundles[e.Bundle]
	if !ok {
		return nil, &DamagedError{ManifestFile, fmt.Errorf("it does not list the bundle %v", e.Bundle)}
	}
	files := make([]File, len(names))
	for i, name := range names {
		data, err := readListed(fsys, folder+name)
		if err != nil {
			return nil, err
		}
		files[i] = File{name, data}
	}
	b := New(files)
	if b.Digest != e.Bundle {
		return nil, &DamagedError{strings.TrimSuffix(folder, "/"), errors.New("its digest is not the one in the index")}
	}
	return b, nil
}

// ReadOutstanding reads the file with what is still to be reset in Control Hub;
// nil where nothing is. The error is a [*DamagedError], or what the file system said.
func (m *Manifest) ReadOutstanding(fsys fs.FS) ([]byte, error) {
	if m.Outstanding == nil {
		return nil, nil
	}
	data, err := readListed(fsys, OutstandingFile)
	if err != nil {
		return nil, err
	}
	if sha256.Sum256(data) != *m.Outstanding {
		return nil, &DamagedError{OutstandingFile, errors.New("its digest is not the one in the manifest")}
	}
	return data, nil
}

// readListed reads a file that the manifest lists. One that is gone is damaged,
// and so is one behind a link that leaves the target, of which the operating
// system has nothing to say.
func readListed(fsys fs.FS, name string) ([]byte, error) {
	most := int64(mostFile)
	if strings.HasPrefix(name, "index/") {
		most = mostIndex
	}
	data, err := bounded.In(fsys, name, most)
	_, ofSystem := errors.AsType[syscall.Errno](err)
	if err != nil && (errors.Is(err, fs.ErrNotExist) || !ofSystem) {
		return nil, &DamagedError{name, err}
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return data, nil
}
