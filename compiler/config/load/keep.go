package load

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
func (l *loader) file(i int) ([]*unit, error) {
	name := l.yaml[i]
	file := l.rel(name)
	git, _ := l.FS.(blobs)
	if git != nil {
		if id, ok := git.Stored(name); ok {
			if have, ok := l.kept(file, l.keyOf(file, "blob", id)); ok {
				l.note(name, have.sum)
				l.seen[i] = seenFile{id: id, sum: have.sum, read: true}
				return have.units, nil
			}
		}
	}
	s, err := l.content(git, i)
	if err != nil {
		return nil, err
	}
	data, id, sum := s.data, s.id, s.sum
	l.note(name, sum)
	if l.stats.bytes.Add(int64(len(data))) > l.most() {
		return nil, errTooMuch
	}
	keys := []Key{l.keyOf(file, "content", string(sum[:]))}
	if id != "" {
		keys = append(keys, l.keyOf(file, "blob", id))
	}
	if have, ok := l.kept(file, keys...); ok && have.sum == sum {
		return have.units, nil
	}
	l.stats.parsed.Add(1)
	packed := pack(sum, l.parseYAML(file, data))
	if l.Cache != nil {
		l.Cache.Put(packed, keys...)
	}
	units, _, err := unpack(packed, file, &l.Memory.blocks)
	if err != nil {
		return nil, err
	}
	l.Memory.keep(remembered{units, sum}, keys)
	return units, nil
}

// content reads a file, unless it was read already, and lets go of it.
func (l *loader) content(git blobs, i int) (seenFile, error) {
	s := l.seen[i]
	if s.data == nil {
		var err error
		if s, err = l.readSeen(git, l.yaml[i]); err != nil {
			return s, err
		}
	}
	l.seen[i] = seenFile{id: s.id, sum: s.sum, read: true}
	return s, nil
}

func (l *loader) readSeen(git blobs, name string) (seenFile, error) {
	data, id, err := l.readBlob(git, name)
	return seenFile{data: data, id: id, sum: sha256.Sum256(data), read: true}, err
}

// readBlob reads a file, and says what git calls its content where git is there.
func (l *loader) readBlob(git blobs, name string) (data []byte, id string, err error) {
	if git != nil {
		return git.ReadBlob(name)
	}
	data, err = fs.ReadFile(l.FS, name)
	return data, "", err
}

// blobs is a file system that knows of git.
type blobs interface {
	// Stored returns the blob id of a file that cannot change any more.
	Stored(name string) (id string, ok bool)
	// ReadBlob reads a file, and returns the blob id of what was read.
	ReadBlob(name string) (data []byte, id string, err error)
}

// kept returns what this process, or the cache, has under the first of keys; in
// this process it is then known under all of them.
func (l *loader) kept(file string, keys ...Key) (remembered, bool) {
	if have, ok := l.Memory.read(keys[0]); ok {
		l.stats.kept.Add(1)
		return have, true
	}
	if l.Cache == nil {
		return remembered{}, false
	}
	data, ok := l.Cache.Get(keys[0])
	if !ok {
		return remembered{}, false
	}
	units, sum, err := unpack(data, file, &l.Memory.blocks)
	if err != nil {
		return remembered{}, false
	}
	l.stats.kept.Add(1)
	have := remembered{units, sum}
	l.Memory.keep(have, keys)
	return have, true
}
