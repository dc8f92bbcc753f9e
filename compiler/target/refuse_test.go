package target

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
)

func TestForeignFiles(t *testing.T) {
	for name, test := range map[string]struct {
		make func(dir string) error
		want []string
	}{
		"file":             {func(d string) error { return os.WriteFile(filepath.Join(d, "notes.txt"), nil, 0o644) }, []string{"notes.txt"}},
		"hidden file":      {func(d string) error { return os.WriteFile(filepath.Join(d, "users", ".x"), nil, 0o644) }, []string{"users/.x"}},
		"link":             {func(d string) error { return os.Symlink("manifest.json", filepath.Join(d, "link")) }, []string{"link"}},
		"link to a folder": {func(d string) error { return os.Symlink(os.TempDir(), filepath.Join(d, "users", "link")) }, []string{"users/link"}},
		"folder with files": {func(d string) error {
			return os.CopyFS(filepath.Join(d, "more"), fstest.MapFS{"x": {}, "users/a": {}})
		}, []string{"more/users/a", "more/x"}},
		"link in the place of a file": {func(d string) error {
			a := filepath.Join(d, "users", "a")
			return errors.Join(os.Remove(a), os.Symlink(filepath.Join(d, "manifest.json"), a))
		}, []string{"users/a"}},
		"folder in the place of a file": {func(d string) error {
			a := filepath.Join(d, "users", "a")
			return errors.Join(os.Remove(a), os.Mkdir(a, 0o755), os.WriteFile(filepath.Join(a, "b"), nil, 0o644))
		}, []string{"users/a/b"}},
		"no manifest": {func(d string) error { return os.Remove(filepath.Join(d, "manifest.json")) }, []string{"users/a"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "bundles")
			f := open(t, dir)
			apply(t, f, files{"users/a": "1"})
			if err := test.make(dir); err != nil {
				t.Fatal(err)
			}
			before := stats(t, filepath.Dir(dir))
			for _, next := range []files{{"users/a": "1"}, {"users/a": "2"}} {
				result, err := f.Apply(t.Context(), next.tree(), Options{})
				var foreign *ForeignError
				if !errors.As(err, &foreign) {
					t.Fatalf("error %v, want a ForeignError", err)
				}
				if !slices.Equal(foreign.Paths, test.want) || foreign.Count != len(test.want) || foreign.Dir != f.Dir() || result != (Result{}) {
					t.Errorf("%+v, result %+v", foreign, result)
				}
			}
			wantUntouched(t, filepath.Dir(dir), before)
		})
	}
}

func TestForeignErrorListsTheFirst(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	for i := range 2100 {
		put(t, filepath.Join(dir, fmt.Sprintf("%d", i%7), fmt.Sprintf("%04d", i)), "")
	}
	_, err := open(t, dir).Apply(t.Context(), files{}.tree(), Options{})
	var foreign *ForeignError
	if !errors.As(err, &foreign) {
		t.Fatalf("error %v, want a ForeignError", err)
	}
	if foreign.Count != 2100 || len(foreign.Paths) != 20 {
		t.Fatalf("%d of %d files", len(foreign.Paths), foreign.Count)
	}
	for i, p := range foreign.Paths {
		if want := fmt.Sprintf("0/%04d", 7*i); p != want {
			t.Errorf("file %d is %s, want %s", i, p, want)
		}
	}
}

func TestErrorTexts(t *testing.T) {
	for want, err := range map[string]error{
		`build/out holds 22 files that callpolicy did not write, and replacing the folder would lose them; ` +
			"move them away or choose another folder. Nothing was changed:\n" +
			"  a.txt\n" + `  "b\x1b[2J"` + "\n  and 20 more": &ForeignError{Dir: "build/out", Paths: []string{"a.txt", "b\x1b[2J"}, Count: 22},
		"build/out holds 1 file that callpolicy did not write, and replacing the folder would lose them; " +
			"move them away or choose another folder. Nothing was changed:\n  a.txt": &ForeignError{Dir: "build/out", Paths: []string{"a.txt"}, Count: 1},
		"another callpolicy (process 7 on host ci) is writing to out; wait until it has finished and try again. " +
			"Nothing was changed": &LockedError{Dir: "out", Holder: "process 7 on host ci"},
		"p (file does not exist); h": because(fs.ErrNotExist, "p", "h"),
	} {
		if err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
	}
}

func TestDamagedManifest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	f := open(t, dir)
	apply(t, f, files{"a": "1"})
	put(t, filepath.Join(dir, "manifest.json"), "{")
	before := stats(t, filepath.Dir(dir))
	_, err := f.Apply(t.Context(), files{"a": "2"}.tree(), Options{})
	if err == nil || !strings.Contains(err.Error(), "read the manifest of") {
		t.Errorf("error %v", err)
	}
	wantUntouched(t, filepath.Dir(dir), before)
}

func TestBadTrees(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "in", "bundles")
	file := func(paths ...string) (t listTree) {
		for _, p := range paths {
			t = append(t, File{Path: p})
		}
		return t
	}
	for name, tree := range map[string]Tree{
		"above":           file("../x"),
		"above, inside":   file("a/../../x"),
		"absolute":        file("/x"),
		"empty name":      file("a//x"),
		"nothing":         file(""),
		"the top":         file("."),
		"NUL":             file("a\x00b"),
		"not sorted":      file("b", "a"),
		"twice":           file("a", "a"),
		"file and folder": file("a", "a/b", "manifest.json"),
		"not in manifest": file("a", "manifest.json"),
		"fewer than said": wrongLen{file("a"), 2},
		"more than said":  wrongLen{file("a", "b"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t, dir)
			f.owned = func(fs.FS) (func(string) bool, string, error) {
				return func(p string) bool { return name != "not in manifest" || p == "manifest.json" }, "", nil
			}
			result, err := f.Apply(t.Context(), tree, Options{})
			if err == nil || result != (Result{}) {
				t.Errorf("result %+v, error %v", result, err)
			}
			wantEntries(t, parent)
		})
	}
}

type wrongLen struct {
	Tree
	n int
}

func (t wrongLen) Len() int { return t.n }

// Two paths that are one on a file system that does not see the difference.
func TestCollidingPaths(t *testing.T) {
	parent := t.TempDir()
	f := open(t, filepath.Join(parent, "bundles"))
	f.sys.before = func(step, path string) error {
		if step == "write" && strings.HasSuffix(path, "b") {
			put(t, path, "the file system's other name for it")
		}
		return nil
	}
	_, err := f.Apply(t.Context(), files{"a": "", "b": ""}.tree(), Options{})
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v", err)
	}
	wantEntries(t, parent)
}

// A second run at the same time fails at once and says who is at work.
func TestTwoAtOnce(t *testing.T) {
	modes(t, func(t *testing.T, open func(testing.TB, string) *Folder) {
		dir := filepath.Join(t.TempDir(), "bundles")
		first, second := open(t, dir), open(t, dir)
		apply(t, first, users(0, 5, "one"))
		var mu sync.Mutex // steps come from several goroutines
		tried := map[string]bool{}
		first.sys.before = func(step, _ string) error {
			// Before there is a lock, either may be the first, and after the lock
			// is removed, the other may begin.
			mu.Lock()
			defer mu.Unlock()
			if step == "work" || step == "lock" || step == "leave" || tried[step] {
				return nil
			}
			tried[step] = true
			_, err := second.Apply(t.Context(), users(0, 5, "three").tree(), Options{})
			err2 := second.Recover(t.Context())
			for _, err := range []error{err, err2} {
				locked, ok := errors.AsType[*LockedError](err)
				if !ok {
					t.Errorf("at step %s: error %v", step, err)
				} else if !strings.Contains(locked.Holder, fmt.Sprintf("process %d", os.Getpid())) || locked.Dir != second.Dir() {
					t.Errorf("at step %s: %+v", step, locked)
				}
			}
			return nil
		}
		if _, err := first.Apply(t.Context(), users(0, 5, "two").tree(), Options{Workers: 1}); err != nil {
			t.Fatal(err)
		}
		if len(tried) < 8 {
			t.Errorf("tried at %v only", tried)
		}
		wantContent(t, dir, users(0, 5, "two"))
		wantAlone(t, dir)
	})
}

// Of many runs at the same time, each either finishes or says that another is
// at work, and the last to finish is what is there.
func TestManyAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	done := make(chan error)
	const runs = 8
	for i := range runs {
		f := open(t, dir)
		go func() {
			var err error
			for j := 0; j < 20 && err == nil; j++ {
				_, err = f.Apply(t.Context(), users(0, 5, fmt.Sprint(i, j)).tree(), Options{})
				if _, ok := errors.AsType[*LockedError](err); ok {
					err = nil
				}
			}
			done <- err
		}()
	}
	for range runs {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	f := open(t, dir)
	if err := f.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	apply(t, f, users(0, 5, "end"))
	wantContent(t, dir, users(0, 5, "end"))
	wantAlone(t, dir)
}

func TestWorkFolderOfSomebodyElse(t *testing.T) {
	for name, make := range map[string]func(t *testing.T, work string){
		"file":        func(t *testing.T, work string) { t.Helper(); put(t, work, "mine") },
		"other file":  func(t *testing.T, work string) { t.Helper(); put(t, filepath.Join(work, "notes"), "mine") },
		"other lock":  func(t *testing.T, work string) { t.Helper(); put(t, filepath.Join(work, "lock"), "mine") },
		"without one": func(t *testing.T, work string) { t.Helper(); put(t, filepath.Join(work, "old", "x"), "mine") },
		"a file too": func(t *testing.T, work string) {
			t.Helper()
			put(t, filepath.Join(work, "lock"), lockMark)
			put(t, filepath.Join(work, "trash"), "mine")
		},
		"link": func(t *testing.T, work string) {
			t.Helper()
			elsewhere := t.TempDir()
			put(t, filepath.Join(elsewhere, "lock"), lockMark)
			put(t, filepath.Join(elsewhere, "trash", "x"), "mine")
			if err := os.Symlink(elsewhere, work); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "bundles")
			f := open(t, dir)
			apply(t, f, files{"a": "1"})
			make(t, f.work)
			before := stats(t, filepath.Dir(dir))
			_, err := f.Apply(t.Context(), files{"a": "2"}.tree(), Options{})
			wantError(t, name, err, "was not made by callpolicy")
			wantError(t, name, f.Recover(t.Context()), "was not made by callpolicy")
			wantUntouched(t, filepath.Dir(dir), before)
		})
	}
}

func TestCurrentFolderInside(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	f := open(t, dir)
	apply(t, f, files{"users/a": "1"})
	for _, wd := range []string{dir, filepath.Join(dir, "users")} {
		t.Chdir(wd)
		_, err := f.Apply(t.Context(), files{"users/a": "2"}.tree(), Options{})
		wantError(t, wd, err, "the current folder is inside")
		wantContent(t, dir, files{"users/a": "1"})
		wantAlone(t, dir)
		if result := apply(t, f, files{"users/a": "1"}); result.Changed {
			t.Errorf("result %+v", result)
		}
	}
}

// What was seen before there was a lock counts for nothing where another run
// came in between.
func TestReplacedBeforeTheLock(t *testing.T) {
	modes(t, func(t *testing.T, open func(testing.TB, string) *Folder) {
		dir := filepath.Join(t.TempDir(), "bundles")
		first, second := open(t, dir), open(t, dir)
		apply(t, first, files{"a": "1", "b": "1"})
		first.sys.before = func(step, _ string) error {
			if step == "work" {
				apply(t, second, files{"a": "2", "c": "2"})
			}
			return nil
		}
		want := files{"a": "1", "b": "2"}
		result, err := first.Apply(t.Context(), want.tree(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if (result != Result{Written: 3, Removed: 1, Changed: true}) {
			t.Errorf("result %+v", result)
		}
		wantContent(t, dir, want)
	})
}

// A run that ends between the moment where another opens its lock and the one
// where that takes it leaves the other with the lock of nothing.
func TestLockOfTheRunBefore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	f := open(t, dir)
	locks := 0
	f.sys.lock = func(file *os.File) error {
		if locks++; locks == 1 {
			if err := errors.Join(os.Remove(file.Name()), os.Remove(f.work)); err != nil {
				t.Skipf("here no file that is open can be removed: %v", err)
			}
			put(t, file.Name(), lockMark) // a third run came and was killed
		}
		return lock(file)
	}
	f.sys.before = func(step, _ string) error {
		if step != "write" {
			return nil
		}
		_, err := open(t, dir).Apply(t.Context(), files{"a": "2"}.tree(), Options{})
		if _, ok := errors.AsType[*LockedError](err); !ok {
			t.Errorf("error %v, want a LockedError", err)
		}
		return nil
	}
	apply(t, f, files{"a": "1"})
	if locks != 2 {
		t.Errorf("locked %d times", locks)
	}
	wantContent(t, dir, files{"a": "1"})
	wantAlone(t, dir)
}
