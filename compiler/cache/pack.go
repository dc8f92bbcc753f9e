package cache

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A pack is a file that is written once and never changed:
//
//	magic, number of slots (8 bytes), SHA-256 of the slots
//	slots, sorted by key: key (32), offset (8), length (8), checksum (8)
//	the data of the entries
//
// Numbers are big-endian; an offset counts from the start of the file. A
// checksum is two CRC-32 of the data, with the polynomials of Castagnoli and of
// IEEE: it finds what a disk or a copy damages, at the speed of memory. Nobody
// else can write here, so it need not resist forgers. Several slots may lead to
// the same data.

const (
	magic      = "callpolicy cache 2\n"
	headerSize = len(magic) + 8 + sha256.Size
	slotSize   = sha256.Size + 8 + 8 + 8
	extension  = ".pack"
)

// pack is one that was opened. Of its data it reads what is asked for: the first
// few entries, and large ones, by themselves, and everything at once when there
// are more, since many small reads would take longer.
type pack struct {
	name  string
	mod   time.Time
	size  int64
	head  string        // all that comes before the data
	slots int           // how many
	used  []atomic.Bool // by slot
	reads atomic.Int32  // of entries by themselves

	once sync.Once
	all  string // the whole file; empty: not read
}

const (
	fewReads = 8
	large    = 1 << 20 // bytes
)

// readPacks reads the packs of a folder, oldest first. Whatever cannot be read
// is passed by.
func readPacks(dir string) []*pack {
	names, _ := filepath.Glob(filepath.Join(dir, "*"+extension))
	var packs []*pack
	for _, name := range names {
		if p, err := readPack(name); err == nil {
			packs = append(packs, p)
		}
	}
	slices.SortFunc(packs, func(a, b *pack) int { return cmp.Or(a.mod.Compare(b.mod), strings.Compare(a.name, b.name)) })
	return packs
}

var errDamaged = errors.New("the pack is damaged")

func readPack(name string) (*pack, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() // nothing was written
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return newPack(name, info, f)
}

func newPack(name string, info os.FileInfo, r io.ReaderAt) (*pack, error) {
	p := &pack{name: name, mod: info.ModTime(), size: info.Size()}
	start, err := readString(r, 0, int64(headerSize))
	if err != nil || start[:len(magic)] != magic {
		return nil, errors.Join(errDamaged, err)
	}
	n := number(start[len(magic):])
	if n > uint64(p.size)/uint64(slotSize) {
		return nil, errDamaged
	}
	p.slots = int(n)
	if p.head, err = readString(r, 0, int64(headerSize+p.slots*slotSize)); err != nil {
		return nil, errors.Join(errDamaged, err)
	}
	sum := sha256.New()
	if _, err := io.WriteString(sum, p.head[headerSize:]); err != nil {
		return nil, err
	}
	if string(sum.Sum(nil)) != p.head[headerSize-sha256.Size:headerSize] {
		return nil, errDamaged
	}
	p.used = make([]atomic.Bool, p.slots)
	return p, nil
}

// readString reads a piece of a file.
func readString(r io.ReaderAt, offset, length int64) (string, error) {
	var b strings.Builder // which gives up its bytes as a string without copying them
	b.Grow(int(length))
	_, err := io.CopyN(&b, io.NewSectionReader(r, offset, length), length)
	return b.String(), err
}

func number(s string) uint64 {
	var n uint64
	for _, c := range []byte(s[:8]) {
		n = n<<8 | uint64(c)
	}
	return n
}

func (p *pack) slot(i int) string { return p.head[headerSize+i*slotSize : headerSize+(i+1)*slotSize] }

// get returns the data under a key, if it is what was written.
func (p *pack) get(key Key) (string, bool) {
	low, high := 0, p.slots
	for want := string(key[:]); low < high; {
		middle := (low + high) / 2
		switch order := strings.Compare(p.slot(middle)[:sha256.Size], want); {
		case order < 0:
			low = middle + 1
		case order > 0:
			high = middle
		default:
			p.used[middle].Store(true)
			return p.data(middle)
		}
	}
	return "", false
}

func (p *pack) data(i int) (string, bool) {
	s := p.slot(i)
	offset, length := number(s[sha256.Size:]), number(s[sha256.Size+8:])
	if size := uint64(p.size); offset > size || length > size-offset {
		return "", false
	}
	data, err := p.read(int64(offset), int64(length))
	return data, err == nil && checksum(data) == s[sha256.Size+16:]
}

func (p *pack) read(offset, length int64) (string, error) {
	if length >= large || p.reads.Add(1) <= fewReads {
		return p.piece(offset, length)
	}
	p.once.Do(func() { p.all, _ = p.piece(0, p.size) })
	if int64(len(p.all)) != p.size {
		return "", errDamaged
	}
	return p.all[offset : offset+length], nil
}

func (p *pack) piece(offset, length int64) (string, error) {
	f, err := os.Open(p.name)
	if err != nil {
		return "", err
	}
	defer f.Close() // nothing was written
	return readString(f, offset, length)
}

func checksum(data string) string {
	table := crc32.MakeTable(crc32.Castagnoli)
	var buf [1 << 10]byte // most entries are small
	var one, other uint32
	for len(data) > 0 {
		b := buf[:copy(buf[:], data)]
		one, other = crc32.Update(one, table, b), crc32.Update(other, crc32.IEEETable, b)
		data = data[len(b):]
	}
	return string(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, one), other))
}

// entries returns the entries of the pack that were used in this run, or those
// that were not. Slots with the same data are one entry.
func (p *pack) entries(used bool) []*entry {
	byOffset := map[uint64]*entry{}
	touched := map[uint64]bool{}
	var order []uint64
	for i := range p.slots {
		data, ok := p.data(i)
		if !ok {
			continue
		}
		offset := number(p.slot(i)[sha256.Size:])
		e := byOffset[offset]
		if e == nil {
			e = &entry{data: data}
			byOffset[offset] = e
			order = append(order, offset)
		}
		e.keys = append(e.keys, Key([]byte(p.slot(i)[:sha256.Size])))
		touched[offset] = touched[offset] || p.used[i].Load()
	}
	slices.Sort(order)
	var out []*entry
	for _, offset := range order {
		if touched[offset] == used {
			out = append(out, byOffset[offset])
		}
	}
	return out
}

// touch marks the pack as used today, so that others are removed first.
func (p *pack) touch() {
	now := time.Now()
	if now.Sub(p.mod) > 12*time.Hour {
		_ = os.Chtimes(p.name, now, now) // for the order alone
	}
}

// writePack writes a pack of its own name. Others see all of it or nothing.
func writePack(dir string, entries []*entry) (err error) {
	f, err := os.CreateTemp(dir, "*"+temporary)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	if _, err := w.Write(header(entries)); err != nil {
		return errors.Join(err, f.Close())
	}
	for _, e := range entries {
		if _, err := w.WriteString(e.data); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), strings.TrimSuffix(f.Name(), temporary)+extension)
}

// header returns what comes before the data.
func header(entries []*entry) []byte {
	n := 0
	for _, e := range entries {
		n += len(e.keys)
	}
	slots := make([][slotSize]byte, 0, n)
	offset := headerSize + n*slotSize
	for _, e := range entries {
		sum := checksum(e.data)
		for _, key := range e.keys {
			var s [slotSize]byte
			copy(s[:], key[:])
			binary.BigEndian.PutUint64(s[sha256.Size:], uint64(offset))
			binary.BigEndian.PutUint64(s[sha256.Size+8:], uint64(len(e.data)))
			copy(s[sha256.Size+16:], sum)
			slots = append(slots, s)
		}
		offset += len(e.data)
	}
	slices.SortFunc(slots, func(a, b [slotSize]byte) int { return bytes.Compare(a[:], b[:]) })
	all := make([]byte, headerSize, headerSize+n*slotSize)
	copy(all, magic)
	binary.BigEndian.PutUint64(all[len(magic):], uint64(n))
	for i := range slots {
		all = append(all, slots[i][:]...)
	}
	sum := sha256.Sum256(all[headerSize:])
	copy(all[headerSize-sha256.Size:], sum[:])
	return all
}
