package target

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// Whatever step fails, the target is what it was, or, where the failure came
// after it was replaced, the new content with Changed set. Nothing is left
// beside it unless the step that failed was itself one of cleaning up, and the
// next run finishes.
func TestEveryStepFails(t *testing.T) {
	cleanup := map[string]bool{"discard": true, "remove": true, "forget": true, "unlock": true, "leave": true}
	modes(t, func(t *testing.T, open func(testing.TB, string) *Folder) {
		for _, had := range []bool{true, false} {
			failed := map[string]bool{}
			base := memory(t)
			for at := 1; ; at++ {
				dir := filepath.Join(base, fmt.Sprint(at), "above", "bundles")
				if err := os.Mkdir(filepath.Join(base, fmt.Sprint(at)), 0o755); err != nil {
					t.Fatal(err)
				}
				f := open(t, dir)
				was, want := users(0, 4, "one"), users(1, 4, "two")
				if had {
					apply(t, f, was)
				}
				var steps atomic.Int64
				name := ""
				f.sys.before = func(step, path string) error {
					if steps.Add(1) == int64(at) {
						name = step
						return &os.PathError{Op: step, Path: path, Err: syscall.ENOSPC}
					}
					return nil
				}
				result, err := f.Apply(t.Context(), want.tree(), Options{Workers: 1})
				if name == "" {
					if err != nil || at < 20 {
						t.Fatalf("after %d steps: %v", at-1, err)
					}
					break
				}
				failed[name] = true
				what := fmt.Sprintf("step %d, %s", at, name)
				switch {
				case name == "link" || name == "leave":
					if err != nil {
						t.Errorf("%s: error %v", what, err)
					}
				case !errors.Is(err, syscall.ENOSPC):
					t.Errorf("%s: error %v", what, err)
				case !result.Changed && !strings.Contains(err.Error(), "nothing was changed; make room"):
					t.Errorf("%s: error without advice: %v", what, err)
				}
				switch {
				case result.Changed:
					if !cleanup[name] && name != "link" {
						t.Errorf("%s: changed", what)
					}
					wantContent(t, dir, want)
				case had:
					wantContent(t, dir, was)
				default:
					if there, _ := exists(dir); there {
						t.Errorf("%s: the target was made", what)
					}
				}
				if !cleanup[name] {
					if had || err == nil {
						wantAlone(t, dir)
					} else {
						wantEntries(t, filepath.Dir(filepath.Dir(dir)))
					}
				}
				f.sys.before = nil
				apply(t, f, want)
				wantContent(t, dir, want)
				wantAlone(t, dir)
			}
			if len(failed) < 9 {
				t.Errorf("only the steps %v failed", failed)
			}
		}
	})
}

// A file that somebody puts into the target while the new content is being
// written is not lost: the exchange is undone.
func TestForeignFileWhileWriting(t *testing.T) {
	modes(t, func(t *testing.T, open func(testing.TB, string) *Folder) {
		dir := filepath.Join(t.TempDir(), "bundles")
		f := open(t, dir)
		was := users(0, 6, "one")
		apply(t, f, was)
		f.sys.before = func(step, _ string) error {
			if step == "flush" {
				put(t, filepath.Join(dir, "users", "notes.txt"), "mine")
			}
			return nil
		}
		result, err := f.Apply(t.Context(), users(0, 6, "two").tree(), Options{})
		var foreign *ForeignError
		if !errors.As(err, &foreign) || foreign.Paths[0] != "users/notes.txt" || result != (Result{}) {
			t.Errorf("result %+v, error %v", result, err)
		}
		wantAlone(t, dir)
		wantForeign(t, dir, was, "users/notes.txt", "mine")
	})
}

// wantForeign fails unless dir holds the files and one of somebody else's.
func wantForeign(t *testing.T, dir string, want files, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	got, err := os.ReadFile(path)
	if err != nil || string(got) != text {
		t.Fatalf("the foreign file holds %q, %v", got, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	wantContent(t, dir, want)
}

// Where not even the way back works, nothing is lost, and the next run finishes
// what it finds.
func TestNoWayBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	f := open(t, dir)
	was, want := users(0, 6, "one"), users(0, 6, "two")
	apply(t, f, was)
	f.sys.exchange = func(string, string) error { return errNoExchange }
	f.sys.before = func(step, _ string) error {
		if step == "install" || step == "put back" {
			return syscall.EIO
		}
		return nil
	}
	_, err := f.Apply(t.Context(), want.tree(), Options{})
	wantError(t, "no way back", err, "its content is in "+filepath.Join(f.work, oldName))
	f.sys.before = nil
	if got := read(t, f.FS()); len(got) != len(was.onDisk()) {
		t.Errorf("readers see\n%s", list(got))
	}
	if err := f.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantContent(t, dir, want)
	wantAlone(t, dir)
}

// Somebody makes the target anew after a run was killed between the two
// renames: then there are three contents, and only a person can choose.
func TestTargetMadeAnew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	f := open(t, dir)
	leave(t, f, nil, nil)
	put(t, filepath.Join(f.work, oldName, "a"), "old")
	put(t, filepath.Join(f.work, readyName, "a"), "new")
	put(t, filepath.Join(dir, "a"), "by hand")
	before := stats(t, f.work)
	_, err := f.Apply(t.Context(), files{}.tree(), Options{})
	wantError(t, "made anew", err, "was made anew by somebody")
	for p := range before {
		if there, err := exists(p); !there {
			t.Errorf("%s is gone, %v", p, err)
		}
	}
}

// What a killed run left and nobody can read is kept, with advice.
func TestUnreadableLeftovers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	f := open(t, dir)
	apply(t, f, files{"a": "1"})
	leave(t, f, nil, nil)
	put(t, filepath.Join(f.work, readyName, "manifest.json"), "{")
	_, err := f.Apply(t.Context(), files{"a": "2"}.tree(), Options{})
	wantError(t, "unreadable", err, "cannot be examined")
	if _, err := os.Stat(filepath.Join(f.work, readyName, "manifest.json")); err != nil {
		t.Error(err)
	}
	wantContent(t, dir, files{"a": "1"})
}

// A tree may be removed only under a name that says so: under any other, the
// half of it that a killed run leaves would look like somebody's files.
func TestOnlyTrashIsRemoved(t *testing.T) {
	modes(t, func(t *testing.T, open func(testing.TB, string) *Folder) {
		f := open(t, filepath.Join(t.TempDir(), "bundles"))
		apply(t, f, users(0, 6, "one"))
		var removed atomic.Int64
		f.sys.before = func(step, path string) error {
			if step == "remove" {
				removed.Add(1)
				if !strings.HasPrefix(path, f.inWork(trashName)) && !strings.HasPrefix(path, f.inWork(buildName)) {
					t.Errorf("%s is removed", path)
				}
			}
			return nil
		}
		if _, err := f.Apply(t.Context(), users(0, 6, "two").tree(), Options{}); err != nil {
			t.Fatal(err)
		}
		if removed.Load() == 0 {
			t.Error("nothing was removed")
		}
	})
}

// Halves of trees, without a manifest, are removed.
func TestHalvesAreRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	f := open(t, dir)
	apply(t, f, files{"a": "1"})
	leave(t, f, nil, nil)
	put(t, filepath.Join(f.work, buildName, "users", "00", "x"), "new")
	put(t, filepath.Join(f.work, trashName, "users", "00", "x"), "old")
	if err := f.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantContent(t, dir, files{"a": "1"})
	wantAlone(t, dir)
}

// A file system that has no locks is refused, and left as it was.
func TestNoLocks(t *testing.T) {
	parent := t.TempDir()
	f := open(t, filepath.Join(parent, "above", "bundles"))
	f.sys.lock = func(*os.File) error { return errors.ErrUnsupported }
	if _, err := f.Apply(t.Context(), files{"a": "1"}.tree(), Options{}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("error %v", err)
	}
	wantEntries(t, parent)
}
