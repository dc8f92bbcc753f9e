package target

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"callpolicy/compiler/failure"
)

func TestApplyToNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "build", "all", "bundles")
	f := open(t, dir)
	if got := read(t, f.FS()); len(got) != 0 {
		t.Errorf("a target that does not exist holds %v", got)
	}
	want := users(0, 20, "one")
	result := apply(t, f, want)
	if (result != Result{Written: 42, Changed: true}) {
		t.Errorf("result %+v", result)
	}
	wantContent(t, dir, want)
	wantAlone(t, dir)
	if got := read(t, f.FS()); !maps.Equal(got, want.onDisk()) {
		t.Errorf("readers see\n%s", list(got))
	}
}

func TestApplyToEmptyFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	if err := os.MkdirAll(filepath.Join(dir, "empty", "too"), 0o755); err != nil {
		t.Fatal(err)
	}
	want := users(0, 3, "one")
	apply(t, open(t, dir), want)
	wantContent(t, dir, want)
	wantAlone(t, dir)
}

// modes runs a test with both ways to put a tree in the place of another.
func modes(t *testing.T, test func(t *testing.T, open func(t testing.TB, dir string) *Folder)) {
	t.Helper()
	t.Run("exchange", func(t *testing.T) { test(t, open) })
	t.Run("journal", func(t *testing.T) {
		test(t, func(t testing.TB, dir string) *Folder {
			f := open(t, dir)
			f.sys.exchange = func(string, string) error { return errNoExchange }
			return f
		})
	})
}

func TestApplyReplaces(t *testing.T) {
	modes(t, func(t *testing.T, open func(testing.TB, string) *Folder) {
		dir := filepath.Join(t.TempDir(), "bundles")
		f := open(t, dir)
		apply(t, f, users(0, 20, "one"))
		reader := f.FS()
		kept := filepath.Join(dir, "users", "0e", "u0006@voorbeeld.example", "jabber-config.xml")
		before, err := os.Stat(kept)
		if err != nil {
			t.Fatal(err)
		}

		// Users 0 to 4 go and 20 to 24 come; of 5 to 19, every third changes.
		want := users(5, 20, "two")
		result := apply(t, f, want)
		wantContent(t, dir, want)
		wantAlone(t, dir)
		// index, manifest, 10 files of new users, 6, 9, 12, 15, 18
		if (result != Result{Written: 2 + 10 + 5, Unchanged: 25, Removed: 10, Changed: true}) {
			t.Errorf("result %+v", result)
		}
		after, err := os.Stat(kept)
		if err != nil {
			t.Fatal(err)
		}
		if !os.SameFile(before, after) {
			t.Error("an unchanged file was written again, not linked")
		}
		if _, err := fs.ReadFile(reader, "users/00/u0000@voorbeeld.example/bundle.json"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a reader of the old content sees %v in place of nothing", err)
		}
	})
}

func TestApplyNothingToDo(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "bundles")
	f := open(t, dir)
	content := users(0, 20, "one")
	apply(t, f, content)
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	f.sys.before = func(step, path string) error {
		t.Errorf("step %s on %s", step, path)
		return nil
	}
	before := stats(t, parent)
	result := apply(t, f, content)
	if (result != Result{Unchanged: 42}) {
		t.Errorf("result %+v", result)
	}
	wantUntouched(t, parent, before)
}

// A manifest that names other files is reason enough to write, even where all
// other files are the same.
func TestApplyRemovesOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	f := open(t, dir)
	apply(t, f, files{"a": "1", "b": "2"})
	result := apply(t, f, files{"a": "1"})
	if (result != Result{Written: 1, Unchanged: 1, Removed: 1, Changed: true}) {
		t.Errorf("result %+v", result)
	}
	wantContent(t, dir, files{"a": "1"})
}

// What was deleted or edited by hand is written again.
func TestApplyMendsDrift(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	f := open(t, dir)
	content := files{"a": "alpha", "b": "beta", "c": "", "d": "delta"}
	apply(t, f, content)
	put(t, filepath.Join(dir, "a"), "alpha and more")
	put(t, filepath.Join(dir, "c"), "more")
	put(t, filepath.Join(dir, "d"), "del")
	if err := os.Remove(filepath.Join(dir, "b")); err != nil {
		t.Fatal(err)
	}
	result := apply(t, f, content)
	if (result != Result{Written: 4, Unchanged: 1, Changed: true}) {
		t.Errorf("result %+v", result)
	}
	wantContent(t, dir, content)
}

func TestUnchangedIsBelieved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	f := open(t, dir)
	apply(t, f, files{"a": "1", "b": "2"})
	put(t, filepath.Join(dir, "b"), "by hand")
	unchanged := func(path string) bool {
		if path == "c" {
			t.Error("asked for a file that the target does not hold")
		}
		return path == "b"
	}
	result, err := f.Apply(t.Context(), files{"a": "1", "b": "2", "c": "3"}.tree(), Options{Unchanged: unchanged})
	if err != nil {
		t.Fatal(err)
	}
	if (result != Result{Written: 2, Unchanged: 2, Changed: true}) {
		t.Errorf("result %+v", result)
	}
	text, err := os.ReadFile(filepath.Join(dir, "b"))
	if err != nil || string(text) != "by hand" {
		t.Errorf("b holds %q, %v", text, err)
	}
}

func TestWithoutHardLinks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	f := open(t, dir)
	apply(t, f, users(0, 9, "one"))
	f.sys.link = func(string, string) error { return errors.ErrUnsupported }
	result := apply(t, f, users(0, 9, "two"))
	if (result != Result{Written: 4, Unchanged: 16, Changed: true}) {
		t.Errorf("result %+v", result)
	}
	wantContent(t, dir, users(0, 9, "two"))
	wantAlone(t, dir)
}

// The number of workers changes nothing, not even with the files of one folder
// in several groups.
func TestWorkers(t *testing.T) {
	many := files{}
	for i := range 3 * groupFiles {
		many["index/"+strings.Repeat("x", i+1)] = "x"
	}
	maps.Copy(many, users(0, 50, "two"))
	for _, workers := range []int{1, 2, 8} {
		dir := filepath.Join(t.TempDir(), "bundles")
		f := open(t, dir)
		apply(t, f, users(0, 40, "one"))
		result, err := f.Apply(t.Context(), many.tree(), Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if (result != Result{Written: 2 + 192 + 20 + 14, Unchanged: 66, Changed: true}) {
			t.Errorf("%d workers: result %+v", workers, result)
		}
		wantContent(t, dir, many)
	}
}

func TestOpenTargets(t *testing.T) {
	base := t.TempDir()
	realDir := filepath.Join(base, "real", "bundles")
	link := filepath.Join(base, "link")
	if err := errors.Join(os.MkdirAll(realDir, 0o755), os.Symlink(filepath.Join("real", "bundles"), link)); err != nil {
		t.Fatal(err)
	}
	apply(t, open(t, link), files{"a": "1"})
	apply(t, open(t, link), files{"a": "2"})
	wantContent(t, realDir, files{"a": "2"})
	wantEntries(t, base, "link", "real")
	wantEntries(t, filepath.Join(base, "real"), "bundles")
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link is %v, %v", info, err)
	}

	put(t, filepath.Join(base, "file"), "text")
	if err := os.Symlink("nowhere", filepath.Join(base, "dangling")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"file":             "is not a folder",
		"file/below":       "as a target",
		"dangling":         "is a symbolic link to a folder that does not exist",
		"dangling/bundles": "is a symbolic link to a folder that does not exist",
	} {
		_, err := Open(filepath.Join(base, filepath.FromSlash(name)), ownedByList)
		wantError(t, name, err, want)
	}
	_, err := Open("", ownedByList)
	wantError(t, "no folder", err, "the target has no folder")
	_, err = Open(filepath.VolumeName(base)+string(filepath.Separator), ownedByList)
	wantError(t, "the root", err, "is a whole file system")
}

// wantError fails unless err is a failure that says the words and has a hint.
func wantError(t *testing.T, what string, err error, words string) {
	t.Helper()
	var e *failure.Error
	if !errors.As(err, &e) || e.Hint == "" || !strings.Contains(err.Error(), words) {
		t.Errorf("%s: error %v, want a failure that says %q, with a hint", what, err, words)
	}
}

func TestReadersOfWhatIsNoFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	f := open(t, dir)
	put(t, dir, "a file by now")
	if _, err := fs.ReadFile(f.FS(), "manifest.json"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want one that does not look like an empty target", err)
	}
}

func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	if err := errors.Join(os.Mkdir(dir, 0o755), os.Chmod(dir, 0o710)); err != nil {
		t.Fatal(err)
	}
	apply(t, open(t, dir), files{"users/a": "1"})
	probe := filepath.Join(t.TempDir(), "probe")
	if err := errors.Join(os.Mkdir(probe, 0o755), os.WriteFile(filepath.Join(probe, "file"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	for path, like := range map[string]string{"users": probe, "users/a": filepath.Join(probe, "file")} {
		if got, want := mode(t, filepath.Join(dir, path)), mode(t, like); got != want {
			t.Errorf("%s has mode %v, want %v", path, got, want)
		}
	}
	if got := mode(t, dir).Perm(); got != 0o710 {
		t.Errorf("the folder that was closed to others has mode %v now", got)
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

// Cancelled at any step before the exchange, nothing has changed; after it, the
// run finishes.
func TestCancel(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	f := open(t, dir)
	was, want := users(0, 10, "one"), users(0, 10, "two")
	apply(t, f, was)
	for at := 1; ; at++ {
		ctx, cancel := context.WithCancel(t.Context())
		var steps atomic.Int64
		f.sys.before = func(string, string) error {
			if steps.Add(1) == int64(at) {
				cancel()
			}
			return nil
		}
		result, err := f.Apply(ctx, want.tree(), Options{Workers: 1})
		cancel()
		wantAlone(t, dir)
		if err == nil {
			if !result.Changed {
				t.Errorf("result %+v", result)
			}
			wantContent(t, dir, want)
			if at < 20 {
				t.Errorf("cancelled at step %d, the run finished", at)
			}
			return
		}
		if !errors.Is(err, context.Canceled) || result != (Result{}) {
			t.Fatalf("step %d: %+v, %v", at, result, err)
		}
		wantContent(t, dir, was)
	}
}

// Whatever two trees are applied one after the other, the second is what is
// there, and the counts add up.
func TestApplyProperty(t *testing.T) {
	base := t.TempDir()
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		dir := filepath.Join(base, string(rune('a'+n%26)), strings.Repeat("x", n%200+1))
		trees := rapid.Custom(func(r *rapid.T) files {
			c := files{}
			for _, p := range rapid.SliceOfN(rapid.StringMatching(`[abc]-?/[ab.]?x/[ab]y|[de]-?/x|[fg]`), 0, 12).Draw(r, "paths") {
				c[p] = rapid.StringMatching(`[01]{0,2}`).Draw(r, "text")
			}
			return c
		})
		one, two := trees.Draw(r, "one"), trees.Draw(r, "two")
		f := open(t, dir)
		apply(t, f, one)
		wantContent(t, dir, one)
		same, removed := 0, 0
		one, all := one.listed(), two.listed()
		for p, text := range one {
			if now, ok := all[p]; !ok {
				removed++
			} else if now == text {
				same++
			}
		}
		want := Result{Written: len(all) - same, Unchanged: same, Removed: removed}
		want.Changed = want.Written > 0 || removed > 0
		if got := apply(t, f, two); got != want {
			r.Fatalf("result %+v, want %+v", got, want)
		}
		wantContent(t, dir, two)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	})
}
