package target

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync/atomic"
)

// build writes the tree into the work folder, under the name build, and brings
// it to disk. Files that the target holds already are linked, not written.
func (f *Folder) build(ctx context.Context, tree Tree, opts Options, was *seen, h *hold) error {
	top := f.inWork(buildName)
	if err := f.step("mkdir", top, func() error { return os.Mkdir(top, 0o755) }); err != nil {
		return err
	}
	made := map[string]bool{".": true}
	// The folders above those of the files are few and made here, in order;
	// those of the files themselves are many and made by the workers.
	var done atomic.Int64
	total := tree.Len() // asked once: a tree may have to count
	parents := func(g group) error { return f.makeFolders(top, path.Dir(g.dir), made) }
	err := eachGroup(ctx, tree, opts.workers(), parents, func(g group) error {
		dir := filepath.Join(top, filepath.FromSlash(g.dir))
		if g.dir != "" {
			if err := f.mkdir(dir); err != nil {
				return err
			}
		}
		for i, file := range g.files {
			if err := f.put(filepath.Join(dir, path.Base(file.Path)), file, was.same[g.first+i]); err != nil {
				return err
			}
		}
		if n := int(done.Add(int64(len(g.files)))); opts.Advance != nil {
			opts.Advance(n, total)
		}
		return nil
	})
	if err != nil {
		return err
	}
	digest, err := f.checkOwned(top, tree)
	if err != nil {
		return err
	}
	h.journal.From, h.journal.To = was.digest, digest
	if err := f.writeJournal(h.journal); err != nil {
		return err
	}
	if was.info != nil {
		// Whoever kept the folder from others' eyes keeps it so.
		if err := os.Chmod(top, was.info.Mode()&(fs.ModePerm|fs.ModeSetgid|fs.ModeSticky)); err != nil {
			return err
		}
	}
	return f.step("flush", top, func() error { return f.sys.flush(f.work) })
}

// makeFolders makes the folder dir below top and those above it.
func (f *Folder) makeFolders(top, dir string, made map[string]bool) error {
	if made[dir] {
		return nil
	}
	if err := f.makeFolders(top, path.Dir(dir), made); err != nil {
		return err
	}
	made[dir] = true
	return f.mkdir(filepath.Join(top, filepath.FromSlash(dir)))
}

// mkdir makes a folder unless another worker was faster.
func (f *Folder) mkdir(dir string) error {
	err := f.step("mkdir", dir, func() error { return os.Mkdir(dir, 0o755) })
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// put makes one file. A link to the file of the old tree is safe, since
// callpolicy never writes into a file that exists. Where there is no link to be
// had, for whatever reason, the tree has the bytes.
func (f *Folder) put(name string, file File, same bool) error {
	if same {
		old := filepath.Join(f.dir, filepath.FromSlash(file.Path))
		if f.step("link", name, func() error { return f.sys.link(old, name) }) == nil {
			return nil
		}
	}
	return f.step("write", name, func() error { return write(name, file.Data) })
}

// checkOwned makes sure that the next run will know all of the new tree as
// callpolicy's own. A tree that its manifest does not list could never be
// replaced again, and must not come to be in the first place.
// It returns the digest of that manifest.
func (f *Folder) checkOwned(top string, tree Tree) (digest string, err error) {
	if tree.Len() == 0 {
		return "", nil
	}
	owned, digest, err := f.ownedIn(top)
	if err != nil {
		return "", err
	}
	for file := range tree.Files() {
		if !owned(file.Path) {
			return "", fmt.Errorf("the manifest of the new content does not list %s", file.Path)
		}
	}
	return digest, nil
}
