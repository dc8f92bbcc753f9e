package target

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// A work folder that came with a clone, a copy or an archive can say anything,
// except which folder of this machine it is.
func TestPlantedWorkFolder(t *testing.T) {
	for name, forge := range map[string]func(j *journal){
		"of another target": func(j *journal) { j.Target += "-2" },
		"of another user":   func(j *journal) { j.User = "4711" },
		"of another folder": func(j *journal) { j.Folder = "device 1, inode 1, owner 0" },
		"of no run":         func(j *journal) { j.Run = "" },
	} {
		for _, tree := range trees {
			t.Run(name+"/"+tree, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "bundles")
				f := open(t, dir)
				apply(t, f, files{"a": "1"})
				leave(t, f, files{"a": "1"}, files{"a": "2"})
				j, err := f.newJournal()
				if err != nil {
					t.Fatal(err)
				}
				j.From, j.To = files{"a": "1"}.digest(), files{"a": "2"}.digest()
				forge(&j)
				text, err := json.Marshal(j)
				if err != nil {
					t.Fatal(err)
				}
				put(t, f.inWork(journalName), string(text))
				put(t, filepath.Join(f.inWork(tree), "x"), "somebody's")
				wantRefused(t, f, "nothing proves that it is")
			})
		}
	}
	t.Run("without a journal", func(t *testing.T) {
		f := open(t, filepath.Join(t.TempDir(), "bundles"))
		apply(t, f, files{"a": "1"})
		put(t, f.inWork(lockName), "")
		put(t, filepath.Join(f.inWork(readyName), "x"), "somebody's")
		wantRefused(t, f, "nothing proves that it is")
	})
	t.Run("a journal that is too long", func(t *testing.T) {
		f := open(t, filepath.Join(t.TempDir(), "bundles"))
		apply(t, f, files{"a": "1"})
		leave(t, f, files{"a": "1"}, nil)
		put(t, filepath.Join(f.inWork(readyName), "x"), "somebody's")
		if err := os.Truncate(f.inWork(journalName), 1<<30); err != nil {
			t.Fatal(err)
		}
		wantRefused(t, f, "nothing proves that it is")
	})
}

// wantRefused fails unless every way to write to the target refuses, and leaves
// everything as it is.
func wantRefused(t *testing.T, f *Folder, words string) {
	t.Helper()
	before := stats(t, filepath.Dir(f.dir))
	_, err := f.Apply(t.Context(), files{"a": "2"}.tree(), Options{})
	wantError(t, "Apply", err, words)
	wantError(t, "Recover", f.Recover(t.Context()), words)
	if j, err := f.readJournal(); err != nil || j != nil {
		before[f.inWork(lockName)], err = os.Lstat(f.inWork(lockName)) // who holds it is written there
		if err != nil {
			t.Fatal(err)
		}
	}
	wantUntouched(t, filepath.Dir(f.dir), before)
}

// A tree that is neither what the killed run found nor what it wrote is kept,
// whatever it holds and wherever it lies.
func TestStrangeTreeIsKept(t *testing.T) {
	from, to, strange := files{"a": "1"}, files{"a": "1", "b": "1"}, files{"a": "1", "c": "1"}
	for _, tree := range []string{readyName, oldName} {
		t.Run(tree, func(t *testing.T) {
			f := open(t, filepath.Join(t.TempDir(), "bundles"))
			apply(t, f, to)
			leave(t, f, from, to)
			for name, text := range strange.listed() {
				put(t, filepath.Join(f.inWork(tree), name), text)
			}
			wantRefused(t, f, "holds neither what the killed run found nor what it wrote")
			wantContent(t, f.dir, to)
		})
	}
}

// Files of somebody's own both in the target and in what a killed run set
// aside: both are kept, and both are named.
func TestForeignFilesInBothTrees(t *testing.T) {
	from, to := files{"a": "1"}, files{"a": "1", "b": "1"}
	f := open(t, filepath.Join(t.TempDir(), "bundles"))
	apply(t, f, to)
	leave(t, f, from, to)
	for name, text := range from.listed() {
		put(t, filepath.Join(f.inWork(readyName), name), text)
	}
	put(t, filepath.Join(f.dir, "notes.txt"), "mine")
	put(t, filepath.Join(f.inWork(readyName), "thesis.txt"), "mine, too")
	wantRefused(t, f, "both into "+f.dir+" and into the content from before, which is in "+f.inWork(readyName))

	// Once one of them is out of the way, the other is put where it was.
	if err := os.Remove(filepath.Join(f.dir, "notes.txt")); err != nil {
		t.Fatal(err)
	}
	if err := f.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantForeign(t, f.dir, from, "thesis.txt", "mine, too")
	wantAlone(t, f.dir)
}

// What readers are given of a target that is not there is never what somebody
// planted beside it.
func TestPlantedOldIsNotRead(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "bundles"))
	put(t, f.inWork(lockName), "")
	for name, text := range (files{"a": "1"}).listed() {
		put(t, filepath.Join(f.inWork(oldName), name), text)
	}
	if got := read(t, f.FS()); len(got) > 0 {
		t.Errorf("readers see\n%s", list(got))
	}
}

// Leftover names what Recover does, changes nothing, and is silent where there
// is nothing.
func TestLeftover(t *testing.T) {
	from, to := files{"a": "1"}, files{"a": "1", "b": "1"}
	f := open(t, filepath.Join(t.TempDir(), "bundles"))
	apply(t, f, to)
	if left, err := f.Leftover(); left != nil || err != nil {
		t.Fatalf("%+v, %v", left, err)
	}
	leave(t, f, from, to)
	put(t, filepath.Join(f.inWork(trashName), "x"), "")
	for name, text := range from.listed() {
		put(t, filepath.Join(f.inWork(readyName), name), text)
	}
	before := stats(t, filepath.Dir(f.dir))
	left, err := f.Leftover()
	if err != nil || left.Work != f.work || len(left.Does) != 2 {
		t.Fatalf("%+v, %v", left, err)
	}
	wantUntouched(t, filepath.Dir(f.dir), before)
}

// What belongs to somebody else is never written to, whatever it holds.
func TestUnfitFolders(t *testing.T) {
	base := t.TempDir()
	home := filepath.Join(base, "home", "me")
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	for _, dir := range []string{home, filepath.Join(base, "repo", ".git", "hooks")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"repo":             "it is the top of a git repository",
		"repo/.git":        "it is git's own, or lies in what is",
		"repo/.git/hooks":  "it is git's own, or lies in what is",
		"new/.GIT/bundles": "it is git's own, or lies in what is",
		"home":             "it is the home folder of whoever runs callpolicy, or holds it",
		"home/me":          "it is the home folder of whoever runs callpolicy, or holds it",
		"home/me/bundles":  "",
		"repo/bundles":     "",
	} {
		dir := filepath.Join(base, filepath.FromSlash(name))
		if got := Unfit(dir); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if want == "" {
			continue
		}
		f := open(t, dir)
		before := stats(t, base)
		_, err := f.Apply(t.Context(), files{}.tree(), Options{})
		wantError(t, name, err, want)
		wantError(t, name, f.Recover(t.Context()), want)
		wantUntouched(t, base, before)
	}
}
