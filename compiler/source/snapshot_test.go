package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"callpolicy/compiler/bounded"
)

// three returns the same files as work tree, index and revision, each read
// by go-git and by the git command.
func three(t *testing.T, r *testRepo) map[string]*Snapshot {
	t.Helper()
	all := map[string]*Snapshot{}
	for _, by := range []string{"go-git", "git"} {
		repo := r.open()
		if by == "git" {
			gitOnly(repo)
		}
		all["work tree by "+by] = must[*Snapshot](t)(repo.WorkTree(t.Context()))
		all["index by "+by] = must[*Snapshot](t)(repo.Index(t.Context()))
		all["revision by "+by] = must[*Snapshot](t)(repo.At(t.Context(), "HEAD"))
	}
	return all
}

func TestSnapshotIsAFileSystem(t *testing.T) {
	r := newRepo(t)
	r.write("policies/org.yaml", "org", "policies/users/a b.yaml", "", "policies/users/ü.yaml", "u", "top.yaml", "top\n")
	r.link("policies/again.yaml", "org.yaml")
	r.commit("z/y/x/w.cue", "package w")
	for name, s := range three(t, r) {
		t.Run(name, func(t *testing.T) {
			err := fstest.TestFS(s, "policies/org.yaml", "policies/users/a b.yaml", "policies/users/ü.yaml", "top.yaml", "z/y/x/w.cue")
			if err != nil {
				t.Error(err)
			}
			sub := must[fs.FS](t)(fs.Sub(s, "policies"))
			equal(t, "sub", string(must[[]byte](t)(fs.ReadFile(sub, "org.yaml"))), "org")
		})
	}
}

func TestSnapshotErrors(t *testing.T) {
	r := newRepo(t)
	r.commit("policies/org.yaml", "org")
	for name, s := range three(t, r) {
		t.Run(name, func(t *testing.T) {
			for _, file := range []string{"absent", "policies/absent", "policies/org.yaml/x", "Policies/org.yaml", ".git/config", ".git", ".GIT"} {
				if _, err := s.ReadFile(file); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("ReadFile(%s): %v, want that it does not exist", file, err)
				}
				if _, err := s.Stat(file); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("Stat(%s): %v, want that it does not exist", file, err)
				}
			}
			for _, file := range []string{"", "/policies", "policies/", "../x", "a/../policies", "policies\x00/../..", "./policies"} {
				if _, err := s.ReadFile(file); !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("ReadFile(%q): %v, want that it is invalid", file, err)
				}
			}
			if _, err := s.ReadFile("policies"); err == nil {
				t.Error("a folder was read as a file")
			}
			if _, err := s.ReadDir("policies/org.yaml"); err == nil {
				t.Error("a file was read as a folder")
			}
			var path *fs.PathError
			if _, err := s.ReadFile("policies/absent"); !errors.As(err, &path) || path.Path != "policies/absent" {
				t.Errorf("%v does not name the file", err)
			}
		})
	}
}

func TestSnapshotDescription(t *testing.T) {
	r := newRepo(t)
	id := r.commit("a.yaml", "1")
	repo := r.open()
	at := must[*Snapshot](t)(repo.At(t.Context(), "main"))
	equal(t, "revision", at.Describe(), "revision "+id[:7])
	equal(t, "id", at.Revision(), id)
	date, ok := at.Date()
	if want := time.Unix(1770000060, 0).UTC(); !ok || date != want {
		t.Errorf("Date = %v, %v, want %v", date, ok, want)
	}
	info := must[fs.FileInfo](t)(at.Stat("a.yaml"))
	if info.ModTime() != date || info.Size() != 1 || info.Mode() != 0o444 {
		t.Errorf("Stat = %v", info)
	}
	index := must[*Snapshot](t)(repo.Index(t.Context()))
	work := must[*Snapshot](t)(repo.WorkTree(t.Context()))
	for s, want := range map[*Snapshot]string{index: "the index", work: "the work tree"} {
		equal(t, "description", s.Describe(), want)
		if _, ok := s.Date(); ok || s.Revision() != "" {
			t.Errorf("%s has a date or a revision", want)
		}
	}
}

func TestBlobOfWorkTreeIsKnownOnceRead(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "1")
	work := must[*Snapshot](t)(r.open().WorkTree(t.Context()))
	if id, ok := work.Blob("a.yaml"); ok {
		t.Errorf("Blob = %s before the file was read", id)
	}
	must[[]byte](t)(work.ReadFile("a.yaml"))
	want := r.git("rev-parse", "HEAD:a.yaml")
	if id, ok := work.Blob("a.yaml"); !ok || id != want || id != BlobID([]byte("1")) {
		t.Errorf("Blob = %s, %v, want %s", id, ok, want)
	}
	for _, name := range []string{"absent", ".", "../x"} {
		if id, ok := work.Blob(name); ok {
			t.Errorf("Blob(%s) = %s", name, id)
		}
	}
}

func TestIndexIsExact(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "1", "gone.yaml", "1", "kept.yaml", "1", "empty.yaml", "")
	r.write("a.yaml", "staged", "new.yaml", "staged")
	r.git("add", "a.yaml", "new.yaml")
	r.git("rm", "--quiet", "--cached", "gone.yaml")
	r.write("a.yaml", "beside", "announced.yaml", "beside", "sub/announced too.yaml", "beside", "untracked.yaml", "beside")
	r.git("add", "--intent-to-add", "announced.yaml", "sub/announced too.yaml")
	want := lines(`a.yaml "staged"`, `empty.yaml ""`, `kept.yaml "1"`, `new.yaml "staged"`)
	equal(t, "by go-git", dump(t, must[*Snapshot](t)(r.open().Index(t.Context()))), want)
	equal(t, "by git", dump(t, must[*Snapshot](t)(gitOnly(r.open()).Index(t.Context()))), want)
	// It is what a commit would hold.
	r.record()
	equal(t, "committed", dump(t, must[*Snapshot](t)(r.open().At(t.Context(), "HEAD"))), want)
}

func TestIndexWithConflicts(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "1", "b.yaml", "1")
	r.git("checkout", "--quiet", "-b", "other")
	r.commit("a.yaml", "2")
	r.git("checkout", "--quiet", "main")
	r.commit("a.yaml", "3")
	if err := r.try("merge", "other"); err == nil {
		t.Fatal("the merge has no conflict")
	}
	for _, repo := range []*Repository{r.open(), gitOnly(r.open())} {
		_, err := repo.Index(t.Context())
		if !errors.Is(err, ErrUnmerged) || !strings.Contains(err.Error(), ": a.yaml; ") {
			t.Errorf("error %v, want ErrUnmerged with a.yaml alone", err)
		}
	}
}

// TestSparsePrefersDisk: a left-out file that came back is read from disk,
// one that was deleted for real is gone.
func TestSparsePrefersDisk(t *testing.T) {
	r := newRepo(t)
	r.commit("in/a.yaml", "1", "in/gone.yaml", "1", "out/b.yaml", "1", "out/deep/c.yaml", "1", "top.yaml", "1")
	r.git("sparse-checkout", "set", "in")
	if err := os.Remove(r.path("in/gone.yaml")); err != nil {
		t.Fatal(err)
	}
	r.write("in/a.yaml", "2", "out/b.yaml", "2")
	for _, repo := range []*Repository{r.open(), gitOnly(r.open())} {
		equal(t, "work tree", dump(t, must[*Snapshot](t)(repo.WorkTree(t.Context()))),
			lines(`in/a.yaml "2"`, `out/b.yaml "2"`, `out/deep/c.yaml "1"`, `top.yaml "1"`))
	}
}

// TestSparseDuringMerge: a conflict does not make the left-out files vanish.
func TestSparseDuringMerge(t *testing.T) {
	r := newRepo(t)
	r.commit("in/a.yaml", "1", "out/b.yaml", "1")
	r.git("checkout", "--quiet", "-b", "other")
	r.commit("in/a.yaml", "2")
	r.git("checkout", "--quiet", "main")
	r.commit("in/a.yaml", "3")
	r.git("sparse-checkout", "set", "in")
	if err := r.try("merge", "other"); err == nil {
		t.Fatal("the merge has no conflict")
	}
	for _, repo := range []*Repository{r.open(), gitOnly(r.open())} {
		work := must[*Snapshot](t)(repo.WorkTree(t.Context()))
		equal(t, "left out", string(must[[]byte](t)(work.ReadFile("out/b.yaml"))), "1")
		if data := must[[]byte](t)(work.ReadFile("in/a.yaml")); !strings.Contains(string(data), "<<<<<<<") {
			t.Errorf("in/a.yaml is %q, without the conflict", data)
		}
	}
}

func TestSubmoduleAndNestedRepositories(t *testing.T) {
	inner := newRepo(t)
	inner.commit("secret.yaml", "1")
	r := newRepo(t)
	r.write("a.yaml", "1")
	r.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.dir, "sub")
	r.commit()
	r.git("worktree", "add", "--quiet", r.path("trees/topic"))
	for name, s := range three(t, r) {
		t.Run(name, func(t *testing.T) {
			entries := must[[]fs.DirEntry](t)(s.ReadDir("."))
			i := slices.IndexFunc(entries, func(e fs.DirEntry) bool { return e.Name() == "sub" })
			if i < 0 || entries[i].IsDir() || entries[i].Type() != fs.ModeIrregular {
				t.Fatalf("sub is listed as %v", entries)
			}
			var nested *NestedError
			if _, err := s.ReadDir("sub"); !errors.As(err, &nested) || nested.Name != "sub" {
				t.Errorf("ReadDir(sub): %v, want NestedError", err)
			}
			if _, err := s.ReadFile("sub/secret.yaml"); !errors.As(err, &nested) || nested.Name != "sub" {
				t.Errorf("ReadFile(sub/secret.yaml): %v, want NestedError", err)
			}
			if strings.Contains(dump(t, s), "topic/") {
				t.Error("the files of a linked worktree inside the tree are listed")
			}
		})
	}
}

func TestPipeIsNotRead(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "1")
	switch err := makePipe(r.path("pipe.yaml")); {
	case errors.Is(err, errors.ErrUnsupported):
		t.Skip("NO PIPES: this system has none, so nobody saw that they are not read")
	case err != nil:
		t.Fatal(err)
	}
	work := must[*Snapshot](t)(r.open().WorkTree(t.Context()))
	for what, read := range map[string]func() error{
		"ReadFile": func() error { _, err := work.ReadFile("pipe.yaml"); return err },
		"ReadBlob": func() error { _, _, err := work.ReadBlob("pipe.yaml"); return err },
		"Open":     func() error { _, err := work.Open("pipe.yaml"); return err },
	} {
		if special, ok := errors.AsType[*bounded.SpecialError](read()); !ok || special.Name != "pipe.yaml" {
			t.Errorf("%s of a pipe: %v", what, read())
		}
	}
}

// TestConcurrentReads is for the race detector above all.
func TestConcurrentReads(t *testing.T) {
	r := newRepo(t)
	var files []string
	for i := range 60 {
		files = append(files, fmt.Sprintf("d%d/f%d.yaml", i%7, i), fmt.Sprint("content ", i))
	}
	r.commit(files...)
	r.git("gc", "--quiet")
	for name, s := range three(t, r) {
		t.Run(name, func(t *testing.T) {
			var group sync.WaitGroup
			for range 8 {
				group.Go(func() {
					for i := 0; i < len(files); i += 2 {
						data, err := s.ReadFile(files[i])
						if err != nil || string(data) != files[i+1] {
							t.Errorf("%s: %q, %v", files[i], data, err)
						}
						if info, err := s.Stat(files[i]); err != nil || info.Size() != int64(len(files[i+1])) {
							t.Errorf("%s: %v, %v", files[i], info, err)
						}
						if _, err := s.ReadDir(filepath.ToSlash(filepath.Dir(files[i]))); err != nil {
							t.Error(err)
						}
					}
				})
			}
			group.Wait()
		})
	}
}

func TestReadingReturnsOwnBytes(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "abc")
	for name, s := range three(t, r) {
		first := must[[]byte](t)(s.ReadFile("a.yaml"))
		first[0] = 'X'
		equal(t, name, string(must[[]byte](t)(s.ReadFile("a.yaml"))), "abc")
	}
}

func TestRel(t *testing.T) {
	r := newRepo(t)
	r.commit("a/b/c.yaml", "1")
	repo := openAt(t, r.path("a"))
	for dir, want := range map[string]string{r.dir: ".", r.path("a/b"): "a/b", r.path("a/new/folder"): "a/new/folder"} {
		equal(t, dir, must[string](t)(repo.Rel(dir)), want)
	}
	t.Chdir(r.path("a/b"))
	equal(t, "relative", must[string](t)(repo.Rel("../x")), "a/x")
	if rel, err := repo.Rel(filepath.Dir(r.dir)); err == nil {
		t.Errorf("a folder outside has the path %s", rel)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(r.path("a"), link); err != nil {
		t.Fatal(err)
	}
	equal(t, "through a link", must[string](t)(repo.Rel(filepath.Join(link, "b"))), "a/b")
	equal(t, "opened through a link", openAt(t, link).Root(), r.dir)
}
