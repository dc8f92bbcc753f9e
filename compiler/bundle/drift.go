package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"slices"
	"sync"
)

// Contents is what can be found out of a target, file by file. Its functions
// are called by several goroutines at once.
type Contents struct {
	Has  func(file string) bool // a regular file is there
	Read func(file string) ([]byte, error)
}

// Drift compares all files of a target with what the manifest says that they
// are, and returns those that are otherwise and those that are gone, sorted.
// Index files count as sound: users are their entries, see [Manifest.Index].
//
// The manifest has one digest for the files of a bundle together. Which of
// several was changed is told by another user with the same bundle, or by known,
// which may be nil; where neither tells, the folder of the bundle is named, with
// a slash at the end. The error is what the file system said.
func (m *Manifest) Drift(ctx context.Context, users []Entry, target Contents, known func(Digest) (*Bundle, error)) (changed, missing []string, err error) {
	d := drift{manifest: m, target: target}
	for name, want := range m.Jabber {
		d.file(jabberFolder+name, want)
	}
	if m.Outstanding != nil {
		d.file(OutstandingFile, *m.Outstanding)
	}
	folders := d.folders(users)
	each(len(folders), func(i int) {
		if ctx.Err() == nil {
			d.bundle(folders[i])
		}
	})
	for _, b := range d.damaged {
		d.compare(b, known)
	}
	slices.Sort(d.changed)
	slices.Sort(d.missing)
	return d.changed, d.missing, errors.Join(ctx.Err(), d.err)
}

// drift is what Drift has found so far.
type drift struct {
	manifest *Manifest
	target   Contents
	sound    sync.Map // by digest: the files of a bundle that is as it should be

	mu               sync.Mutex // guards what is below
	changed, missing []string
	damaged          []bundleFolder
	err              error
}

// bundleFolder is the place of a bundle in a target.
type bundleFolder struct {
	path   string // with a slash at the end
	digest Digest
	files  []File // those that are there
}

// folders returns the places of all bundles.
func (d *drift) folders(users []Entry) []bundleFolder {
	if d.manifest.Layout == Store {
		out := make([]bundleFolder, 0, len(d.manifest.Bundles))
		for digest := range d.manifest.Bundles {
			out = append(out, bundleFolder{path: storeFolder(digest), digest: digest})
		}
		return out
	}
	out := make([]bundleFolder, len(users))
	for i, u := range users {
		out[i] = bundleFolder{path: UserFolder(u.User) + "/", digest: u.Bundle}
	}
	return out
}

// read reads a file; one that is gone is noted as missing.
func (d *drift) read(file string) (data []byte, ok bool) {
	var err error = fs.ErrNotExist
	if d.target.Has(file) {
		data, err = d.target.Read(file)
	}
	if err == nil {
		return data, true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if errors.Is(err, fs.ErrNotExist) {
		d.missing = append(d.missing, file)
	} else if d.err == nil {
		d.err = err
	}
	return nil, false
}

// file looks at a file with a digest of its own.
func (d *drift) file(file string, want Digest) {
	if data, ok := d.read(file); ok && sha256.Sum256(data) != want {
		d.changed = append(d.changed, file)
	}
}

// bundle looks at the files of one bundle.
func (d *drift) bundle(b bundleFolder) {
	names := d.manifest.Bundles[b.digest]
	for _, name := range names {
		if data, ok := d.read(b.path + name); ok {
			b.files = append(b.files, File{name, data})
		}
	}
	if len(b.files) == len(names) && New(b.files).Digest == b.digest {
		if _, ok := d.sound.Load(b.digest); !ok {
			d.sound.Store(b.digest, b.files)
		}
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.damaged = append(d.damaged, b)
}

// compare finds out which files of a damaged bundle are not what they were.
func (d *drift) compare(b bundleFolder, known func(Digest) (*Bundle, error)) {
	var want []File
	if sound, ok := d.sound.Load(b.digest); ok {
		want, _ = sound.([]File)
	} else if known != nil {
		if is, err := known(b.digest); err == nil && is != nil {
			want = is.Files
		}
	}
	whole := len(b.files) == len(d.manifest.Bundles[b.digest])
	switch {
	case want != nil:
		for _, f := range b.files {
			i := slices.IndexFunc(want, func(w File) bool { return w.Name == f.Name })
			if i < 0 || !bytes.Equal(want[i].Data, f.Data) {
				d.changed = append(d.changed, b.path+f.Name)
			}
		}
	case whole && len(b.files) == 1:
		d.changed = append(d.changed, b.path+b.files[0].Name)
	case whole:
		d.changed = append(d.changed, b.path)
	}
}
