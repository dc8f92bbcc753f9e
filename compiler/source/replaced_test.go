package source

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
)

// TestReplaced reads a work tree in which a file is another, is gone, or is new.
func TestReplaced(t *testing.T) {
	r := newRepo(t)
	r.write("policies/a.yaml", "a: 1\n", "policies/b.yaml", "b: 1\n")
	repo := r.open()
	work, err := repo.WorkTree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	changed := work.Replace("policies/a.yaml", []byte("a: 2\n"))
	if err := fstest.TestFS(changed, "policies/a.yaml", "policies/b.yaml"); err != nil {
		t.Error(err)
	}
	if data, id, err := changed.ReadBlob("policies/a.yaml"); err != nil || string(data) != "a: 2\n" || id != repo.BlobID(data) {
		t.Errorf("%q %s %v", data, id, err)
	}
	if err := fstest.TestFS(work.Replace("policies/c.yaml", []byte("c: 1\n")), "policies/a.yaml", "policies/b.yaml", "policies/c.yaml"); err != nil {
		t.Error(err)
	}
	deep := work.Replace("policies/d/e/f.yaml", []byte("f: 1\n"))
	if err := fstest.TestFS(deep, "policies/a.yaml", "policies/b.yaml", "policies/d/e/f.yaml"); err != nil {
		t.Error(err)
	}
	gone := work.Replace("policies/a.yaml", nil)
	if err := fstest.TestFS(gone, "policies/b.yaml"); err != nil {
		t.Error(err)
	}
	if _, err := fs.Stat(gone, "policies/a.yaml"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if names, err := fs.Glob(gone, "policies/*"); err != nil || !slices.Equal(names, []string{"policies/b.yaml"}) {
		t.Errorf("%q %v", names, err)
	}
}
