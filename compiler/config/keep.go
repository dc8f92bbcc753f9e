package config

import (
	"crypto/sha256"
	"encoding/binary"
	"io/fs"
	"sync/atomic"
)

// Cache keeps what came of parsing a file, for another run or for the other
// side of a plan. It may forget anything at any time, and may be used by many
// goroutines.
type Cache interface {
	// Get returns what was put under a key. It is not to be changed.
	Get(key Key) (data string, ok bool)
	// Put keeps data under each of the keys.
	Put(data string, keys ...Key)
	// Flush says that nothing more is put for now: a good time to write.
	Flush()
}

// Key is the SHA-256 over everything that decides what parsing a file gives.
type Key = [sha256.Size]byte

// Stats counts what loading took.
type Stats struct {
	Files  int   // that were parsed, or taken from the cache
	Bytes  int64 // of those that were read
	Parsed int
	Kept   int // taken from the cache
	Blocks int // distinct ones: what is written about users beside their addresses
}

// counters gather a part of Stats from many goroutines.
type counters struct{ bytes, parsed, kept atomic.Int64 }

// keyOf returns the key of a file by name and content. What else has a say, the
// schema above all, is in l.Program.
func (l *loader) keyOf(file, kind, content string) Key {
	h := sha256.New()
	for _, part := range []string{packVersion, l.Program, l.config.Schema.Edition.Name, file, kind, content} {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return Key(h.Sum(nil))
}

// file reads and parses a YAML file, or takes from the cache what came of it
// before. The content decides, never a date. In a revision or the index git
// knows the content by its blob id, and the file need not even be read.
//
// What was parsed is packed and unpacked whether there is a cache or not: it
// takes less memory, and what comes from a cache can never be different.
func (l *loader) file(name string) ([]*unit, error) {
	file := l.rel(name)
	git, _ := l.FS.(blobs)
	if git != nil && l.Cache != nil {
		if id, ok := git.Stored(name); ok {
			if units, sum, ok := l.kept(l.keyOf(file, "blob", id), file); ok {
				l.note(name, sum)
				return units, nil
			}
		}
	}
	data, err := fs.ReadFile(l.FS, name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	l.note(name, sum)
	l.stats.bytes.Add(int64(len(data)))
	if l.Cache == nil {
		units, _, err := unpack(l.parsed(file, sum, data), file, &l.blocks)
		return units, err
	}
	keys := []Key{l.keyOf(file, "content", string(sum[:]))}
	if units, kept, ok := l.kept(keys[0], file); ok && kept == sum {
		return units, nil
	}
	packed := l.parsed(file, sum, data)
	if git != nil {
		keys = append(keys, l.keyOf(file, "blob", git.BlobID(data)))
	}
	l.Cache.Put(packed, keys...)
	units, _, err := unpack(packed, file, &l.blocks)
	return units, err
}

func (l *loader) parsed(file string, sum [sha256.Size]byte, data []byte) string {
	l.stats.parsed.Add(1)
	return pack(sum, l.parseYAML(file, data))
}

// blobs is a file system that knows of git.
type blobs interface {
	// Stored returns the blob id of a file that cannot change any more.
	Stored(name string) (id string, ok bool)
	// BlobID returns the id that git gives to a file with this content.
	BlobID(data []byte) string
}

// kept returns what the cache has under a key.
func (l *loader) kept(key Key, file string) ([]*unit, [sha256.Size]byte, bool) {
	data, ok := l.Cache.Get(key)
	if !ok {
		return nil, [sha256.Size]byte{}, false
	}
	units, sum, err := unpack(data, file, &l.blocks)
	if err == nil {
		l.stats.kept.Add(1)
	}
	return units, sum, err == nil
}
