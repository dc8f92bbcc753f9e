package load

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
)

// A packed file is a plain sequence of numbers and texts, in the order in which
// the functions below write and read them. There is no version in it: the key
// under which it is kept has one, packVersion, which changes with any of them
// and with whatever changes what parsing makes of a file.

const packVersion = "5"

// packer writes. Numbers are varints, texts have their length before them.
type packer struct{ b []byte }

func (p *packer) num(n int)             { p.bits(int64(n)) }
func (p *packer) bits(n int64)          { p.b = binary.AppendVarint(p.b, n) }
func (p *packer) text(s string)         { p.num(len(s)); p.b = append(p.b, s...) }
func (p *packer) place(at config.Place) { p.num(int(at.Line)); p.num(int(at.Col)) }
func (p *packer) file(at config.Place)  { p.num(int(at.File)) }
func (p *packer) pos(at diag.Pos)       { p.num(at.Line); p.num(at.Column) }

// address writes who a user is. Most people write addresses in lower case, and
// need no second text.
func (p *packer) address(u *config.User) {
	p.text(u.Address)
	if u.Key == u.Address {
		p.text("")
	} else {
		p.text(u.Key)
	}
}

func (p *packer) flag(b bool) {
	n := 0
	if b {
		n = 1
	}
	p.num(n)
}

// unpacker reads, and fails once for all on bytes that packer did not write.
// What it returns after that is of no meaning. Texts are pieces of the whole, so
// that a million addresses are no allocation.
type unpacker struct {
	s      string
	failed bool
	blocks *blocks
	files  int // how many there are, for numbers of them
}

func (u *unpacker) num() int { return int(u.bits()) }

func (u *unpacker) bits() int64 {
	var x uint64
	for i := 0; i < len(u.s) && i < binary.MaxVarintLen64; i++ {
		c := u.s[i]
		x |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			u.s = u.s[i+1:]
			return int64(x>>1) ^ -int64(x&1)
		}
	}
	u.s, u.failed = "", true
	return 0
}

func (u *unpacker) text() string {
	n := u.num()
	if n < 0 || n > len(u.s) {
		u.s, u.failed = "", true
		return ""
	}
	text := u.s[:n]
	u.s = u.s[n:]
	return text
}

func (u *unpacker) flag() bool { return u.num() != 0 }
func (u *unpacker) place() config.Place {
	return config.Place{Line: int32(u.num()), Col: int32(u.num())}
}
func (u *unpacker) pos() diag.Pos   { return diag.Pos{Line: u.num(), Column: u.num()} }
func (u *unpacker) index(n int) int { return u.within(u.num(), n) }
func (u *unpacker) file() int32     { return int32(u.index(u.files)) }

func (u *unpacker) address(user *config.User) {
	user.Address, user.Key = u.text(), u.text()
	if user.Key == "" {
		user.Key = user.Address
	}
}

func (u *unpacker) sum() (sum [sha256.Size]byte) {
	if len(u.s) < len(sum) {
		u.s, u.failed = "", true
		return sum
	}
	copy(sum[:], u.s)
	u.s = u.s[len(sum):]
	return sum
}

// within returns i if it is an index below n.
func (u *unpacker) within(i, n int) int {
	if i < 0 || i >= n {
		u.failed = true
		return 0
	}
	return i
}

// packList and unpackList are of lists, nil and empty ones told apart.
func packList[T any](p *packer, list []T, one func(*packer, *T)) {
	if list == nil {
		p.num(-1)
		return
	}
	p.num(len(list))
	for i := range list {
		one(p, &list[i])
	}
}

func unpackList[T any](u *unpacker, one func(*unpacker, *T)) []T {
	n := u.num()
	if n < 0 {
		return nil
	}
	// Every item takes a byte at least: a wrong count reserves no memory.
	if n > len(u.s) {
		u.failed = true
		return nil
	}
	list := make([]T, n)
	for i := range list {
		if u.failed {
			return nil
		}
		one(u, &list[i])
	}
	return list
}

func packString(p *packer, s *string)     { p.text(*s) }
func unpackString(u *unpacker, s *string) { *s = u.text() }

// pack writes the units of a file. The sum is that of the file's content.
func pack(sum [sha256.Size]byte, units []*unit) string {
	p := &packer{b: slices.Clone(sum[:])}
	packList(p, units, func(p *packer, u **unit) { (*u).pack(p) })
	return string(p.b)
}

var errNotPacked = errors.New("these bytes are no packed file")

// unpack reads what pack wrote for the file. It accepts nothing else, but cannot
// notice every change: whoever keeps the bytes makes sure that they are intact.
func unpack(data, file string, blocks *blocks) ([]*unit, [sha256.Size]byte, error) {
	var sum [sha256.Size]byte
	if len(data) < len(sum) {
		return nil, sum, errNotPacked
	}
	copy(sum[:], data)
	r := &unpacker{s: data[len(sum):], blocks: blocks}
	units := unpackList(r, func(r *unpacker, u **unit) { *u = unpackUnit(r) })
	if r.failed || r.s != "" {
		return nil, sum, errNotPacked
	}
	for i, u := range units {
		u.source = config.Document{File: file, Nth: i}
	}
	return units, sum, nil
}

func (u *unit) pack(p *packer) {
	p.flag(u.broken)
	p.flag(u.hasLicenses)
	packList(p, u.diags, packDiag)
	packList(p, u.org, packOrg)
	packList(p, u.licenses, packLicense)
	packList(p, u.profiles, packProfile)
	packList(p, u.templates, packTemplate)
	packList(p, u.groups, func(p *packer, g *group) {
		packGroup(p, &g.Group)
		p.text(g.template)
		packList(p, g.members, func(p *packer, m *listed) { p.num(m.index); p.text(m.address) })
	})
	packList(p, u.waivers, packWaiver)
	u.packUsers(p)
}

func unpackUnit(r *unpacker) *unit {
	u := &unit{broken: r.flag(), hasLicenses: r.flag()}
	u.diags = unpackList(r, unpackDiag)
	u.org = unpackList(r, func(r *unpacker, o *config.Org) { *o = unpackOrg(r) })
	u.licenses = unpackList(r, func(r *unpacker, l *config.License) { *l = unpackLicense(r) })
	u.profiles = unpackList(r, func(r *unpacker, x *config.Profile) { *x = unpackProfile(r) })
	u.templates = unpackList(r, func(r *unpacker, t *config.Template) { *t = unpackTemplate(r) })
	u.groups = unpackList(r, func(r *unpacker, g *group) {
		g.Group, g.template = unpackGroup(r), r.text()
		g.members = unpackList(r, func(r *unpacker, m *listed) { *m = listed{r.num(), r.text()} })
	})
	u.waivers = unpackList(r, func(r *unpacker, w *config.Waiver) { *w = unpackWaiver(r) })
	u.unpackUsers(r)
	return u
}

// The entries of the sections, as they are written: without the files that they
// are in, and without what linking finds out about them.

func packOrg(p *packer, o *config.Org) {
	packSettings(p, &o.Settings)
	packLocks(p, o.Locks)
	p.place(o.At)
}

func unpackOrg(r *unpacker) config.Org {
	return config.Org{Settings: unpackSettings(r), Locks: unpackLocks(r), At: r.place()}
}

func packLicense(p *packer, l *config.License) {
	p.text(l.Name)
	p.num(int(l.Service))
	p.flag(l.Unsure)
	p.text(l.ControlHubName)
	p.num(l.Purchased)
	p.place(l.At)
}

func unpackLicense(r *unpacker) config.License {
	return config.License{Name: r.text(), Service: config.Service(r.index(len(config.Services) + 1)), Unsure: r.flag(), ControlHubName: r.text(), Purchased: r.num(), At: r.place()}
}

func packProfile(p *packer, x *config.Profile) {
	p.text(x.Name)
	p.text(x.VoiceServicesDomain)
	p.text(x.UDSServer)
	p.text(x.ID)
	p.place(x.At)
}

func unpackProfile(r *unpacker) config.Profile {
	return config.Profile{Name: r.text(), VoiceServicesDomain: r.text(), UDSServer: r.text(), ID: r.text(), At: r.place()}
}

func packTemplate(p *packer, t *config.Template) {
	p.text(t.Name)
	p.num(t.Rank)
	p.text(t.Description)
	packSettings(p, &t.Settings)
	packLocks(p, t.Locks)
	p.place(t.At)
}

func unpackTemplate(r *unpacker) config.Template {
	return config.Template{Name: r.text(), Rank: r.num(), Description: r.text(), Settings: unpackSettings(r), Locks: unpackLocks(r), At: r.place()}
}

func packGroup(p *packer, g *config.Group) {
	p.text(g.Name)
	packList(p, g.Where, func(p *packer, c *config.Condition) { p.text(c.Attribute); packList(p, c.Values, packString) })
	packMigration(p, g.Migration)
	p.place(g.At)
}

func unpackGroup(r *unpacker) config.Group {
	return config.Group{
		Name: r.text(), Template: -1,
		Where: unpackList(r, func(r *unpacker, c *config.Condition) {
			*c = config.Condition{Attribute: r.text(), Values: unpackList(r, unpackString)}
		}),
		Migration: unpackMigration(r), At: r.place(),
	}
}

func packWaiver(p *packer, w *config.Waiver) {
	for _, s := range []string{w.Rule, w.User, w.Group, w.Reason, w.Owner, w.Expires} {
		p.text(s)
	}
	p.place(w.At)
}

func unpackWaiver(r *unpacker) config.Waiver {
	return config.Waiver{Rule: r.text(), User: r.text(), Group: r.text(), Reason: r.text(), Owner: r.text(), Expires: r.text(), At: r.place()}
}

// packUsers writes the distinct blocks, and then a few bytes for each user.
// Users come by address, so that no later run need sort them again.
func (u *unit) packUsers(p *packer) {
	order := make([]int32, len(u.users))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(strings.Compare(u.users[a].Key, u.users[b].Key), cmp.Compare(a, b))
	})
	var blocks, one packer
	seen := map[*config.Block]int{} // blocks that were met, and
	same := map[string]int{}        // their packed forms: equal ones of two users are one
	for _, i := range order {
		b := u.users[i].Block
		if _, ok := seen[b]; ok {
			continue
		}
		one.b = one.b[:0]
		packBlock(&one, b)
		n, ok := same[string(one.b)]
		if !ok {
			n = len(same)
			same[string(one.b)] = n
			blocks.text(string(one.b))
		}
		seen[b] = n
	}
	p.num(len(same))
	p.b = append(p.b, blocks.b...)
	p.num(len(order))
	p.b = slices.Grow(p.b, 48*len(order)) // bytes for each, about
	for _, i := range order {
		user := &u.users[i]
		p.address(user)
		p.num(seen[user.Block])
		p.place(user.At)
	}
}

func (u *unit) unpackUsers(r *unpacker) {
	blocks := unpackList(r, unpackShared)
	n := r.num()
	if n < 0 || n > len(r.s) {
		r.failed = true
		return
	}
	u.users = make([]config.User, n)
	for i := range u.users {
		user := &u.users[i]
		r.address(user)
		block := r.index(len(blocks))
		user.At = r.place()
		if r.failed || i > 0 && u.users[i-1].Key > user.Key {
			r.failed = true
			return
		}
		user.Block = blocks[block]
	}
}

func packBlock(p *packer, b *config.Block) {
	packList(p, b.Licenses, packString)
	packList(p, b.InGroups, packString)
	packSettings(p, &b.Own)
	packList(p, b.Attributes, func(p *packer, a *config.Attribute) { p.text(a.Name); p.text(a.Value) })
	packMigration(p, b.Migration)
	packList(p, b.Previously, packString)
}

// unpackShared reads the packed form of a block, and gives the one block that
// all have who have the same.
func unpackShared(r *unpacker, b **config.Block) {
	var ok bool
	if *b, ok = r.blocks.get(r.text()); !ok {
		r.failed = true
	}
}

func unpackBlock(r *unpacker) *config.Block {
	return &config.Block{
		Licenses: unpackList(r, unpackString), InGroups: unpackList(r, unpackString), Own: unpackSettings(r),
		Attributes: unpackList(r, func(r *unpacker, a *config.Attribute) { *a = config.Attribute{Name: r.text(), Value: r.text()} }),
		Migration:  unpackMigration(r), Previously: unpackList(r, unpackString),
	}
}

func packSettings(p *packer, s *config.Settings) {
	for i := range s.Behavior {
		c := &s.Behavior[i]
		p.text(c.App)
		p.text(c.Profile)
		p.flag(c.EmailDomain)
	}
	p.bits(int64(s.InCall.Set))
	p.bits(int64(s.InCall.On))
}

func unpackSettings(r *unpacker) (s config.Settings) {
	for i := range s.Behavior {
		s.Behavior[i] = config.Choice{App: r.text(), Profile: r.text(), EmailDomain: r.flag()}
	}
	s.InCall = config.Toggles{Set: uint64(r.bits()), On: uint64(r.bits())}
	return s
}

func packLocks(p *packer, locks []config.Lock) {
	packList(p, locks, func(p *packer, l *config.Lock) { p.text(l.Setting); p.flag(l.OffOnly) })
}

func unpackLocks(r *unpacker) []config.Lock {
	return unpackList(r, func(r *unpacker, l *config.Lock) { *l = config.Lock{Setting: r.text(), OffOnly: r.flag()} })
}

func packMigration(p *packer, m *config.Migration) {
	p.flag(m != nil)
	if m != nil {
		p.text(m.CompleteBy)
		p.flag(m.WebexCallingReady)
	}
}

func unpackMigration(r *unpacker) *config.Migration {
	if !r.flag() {
		return nil
	}
	return &config.Migration{CompleteBy: r.text(), WebexCallingReady: r.flag()}
}

func packDiag(p *packer, one **diag.Diagnostic) {
	d := *one
	p.text(d.ID.String())
	p.num(int(d.Severity))
	for _, s := range []string{d.Summary, d.Detail, d.Hint, d.Path} {
		p.text(s)
	}
	p.num(d.Users)
	packList(p, d.Examples, packString)
	packRange(p, &d.Subject)
	packList(p, d.Related, func(p *packer, r *diag.Related) { p.text(r.Message); packRange(p, &r.Range) })
	p.flag(d.Fix != nil)
	if d.Fix != nil {
		p.text(d.Fix.Title)
		packList(p, d.Fix.Edits, func(p *packer, e *diag.Edit) { packRange(p, &e.Range); p.text(e.NewText) })
	}
}

func unpackDiag(r *unpacker, one **diag.Diagnostic) {
	d := &diag.Diagnostic{}
	// It accepts every name; those of the program's own rules are known to it.
	_ = d.ID.UnmarshalText([]byte(r.text()))
	d.Severity = diag.Severity(r.index(int(diag.Off) + 1))
	d.Summary, d.Detail, d.Hint, d.Path = r.text(), r.text(), r.text(), r.text()
	d.Users, d.Examples = r.num(), unpackList(r, unpackString)
	d.Subject = unpackRange(r)
	d.Related = unpackList(r, func(r *unpacker, x *diag.Related) { *x = diag.Related{Message: r.text(), Range: unpackRange(r)} })
	if r.flag() {
		d.Fix = &diag.Fix{Title: r.text()}
		d.Fix.Edits = unpackList(r, func(r *unpacker, e *diag.Edit) { *e = diag.Edit{Range: unpackRange(r), NewText: r.text()} })
	}
	*one = d
}

func packRange(p *packer, r *diag.Range) {
	p.text(r.File)
	p.pos(r.Start)
	p.pos(r.End)
	p.text(r.Text)
}

func unpackRange(r *unpacker) diag.Range {
	return diag.Range{File: r.text(), Start: r.pos(), End: r.pos(), Text: r.text()}
}
