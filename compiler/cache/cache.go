// Package cache keeps what is dear to compute in files, from one run to the
// next: bytes under keys that say all that led to them.
//
// It promises nothing: an entry may be gone at any time. In return it can do no
// harm. What was damaged is not returned, a cache that cannot be read or
// written is an empty one, and any number of processes may share it. It knows
// nothing of what it keeps.
//
// Entries are many and small, while a run needs most of them. So they lie
// together in packs, which are read as a whole: a run writes one pack with all
// that it had to compute, and now and then one that takes the place of several.
//
//	c := cache.Open(cache.Folder{Dir: dir}, "name of the project")
//	defer c.Close()
package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// Key is the name of an entry: a SHA-256 over everything that decides what is
// in it.
type Key = [sha256.Size]byte

// Cache is the entries of one space, such as a project. Different spaces do not
// see each other's. It may be used by many goroutines.
type Cache struct {
	folder Folder
	dir    string // of the packs; empty: memory only

	once  sync.Once
	packs []*pack // oldest first

	mu     sync.Mutex
	fresh  map[Key]*entry
	order  []*entry // as they were put, and not yet written
	merged bool     // the packs have become one

	writing sync.WaitGroup
	failed  error
}

// entry is what is to be written.
type entry struct {
	keys []Key
	data string
}

// Open returns the cache of a space. Nothing is read before it is needed.
func Open(folder Folder, space string) *Cache {
	name := sha256.Sum256([]byte(space))
	return &Cache{folder: folder, dir: filepath.Join(folder.Dir, hex.EncodeToString(name[:8])), fresh: map[Key]*entry{}}
}

// InMemory returns a cache that is gone when the process ends.
func InMemory() *Cache { return &Cache{fresh: map[Key]*entry{}} }

// Get returns what was put under a key, in this run or an earlier one.
func (c *Cache) Get(key Key) (string, bool) {
	c.mu.Lock()
	e := c.fresh[key]
	c.mu.Unlock()
	if e != nil {
		return e.data, true
	}
	c.load()
	for _, p := range slices.Backward(c.packs) {
		if data, ok := p.get(key); ok {
			return data, true
		}
	}
	return "", false
}

// Put keeps data under each of the keys.
func (c *Cache) Put(data string, keys ...Key) {
	e := &entry{keys, data}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.order = append(c.order, e)
	for _, key := range keys {
		c.fresh[key] = e
	}
}

func (c *Cache) load() {
	c.once.Do(func() {
		if c.dir != "" {
			c.packs = readPacks(c.dir)
		}
	})
}

// maxPacks is how many packs a space has before they become one.
const maxPacks = 8

// Flush begins to write what was put to disk, beside whatever else is done;
// Close waits for it.
func (c *Cache) Flush() {
	c.writing.Go(func() {
		// Close says what went wrong, if anybody asks.
		err := c.write()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.failed = errors.Join(c.failed, err)
	})
}

// Close writes what was put to disk. The error says why nothing was written,
// which no run need care about.
func (c *Cache) Close() error {
	c.Flush()
	c.writing.Wait()
	return c.failed
}

func (c *Cache) write() error {
	if c.dir == "" {
		return nil
	}
	c.load()
	c.mu.Lock()
	entries, old := c.order, []*pack(nil)
	c.order = nil
	if len(entries) > 0 && len(c.packs) >= maxPacks && !c.merged {
		c.merged, old = true, c.packs
	}
	c.mu.Unlock()
	for _, p := range c.packs {
		p.touch()
	}
	if len(entries) == 0 {
		return nil
	}
	if old != nil {
		entries = append(survivors(old, entries), entries...)
	}
	if err := c.folder.prepare(c.dir); err != nil {
		return err
	}
	if err := writePack(c.dir, entries); err != nil {
		return err
	}
	for _, p := range old {
		// Another process may have been faster, or still read it: no matter.
		_ = os.Remove(p.name)
	}
	return c.folder.trim()
}

// survivors are the entries of old packs that are kept when new ones are put
// beside them: all that this run used, and of the others, the youngest first, as
// many bytes again. A branch that somebody comes back to tomorrow is still
// there; one of last month is not.
func survivors(packs []*pack, fresh []*entry) []*entry {
	room := 0
	for _, e := range fresh {
		room += len(e.data)
	}
	var kept []*entry
	for _, used := range []bool{true, false} {
		for _, p := range slices.Backward(packs) {
			for _, e := range p.entries(used) {
				switch {
				case used:
					room += len(e.data)
				case room < len(e.data):
					continue
				default:
					room -= len(e.data)
				}
				kept = append(kept, e)
			}
		}
	}
	return kept
}
