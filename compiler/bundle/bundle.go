// Package bundle makes what clients read out of effective settings: the files
// of each client format, the folders in which they lie, and the manifest that
// says what is there.
//
// It renders once for each class of users, never once for each user, and knows
// nothing of disks: [Set.Files] is a stream of paths and bytes, and what was
// written is read back through an [io/fs.FS]. It must not import package
// target, which puts the files wherever bundles live, and must not decide what
// applies to anybody, which is done when a bundle is rendered.
//
//	set := bundle.Render(result)
//	for file := range set.Files(bundle.Options{Layout: bundle.Store, InputDigest: digest}) {
//		…
//	}
package bundle

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strconv"

	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

// Format is one client format: one file of a bundle. It is pure: the same
// arguments give the same bytes.
type Format interface {
	// File returns the name of the file, which is the same in every bundle.
	File() string

	// Render returns the file for everybody with these inputs, whose effective
	// settings are e, or nil where they get no such file.
	Render(cfg *config.Config, in resolve.Inputs, e resolve.Effective) []byte
}

// Formats returns the client formats that a bundle is made of.
func Formats() []Format {
	return []Format{document{}, callingBehavior{}, jabberConfig{}, jabberConfig{mobile: true}}
}

// File is a file to write.
type File struct {
	Name string // in a [Bundle] the plain name, from [Set.Files] a path with slashes
	Data []byte // shared: not to be changed
}

// Bundle is what one user's clients read. Users with equal settings share it.
type Bundle struct {
	Files  []File // by name
	Digest Digest
}

// New returns the bundle of some files, whose names differ. It sorts files.
//
// The digest is the SHA-256 over, for each file in the order of names: the
// name, a zero byte, the length in bytes as a decimal number, a zero byte, and
// the bytes. A name holds no zero byte, so different files never hash the same
// input.
func New(files []File) *Bundle {
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	var input []byte
	for _, f := range files {
		input = append(input, f.Name...)
		input = append(input, 0)
		input = strconv.AppendInt(input, int64(len(f.Data)), 10)
		input = append(input, 0)
		input = append(input, f.Data...)
	}
	return &Bundle{Files: files, Digest: sha256.Sum256(input)}
}

// File returns the bytes of a file by name, or nil if the bundle has none.
func (b *Bundle) File(name string) []byte {
	for _, f := range b.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

// Names returns the names of the files, sorted.
func (b *Bundle) Names() []string {
	names := make([]string, len(b.Files))
	for i, f := range b.Files {
		names[i] = f.Name
	}
	return names
}

// Document returns what the bundle's [DocumentFile] says.
func (b *Bundle) Document() (*Document, error) { return ParseDocument(b.File(DocumentFile)) }
