package target

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// files is a tree in its simplest form: content by path.
type files map[string]string

// listed adds the manifest that lists everything, itself included, in the
// format that the tests use.
func (c files) listed() files {
	c = maps.Clone(c)
	c["manifest.json"] = ""
	text, err := json.Marshal(slices.Sorted(maps.Keys(c)))
	if err != nil {
		panic(err)
	}
	c["manifest.json"] = string(text)
	return c
}

// tree makes a Tree of the files, manifest included.
func (c files) tree() Tree {
	var t listTree
	all := c.listed()
	for _, p := range slices.Sorted(maps.Keys(all)) {
		t = append(t, File{Path: p, Data: []byte(all[p]), Digest: sha256.Sum256([]byte(all[p]))})
	}
	return t
}

// listTree is a Tree that is a list, in whatever order.
type listTree []File

func (t listTree) Files() iter.Seq[File] { return slices.Values(t) }
func (t listTree) Len() int              { return len(t) }

// ownedByList is the OwnedFunc for the manifests of files.listed.
func ownedByList(fsys fs.FS) (owned func(string) bool, digest string, err error) {
	text, err := fs.ReadFile(fsys, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	var paths []string
	if err := json.Unmarshal(text, &paths); err != nil {
		return nil, "", err
	}
	set := make(map[string]bool, len(paths))
	for _, p := range paths {
		set[p] = true
	}
	return func(p string) bool { return set[p] }, fmt.Sprintf("%x", sha256.Sum256(text)), nil
}

// users is a tree like that of many users: n folders from the given one on,
// two files each, in folders by prefix, and an index. Every third user has what
// the word says and the others have the same whatever it is.
func users(from, n int, word string) files {
	c := files{}
	for i := from; i < from+n; i++ {
		dir := fmt.Sprintf("users/%02x/u%04d@voorbeeld.example/", i*37%16, i)
		c[dir+"bundle.json"] = strings.Repeat("{}\n", 20)
		c[dir+"jabber-config.xml"] = "<config/>\n"
		if i%3 == 0 {
			c[dir+"bundle.json"] = word + "\n"
		}
	}
	c["index/00.json"] = word + "\n"
	return c
}

// open returns the target in dir as tests want it: without waiting for the disk.
func open(t testing.TB, dir string) *Folder {
	t.Helper()
	f, err := Open(dir, ownedByList)
	if err != nil {
		t.Fatal(err)
	}
	f.sys.flush = func(string) error { return nil }
	f.sys.flushDir = f.sys.flush
	return f
}

// apply applies and fails the test on an error.
func apply(t testing.TB, f *Folder, c files) Result {
	t.Helper()
	result, err := f.Apply(t.Context(), c.tree(), Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// read reads a whole tree; folders are there as paths that end in a slash.
func read(t testing.TB, fsys fs.FS) files {
	t.Helper()
	c := files{}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || p == ".":
			return err
		case d.IsDir():
			c[p+"/"] = ""
			return nil
		case !d.Type().IsRegular():
			c[p] = d.Type().String()
			return nil
		}
		text, err := fs.ReadFile(fsys, p)
		c[p] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// onDisk is what read shall find after the files were applied.
func (c files) onDisk() files {
	all := c.listed()
	for p := range c {
		for i, r := range p {
			if r == '/' {
				all[p[:i+1]] = ""
			}
		}
	}
	return all
}

// wantContent fails unless dir holds exactly the files.
func wantContent(t testing.TB, dir string, want files) {
	t.Helper()
	if got := read(t, os.DirFS(dir)); !maps.Equal(got, want.onDisk()) {
		t.Fatalf("content of the target:\n%s\nwant:\n%s", list(got), list(want.onDisk()))
	}
}

func list(c files) string {
	var b strings.Builder
	for _, p := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprintf(&b, "  %s %.20q\n", p, c[p])
	}
	return b.String()
}

// wantAlone fails unless the target is all there is in its parent.
func wantAlone(t testing.TB, dir string) {
	t.Helper()
	wantEntries(t, filepath.Dir(dir), filepath.Base(dir))
}

func wantEntries(t testing.TB, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s holds %q, want %q", dir, got, want)
	}
}

// leave makes the work folder of a run of ours that was killed, with a journal
// that knows both trees, for a test to put them in.
func leave(t testing.TB, f *Folder, from, to files) {
	t.Helper()
	put(t, f.inWork(lockName), lockMark)
	j, err := f.newJournal()
	if err != nil {
		t.Fatal(err)
	}
	j.From, j.To = from.digest(), to.digest()
	if err := f.writeJournal(j); err != nil {
		t.Fatal(err)
	}
}

// digest is the digest of the manifest, "" for a tree without one.
func (c files) digest() string {
	if c == nil {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(c.listed()["manifest.json"])))
}

// put writes a file by hand, as somebody else would.
func put(t testing.TB, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// stats identifies everything in a folder and when it was last written.
func stats(t testing.TB, dir string) map[string]os.FileInfo {
	t.Helper()
	m := map[string]os.FileInfo{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		m[p], err = d.Info()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// wantUntouched fails where anything was written since before.
func wantUntouched(t testing.TB, dir string, before map[string]os.FileInfo) {
	t.Helper()
	after := stats(t, dir)
	if len(after) != len(before) {
		t.Fatalf("%d things in the folder, %d before", len(after), len(before))
	}
	for p, info := range before {
		now, ok := after[p]
		if !ok || !os.SameFile(info, now) || !info.ModTime().Equal(now.ModTime()) || info.Mode() != now.Mode() {
			t.Errorf("%s was touched", p)
		}
	}
}

// memory is a folder for the tests that make hundreds of targets: in memory
// where the system has such a place, since they are not about the disk.
func memory(t testing.TB) string {
	t.Helper()
	//lint:ignore usetesting t.TempDir is on the disk
	dir, err := os.MkdirTemp("/dev/shm", "callpolicy-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
