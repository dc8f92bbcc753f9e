package load

import (
	"cmp"
	"crypto/sha256"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
)

// What came of linking all policy files is kept as a whole, under the contents
// of all of them: where nothing has changed since, nothing is unpacked, sorted
// or linked again. It is kept only of states that are as simple as most are:
// all in YAML, without errors, without a roster. What is in the project file
// beside the names of files decides nothing here, but costs nothing in the key.

// seenFile is what is known of a policy file before it is looked at.
type seenFile struct {
	data []byte // nil: not read, or not held
	id   string // that git gives to the content; empty: not known
	sum  [sha256.Size]byte
	read bool // sum is known
}

// mostHeld bounds how many bytes are held of files that are read before it is
// known whether they are needed; further ones are read again if they are.
const mostHeld = 64 << 20

// recall takes the linked state of the very same files from the cache. ok is
// false where there is none; what was read on the way is then in l.seen.
func (l *loader) recall() (_ diag.List, ok bool) {
	l.seen = make([]seenFile, len(l.yaml))
	if l.Cache == nil || len(l.cue)+len(l.lost) > 0 || l.rostered() {
		return nil, false
	}
	l.before = len(l.inputs)
	if _, some := l.Cache.Get(l.keyOf("", "linked before", "")); !some {
		return nil, false // as in an empty cache: the files need not be read yet
	}
	var held, bytes atomic.Int64
	var unknown atomic.Bool
	l.eachFile(func(i int) {
		if unknown.Load() {
			return
		}
		s, err := l.look(l.yaml[i])
		if err != nil {
			unknown.Store(true) // whoever reads it again says what is wrong
			return
		}
		bytes.Add(int64(len(s.data)))
		if held.Add(int64(len(s.data))) > mostHeld {
			s.data = nil
		}
		l.seen[i] = s
	})
	if unknown.Load() {
		return nil, false
	}
	for _, key := range l.linkedKeys(l.inputs) {
		data, there := l.Cache.Get(key)
		if !there {
			continue
		}
		if diags, sound := l.unpackLinked(data); sound {
			l.stats.bytes.Store(bytes.Load())
			l.stats.kept.Store(int64(len(l.yaml)))
			return diags, true
		}
	}
	return nil, false
}

// eachFile calls do for the index of every YAML file, on all workers.
func (l *loader) eachFile(do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(l.Workers, len(l.yaml)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(l.yaml); i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}

// look finds out which content a file has: in a revision or the index git knows
// it, else it is read.
func (l *loader) look(name string) (s seenFile, err error) {
	git, _ := l.FS.(blobs)
	if git != nil {
		if id, ok := git.Stored(name); ok {
			return seenFile{id: id}, nil
		}
	}
	return l.readSeen(git, name)
}

// rostered reports whether people come from a roster.
func (l *loader) rostered() bool { return len(l.Rosters) > 0 || len(l.config.Project.Roster) > 0 }

// linkedKeys returns the keys of the state that the files in l.seen are in: by
// the content of all of them, and by their blob ids, as far as both are known.
// Before are the other inputs.
func (l *loader) linkedKeys(before []config.Input) (keys []Key) {
	inputs := slices.Clone(before)
	slices.SortFunc(inputs, func(a, b config.Input) int { return cmp.Compare(a.File, b.File) })
	var content, id packer
	for _, in := range inputs {
		content.text(in.File)
		content.b = append(content.b, in.Digest[:]...)
	}
	id.b = slices.Clone(content.b)
	haveContents, haveIDs := true, true
	for i, name := range l.yaml {
		s := &l.seen[i]
		haveContents, haveIDs = haveContents && s.read, haveIDs && s.id != ""
		content.text(name)
		content.b = append(content.b, s.sum[:]...)
		id.text(name)
		id.text(s.id)
	}
	if haveIDs {
		keys = append(keys, l.keyOf(l.Dir, "linked ids", string(id.b)))
	}
	if haveContents {
		keys = append(keys, l.keyOf(l.Dir, "linked contents", string(content.b)))
	}
	return keys
}

// keepLinked keeps the state that was linked, if it is one that can be kept.
func (l *loader) keepLinked(diags diag.List) {
	c := l.config
	if l.Cache == nil || len(l.cue)+len(l.lost) > 0 || l.rostered() || c.Faulty || c.Incomplete || c.Withheld > 0 ||
		diags.HasErrors() || len(c.Quarantined) > 0 || len(c.WrittenAs) > 0 {
		return
	}
	// What others change meanwhile is copied or written now, the rest in the background.
	inputs := slices.Clone(l.inputs)
	p := &packer{}
	packList(p, diags, packDiag)
	l.background(func() {
		if keys := l.linkedKeys(inputs[:l.before]); len(keys) > 0 {
			l.Cache.Put("yes", l.keyOf("", "linked before", ""))
			l.Cache.Put(packLinked(c, p, inputs[l.before:]), keys...)
		}
	})
}

// background does what nothing here waits for, as the caller wants.
func (l *loader) background(do func()) {
	if l.Background == nil {
		do()
		return
	}
	l.Background(do)
}

// chunk is how many users are unpacked by one worker at a time.
const chunk = 4096

// packLinked writes all of it behind the diagnostics, which p has already.
func packLinked(c *config.Config, p *packer, inputs []config.Input) string {
	p.b = slices.Grow(p.b, 64*(len(c.Users)+len(inputs))) // bytes for each, about
	packList(p, inputs, func(p *packer, in *config.Input) { p.text(in.File); p.b = append(p.b, in.Digest[:]...) })
	packList(p, c.Sources.Docs, func(p *packer, d *config.Document) { p.text(d.File); p.num(d.Nth) })
	packOrg(p, &c.Org)
	p.file(c.Org.At)
	packList(p, c.Licenses, func(p *packer, x *config.License) { packLicense(p, x); p.file(x.At) })
	packList(p, c.Profiles, func(p *packer, x *config.Profile) { packProfile(p, x); p.file(x.At) })
	packList(p, c.Templates, func(p *packer, x *config.Template) { packTemplate(p, x); p.file(x.At) })
	packList(p, c.Groups, func(p *packer, x *config.Group) {
		packGroup(p, x)
		p.num(int(x.Template))
		p.num(x.Members)
		p.file(x.At)
	})
	packList(p, c.Waivers, func(p *packer, x *config.Waiver) { packWaiver(p, x); p.file(x.At) })

	var alikes packer
	blocks, lists, kinds := map[*config.Block]int{}, map[*int32]int{}, map[[2]int]int{}
	var blockTexts, listTexts packer
	p.num(len(c.Users))
	p.num((len(c.Users) + chunk - 1) / chunk)
	one := packer{b: make([]byte, 0, 64*chunk)}
	for from := 0; from < len(c.Users); from += chunk {
		one.b = one.b[:0]
		for i := from; i < min(from+chunk, len(c.Users)); i++ {
			u := &c.Users[i]
			var kind [2]int
			var ok bool
			if kind[0], ok = blocks[u.Block]; !ok {
				kind[0] = len(blocks)
				blocks[u.Block] = kind[0]
				var b packer
				packBlock(&b, u.Block)
				blockTexts.text(string(b.b))
			}
			var list *int32
			if len(u.Groups) > 0 {
				list = &u.Groups[0] // equal ones are one since they were linked
			}
			if kind[1], ok = lists[list]; !ok {
				kind[1] = len(lists)
				lists[list] = kind[1]
				packList(&listTexts, u.Groups, func(p *packer, g *int32) { p.num(int(*g)) })
			}
			n, ok := kinds[kind]
			if !ok {
				n = len(kinds)
				kinds[kind] = n
				alikes.num(kind[0])
				alikes.num(kind[1])
			}
			one.num(n)
			one.address(u)
			one.place(u.At)
			one.num(int(u.At.File))
		}
		p.num(len(one.b))
		p.b = append(p.b, one.b...)
	}
	p.num(len(blocks))
	p.b = append(p.b, blockTexts.b...)
	p.num(len(lists))
	p.b = append(p.b, listTexts.b...)
	p.num(len(kinds))
	p.b = append(p.b, alikes.b...)
	p.num(len(c.Listed))
	for _, g := range slices.Sorted(maps.Keys(c.Listed)) {
		p.num(int(g))
		packList(p, c.Listed[g], func(p *packer, key *string) {
			i, _ := c.User(*key)
			p.num(i)
		})
	}
	return string(p.b)
}

// alike is what users have in common who are alike.
type alike struct {
	block  *config.Block
	groups []int32
}

func (l *loader) unpackLinked(data string) (diag.List, bool) {
	c, r := *l.config, &unpacker{s: data, blocks: &l.Memory.blocks}
	diags := unpackList(r, unpackDiag)
	inputs := unpackList(r, func(r *unpacker, in *config.Input) { *in = config.Input{File: r.text(), Digest: r.sum()} })
	docs := unpackList(r, func(r *unpacker, d *config.Document) { *d = config.Document{File: r.text(), Nth: r.num()} })
	r.files = len(docs)
	c.Org = unpackOrg(r)
	c.Org.At.File = r.file()
	c.Licenses = unpackList(r, func(r *unpacker, x *config.License) { *x = unpackLicense(r); x.At.File = r.file() })
	c.Profiles = unpackList(r, func(r *unpacker, x *config.Profile) { *x = unpackProfile(r); x.At.File = r.file() })
	c.Templates = unpackList(r, func(r *unpacker, x *config.Template) { *x = unpackTemplate(r); x.At.File = r.file() })
	c.Groups = unpackList(r, func(r *unpacker, x *config.Group) {
		*x = unpackGroup(r)
		x.Template, x.Members, x.At.File = int32(r.within(r.num()+1, len(c.Templates)+1)-1), r.num(), r.file()
	})
	c.Waivers = unpackList(r, func(r *unpacker, x *config.Waiver) { *x = unpackWaiver(r); x.At.File = r.file() })
	n := r.num()
	chunks := unpackList(r, unpackString)
	blocks := l.unpackBlocks(r)
	groups := unpackList(r, func(r *unpacker, list *[]int32) {
		*list = unpackList(r, func(r *unpacker, g *int32) { *g = int32(r.index(len(c.Groups))) })
	})
	alikes := unpackList(r, func(r *unpacker, a *alike) {
		b, g := r.index(len(blocks)), r.index(len(groups))
		if !r.failed {
			*a = alike{blocks[b], groups[g]}
		}
	})
	type listed struct {
		group int32
		users []int
	}
	lists := unpackList(r, func(r *unpacker, x *listed) {
		*x = listed{int32(r.index(len(c.Groups))), unpackList(r, func(r *unpacker, user *int) { *user = r.index(n) })}
	})
	if r.failed || r.s != "" || n < 0 || n > len(data) || len(chunks) != (n+chunk-1)/chunk || len(inputs) != len(l.yaml) {
		return nil, false
	}
	c.Users = make([]config.User, n)
	numbers := make([]int32, n)
	if !unpackLinkedUsers(chunks, c.Users, numbers, alikes, len(docs)) {
		return nil, false
	}
	c.Listed = make(map[int32][]string, len(lists))
	for _, x := range lists {
		for _, user := range x.users {
			c.Listed[x.group] = append(c.Listed[x.group], c.Users[user].Key)
		}
	}
	c.NumberAlike(numbers)
	c.Sources.Docs = docs
	c.Stats.Blocks = len(blocks)
	l.inputs = append(l.inputs, inputs...)
	*l.config = c
	return diags, true
}

// unpackBlocks reads a list of packed blocks, on all workers.
func (l *loader) unpackBlocks(r *unpacker) []*config.Block {
	packed := unpackList(r, unpackString)
	blocks := make([]*config.Block, len(packed))
	var failed atomic.Bool
	var wg sync.WaitGroup
	workers := min(l.Workers, len(packed))
	for w := range workers {
		wg.Go(func() {
			for i := w * len(packed) / workers; i < (w+1)*len(packed)/workers; i++ {
				block, ok := l.Memory.blocks.get(packed[i])
				if blocks[i] = block; !ok {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	r.failed = r.failed || failed.Load()
	return blocks
}

// unpackLinkedUsers fills users, and what tells who of them is alike, from the
// packed chunks, on all processors.
func unpackLinkedUsers(chunks []string, users []config.User, numbers []int32, alikes []alike, files int) bool {
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(chunks)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(chunks); i = int(next.Add(1)) - 1 {
				r := &unpacker{s: chunks[i], files: files}
				for n := i * chunk; n < min((i+1)*chunk, len(users)) && !r.failed; n++ {
					kind, u := r.index(len(alikes)), &users[n]
					r.address(u)
					u.At = r.place()
					u.At.File = r.file()
					if !r.failed {
						numbers[n], u.Block, u.Groups = int32(kind), alikes[kind].block, alikes[kind].groups
					}
				}
				if r.failed || r.s != "" {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	return !failed.Load()
}

// PackFindings writes what was found, and how many findings are waived, as a
// [Cache] keeps it. UnpackFindings reads it again; ok is false for other bytes.
func PackFindings(found diag.List, waived int) string {
	p := &packer{}
	p.text(packVersion)
	p.num(waived)
	packList(p, found, packDiag)
	return string(p.b)
}

// UnpackFindings reads what [PackFindings] wrote.
func UnpackFindings(data string) (found diag.List, waived int, ok bool) {
	r := &unpacker{s: data}
	same := r.text() == packVersion
	waived, found = r.num(), unpackList(r, unpackDiag)
	return found, waived, same && !r.failed && r.s == ""
}
