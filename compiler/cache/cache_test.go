package cache_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callpolicy/compiler/cache"
)

func key(name string) cache.Key { return sha256.Sum256([]byte(name)) }

// put opens a cache, puts entries into it and closes it.
func put(t *testing.T, f cache.Folder, space string, names ...string) {
	t.Helper()
	c := cache.Open(f, space)
	for _, name := range names {
		c.Put("content of "+name, key(name), key("also "+name))
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// holds reports whether a cache has the entry. Whatever it has must be right.
func holds(t *testing.T, c *cache.Cache, name string) bool {
	t.Helper()
	data, ok := c.Get(key(name))
	if want := "content of " + strings.TrimPrefix(name, "also "); ok && data != want {
		t.Errorf("%s: %q", name, data)
	}
	return ok
}

// packs returns the packs in a folder.
func packs(t *testing.T, f cache.Folder) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(f.Dir, "*", "*.pack"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestKeeps(t *testing.T) {
	f := cache.Folder{Dir: t.TempDir()}
	put(t, f, "here", "a", "b")
	put(t, f, "here", "c")
	c := cache.Open(f, "here")
	for _, name := range []string{"a", "also a", "b", "c"} {
		if !holds(t, c, name) {
			t.Errorf("%s is gone", name)
		}
	}
	if holds(t, c, "d") || holds(t, cache.Open(f, "elsewhere"), "a") {
		t.Error("there is something that nobody put there")
	}
}

// TestInMemory keeps for one run, and writes nothing.
func TestInMemory(t *testing.T) {
	c := cache.InMemory()
	c.Put("content of a", key("a"))
	if !holds(t, c, "a") || holds(t, c, "b") {
		t.Error("it does not hold what was put there")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// TestDamaged damages every byte of a pack in turn, and cuts it at each.
func TestDamaged(t *testing.T) {
	f := cache.Folder{Dir: t.TempDir()}
	put(t, f, "here", "a", "b")
	name := packs(t, f)[0]
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	try := func(data []byte) (found int) {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		c := cache.Open(f, "here")
		for _, n := range []string{"a", "b", "also a", "also b"} {
			if holds(t, c, n) {
				found++
			}
		}
		return found
	}
	for i := range good {
		bad := append([]byte(nil), good...)
		bad[i] ^= 0x20
		if try(bad) == 4 {
			t.Errorf("byte %d of %d may be anything", i, len(good))
		}
		if try(good[:i]) == 4 {
			t.Errorf("nothing behind byte %d of %d is needed", i, len(good))
		}
	}
	if try(good) != 4 {
		t.Error("the whole pack is not accepted")
	}
}

// FuzzPack reads anything as a pack.
func FuzzPack(f *testing.F) {
	folder := cache.Folder{Dir: f.TempDir()}
	c := cache.Open(folder, "here")
	c.Put("content of a", key("a"), key("also a"))
	if err := c.Close(); err != nil {
		f.Fatal(err)
	}
	names, _ := filepath.Glob(filepath.Join(folder.Dir, "*", "*.pack"))
	good, err := os.ReadFile(names[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(names[0], data, 0o600); err != nil {
			t.Fatal(err)
		}
		c := cache.Open(folder, "here")
		if data, ok := c.Get(key("a")); ok && data != "content of a" {
			// Whoever makes up a pack may put anything into it; that is no damage.
			t.Skip()
		}
		c.Put("content of b", key("b"))
	})
}

// TestBecomeOne: after some runs all packs become one, which has what the run
// used and, of the rest, not more than that again.
func TestBecomeOne(t *testing.T) {
	f := cache.Folder{Dir: t.TempDir()}
	for i := range 8 {
		put(t, f, "here", fmt.Sprintf("run %d", i))
	}
	if n := len(packs(t, f)); n != 8 {
		t.Fatalf("%d packs", n)
	}
	c := cache.Open(f, "here")
	for _, name := range []string{"run 0", "run 3"} {
		if !holds(t, c, name) {
			t.Fatalf("%s is gone", name)
		}
	}
	c.Put("content of last", key("last"))
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(packs(t, f)); n != 1 {
		t.Errorf("%d packs", n)
	}
	c = cache.Open(f, "here")
	left := 0
	for i := range 8 {
		if holds(t, c, fmt.Sprintf("run %d", i)) && holds(t, c, fmt.Sprintf("also run %d", i)) {
			left++
		}
	}
	if !holds(t, c, "run 0") || !holds(t, c, "also run 3") || !holds(t, c, "last") || left < 4 || left > 5 {
		t.Errorf("%d runs are left", left)
	}
}

// TestBounded removes what was not used for the longest time.
func TestBounded(t *testing.T) {
	f := cache.Folder{Dir: t.TempDir(), Limit: 1500}
	for i := range 6 {
		put(t, f, fmt.Sprint(i), "a", "b")
		for _, name := range packs(t, f) { // an hour goes by
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			before := info.ModTime().Add(-time.Hour)
			if err := os.Chtimes(name, before, before); err != nil {
				t.Fatal(err)
			}
		}
	}
	u, err := f.Usage()
	if err != nil || u.Bytes > f.Limit || u.Files == 0 {
		t.Errorf("%+v, %v", u, err)
	}
	if holds(t, cache.Open(f, "0"), "a") || !holds(t, cache.Open(f, "5"), "a") {
		t.Error("it is not the oldest that went")
	}
}

// TestHarmless uses caches that cannot be read or written.
func TestHarmless(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := cache.Open(cache.Folder{Dir: file}, "here") // a file where a folder should be
	c.Put("content of a", key("a"))
	if !holds(t, c, "a") || c.Close() == nil {
		t.Error("closing said nothing")
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "mine" {
		t.Errorf("%q, %v", data, err)
	}
}

// TestClear removes what the cache wrote and nothing else.
func TestClear(t *testing.T) {
	f := cache.Folder{Dir: filepath.Join(t.TempDir(), "cache")}
	if u, err := f.Usage(); err != nil || u.Files != 0 {
		t.Errorf("before it exists: %+v, %v", u, err)
	}
	put(t, f, "here", "a")
	other := filepath.Join(f.Dir, "notes.txt")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Clear(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(f.Dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left: %v, %v", entries, err)
	}
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	put(t, f, "here", "a")
	if err := f.Clear(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.Dir); !os.IsNotExist(err) {
		t.Errorf("the empty folder is left: %v", err)
	}
}

// TestSeveralAtOnce has many caches of one space write at the same time.
func TestSeveralAtOnce(t *testing.T) {
	f := cache.Folder{Dir: t.TempDir()}
	done := make(chan error)
	const runs, rounds = 4, 12
	for r := range runs {
		go func() {
			for i := range rounds {
				c := cache.Open(f, "here")
				name := fmt.Sprintf("%d of %d", i, r)
				c.Get(key(name))
				c.Put("content of "+name, key(name))
				if err := c.Close(); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range runs {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	c := cache.Open(f, "here")
	found := 0
	for r := range runs {
		for i := range rounds {
			if holds(t, c, fmt.Sprintf("%d of %d", i, r)) {
				found++
			}
		}
	}
	if found == 0 {
		t.Error("nothing is left of what they wrote")
	}
}
