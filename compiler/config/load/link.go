package load

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/check"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/filekind"
	"callpolicy/compiler/identity"
	"callpolicy/compiler/syntax"
)

// linker puts units together: it finds what is defined twice, and what names
// something that is not there.
type linker struct {
	*config.Config
	memory  *Memory
	before  func() *config.Config // an earlier state of the project, nil where there is none
	diags   diag.List
	unread  bool                      // a policy file could not be read, so what is missing may well be in it
	broken  bool                      // the same of any file: somebody who is missing may be in the roster
	members []member                  // of groups that list them
	named   []string                  // the template that each group names, by group
	where   []int32                   // groups that have conditions
	blocks  map[*config.Block][]int32 // every block that somebody has, and the groups that follow from it alone

	quarantined []int           // users, given by index
	unreadable  map[string]bool // license columns of which no cell tells anything
	others      map[string]bool // groups of the roster that no policy file defines
	formerly    map[string]int  // users by the addresses that they had before; nil until it is asked for
	lastFile    string          // whose lines lastLines are
	lastLines   [][]byte
	guesses     guesses
	looks       int // how often a user was sought by likeness
}

// member is an address in the list of a group.
type member struct {
	group string
	listed
}

// link fills cfg from units, which are in the order of their files. It returns
// it, without those who must be quarantined, and the diagnostics of all units
// and of linking.
func link(cfg *config.Config, units []*unit, memory *Memory, before func() *config.Config) (*config.Config, diag.List) {
	l := &linker{Config: cfg, memory: memory, before: before, unread: cfg.Sources.Partial, others: map[string]bool{}}
	copies := make([]unit, len(units))
	for i, shared := range units {
		u := &copies[i]
		*u = *shared // another compilation may use it at this moment
		u.origin, u.doc = shared, int32(i)
		units[i] = u
		cfg.Sources.Docs = append(cfg.Sources.Docs, u.source)
		l.unread = l.unread || u.broken
		l.diags.Add(u.diags...)
		cfg.Faulty = cfg.Faulty || u.diags.HasErrors()
	}
	for _, f := range cfg.Sources.Rosters {
		cfg.Sources.Docs = append(cfg.Sources.Docs, config.Document{File: f.Name, Roster: f})
	}
	l.broken = l.unread || cfg.Sources.Lost
	cfg.Incomplete = l.broken
	l.org(units)
	l.entries(units)
	l.groups(units)
	merged := l.users(units)
	l.join()
	l.memberships()
	l.references()
	l.formerAddresses()
	memory.remember(units, merged)
	if len(l.quarantined) > 0 {
		return l.Quarantine(l.quarantined), l.diags
	}
	return cfg, l.diags
}

func (l *linker) org(units []*unit) {
	for _, u := range units {
		for _, o := range u.org {
			o.At.File = u.doc
			if l.Org.At.Line == 0 {
				l.Org = o
				continue
			}
			l.twice("org", "org", l.rangeAt(l.Org.At, "org"), l.rangeAt(o.At, "org"))
		}
	}
	if l.Org.At.Line == 0 {
		return
	}
	for i, d := range l.diags {
		if d.ID == diag.SchemaUnknownField && !strings.Contains(d.Path, ".") && d.Fix != nil && d.Fix.Edits[0].NewText == "org" {
			alone := *d // another compilation may use it at this moment
			alone.Fix = nil
			there := l.rangeAt(l.Org.At, "org")
			alone.Try("Did you mean org? That is there already, and everything of it stands in one place.").See(there, "org is written here")
			l.diags[i] = &alone
		}
	}
}

// rangeAt returns the range of the key of an entry at a place.
func (l *linker) rangeAt(at config.Place, section string, name ...string) diag.Range {
	var tree *syntax.Tree
	var key *syntax.Node
	if len(name) > 0 {
		tree, _, key = l.Sources.Entry(section, name[0], at)
	} else if tree = l.Sources.Tree(at.File); tree != nil {
		_, key = tree.Root.Get(section)
	}
	if key == nil {
		return diag.Range{}
	}
	return tree.Range(key)
}

// twice reports a second definition, unless it is the first one reached again:
// a CUE value may belong to several packages.
func (l *linker) twice(what, path string, first, second diag.Range) {
	if first.File == second.File && first.Start == second.Start {
		return
	}
	if second.Start.Compare(first.Start) < 0 && second.File == first.File || second.File < first.File {
		first, second = second, first
	}
	l.diags.Add(diag.New(diag.RefDuplicateDefinition, second, "%s is defined twice", what).At(path).
		Because("Each entry is defined in exactly one place, so that one look shows all of it.").
		Try("Merge the two, and delete one.").
		See(first, "first defined here"))
}

// gather collects the named entries of all units, sorted by name, each once.
func gather[T any](l *linker, units []*unit, section, what string, of func(*unit) []T, name func(*T) string, at func(*T) *config.Place) []T {
	var all []T
	for _, u := range units {
		for _, e := range of(u) {
			at(&e).File = u.doc
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b T) int { return cmp.Compare(name(&a), name(&b)) })
	out := all[:0]
	for i := range all {
		if n := len(out); n > 0 && name(&out[n-1]) == name(&all[i]) {
			key := name(&all[i])
			l.twice(what+" "+check.Quote(key), config.Path{section, key}.String(),
				l.rangeAt(*at(&out[n-1]), section, key), l.rangeAt(*at(&all[i]), section, key))
			continue
		}
		out = append(out, all[i])
	}
	return out
}

// withoutSection are the licenses that exist where none are defined.
var withoutSection = []config.License{
	{Name: "unifiedCM", Service: config.UnifiedCM, Purchased: -1},
	{Name: "webexCalling", Service: config.WebexCalling, Purchased: -1},
}

func (l *linker) entries(units []*unit) {
	l.Licenses = gather(l, units, "licenses", "license", func(u *unit) []config.License { return u.licenses },
		func(x *config.License) string { return x.Name }, func(x *config.License) *config.Place { return &x.At })
	if !slices.ContainsFunc(units, func(u *unit) bool { return u.hasLicenses }) && !l.unread {
		l.Licenses = slices.Clone(withoutSection)
	}
	l.Profiles = gather(l, units, "ucManagerProfiles", "UC Manager profile", func(u *unit) []config.Profile { return u.profiles },
		func(x *config.Profile) string { return x.Name }, func(x *config.Profile) *config.Place { return &x.At })
	l.Templates = gather(l, units, "templates", "calling template", func(u *unit) []config.Template { return u.templates },
		func(x *config.Template) string { return x.Name }, func(x *config.Template) *config.Place { return &x.At })
	for _, u := range units {
		for _, w := range u.waivers {
			w.At.File = u.doc
			l.Waivers = append(l.Waivers, w)
		}
	}
	l.ranks()
}

// ranks sorts templates by rank, which must differ.
func (l *linker) ranks() {
	slices.SortFunc(l.Templates, func(a, b config.Template) int { return config.CompareRank(a.Rank, a.Name, b.Rank, b.Name) })
	for i := 1; i < len(l.Templates); i++ {
		a, b := &l.Templates[i-1], &l.Templates[i]
		if a.Rank != b.Rank || a.Rank < 1 { // zero: the rank itself is at fault
			continue
		}
		l.diags.Add(diag.New(diag.RefDuplicateRank, l.Range("templates", b.Name, "rank"), "the templates %s and %s have the same rank, %d", a.Name, b.Name, a.Rank).
			At(config.Path{"templates", b.Name, "rank"}.String()).
			Because("A user in several groups gets the template with the highest rank, which is the smallest number. With equal ranks nobody could say which.").
			Try("Give each template its own rank. The most restrictive one should come first.").
			See(l.Range("templates", a.Name, "rank"), "the same rank is given here"))
	}
}

func (l *linker) groups(units []*unit) {
	all := gather(l, units, "groups", "group", func(u *unit) []group { return u.groups },
		func(x *group) string { return x.Name }, func(x *group) *config.Place { return &x.At })
	for _, g := range all {
		if len(g.Where) > 0 {
			l.where = append(l.where, int32(len(l.Groups)))
		}
		l.Groups = append(l.Groups, g.Group)
		l.named = append(l.named, g.template)
		for _, m := range g.members {
			l.members = append(l.members, member{g.Name, m})
		}
	}
	for i, name := range l.named {
		if name == "" {
			continue
		}
		if t := l.Template(name); t >= 0 {
			l.Groups[i].Template = int32(t)
			continue
		}
		l.unknown(diag.RefUnknownTemplate, "calling template", name,
			nearestOf(&l.guesses, name, l.Templates, func(t *config.Template) string { return t.Name }), len(l.Templates),
			"groups", l.Groups[i].Name, "template")
	}
}

// unknown reports a name that leads nowhere, unless a file that could not be
// read may define it: then it returns nil.
func (l *linker) unknown(id diag.ID, what, name, near string, there int, path ...string) *diag.Diagnostic {
	if l.unread || l.broken && id == diag.RefUnknownUser {
		l.Withheld++
		return nil
	}
	at, anchor := l.Locate(path, false)
	d := diag.New(id, at, "there is no %s called %s", what, check.Quote(name)).At(config.Path(path).String())
	d.See(anchor, check.WrittenHere)
	switch {
	case near != "":
		d.Try("Did you mean %s?", near)
		if filekind.Of(at.File) != filekind.CUE && anchor.IsZero() && at.Start.Line == at.End.Line {
			edit := at
			edit.Text = ""
			d.Mend("Write "+near, diag.Edit{Range: edit, NewText: near})
		}
		if section, ok := sections[what]; ok {
			d.See(l.KeyRange(section, near), "%s is defined here", near)
		}
	case there == 0:
		d.Try("None is defined yet. Add it under %s.", sections[what])
	default:
		d.Try("Correct the name, or define it under %s.", sections[what])
	}
	l.diags.Add(d)
	return d
}

// unknownItem is unknown for an item of a list, where the name that was
// probably meant may be listed as well.
func (l *linker) unknownItem(id diag.ID, what, name, near string, there int, items []string, path ...string) {
	d := l.unknown(id, what, name, near, there, path...)
	if d != nil && near != "" && slices.Contains(items, near) {
		d.Fix = nil
		d.Try("Did you mean %s? That is listed already, so remove this one.", near)
	}
}

var sections = map[string]string{
	"calling template": "templates", "group": "groups", "user": "users",
	"UC Manager profile": "ucManagerProfiles", "license": "licenses",
}

// users gathers everybody, sorted by address. It returns what may be remembered
// of it once all is linked.
func (l *linker) users(units []*unit) []config.User {
	l.Users = l.memory.merged(units)
	twice := false
	for i := 1; i < len(l.Users) && !twice; i++ {
		twice = l.Users[i-1].Key == l.Users[i].Key
	}
	if !twice {
		return l.Users
	}
	out := l.Users[:0]
	for i := range l.Users {
		if n := len(out); n > 0 && out[n-1].Key == l.Users[i].Key {
			first, second := out[n-1], l.Users[i]
			l.twice("user "+check.Quote(second.Address), config.Path{"users", second.Address}.String(),
				l.rangeAt(first.At, "users", first.Address), l.rangeAt(second.At, "users", second.Address))
			continue
		}
		out = append(out, l.Users[i])
	}
	l.Users = out
	return nil
}

// memberships finds the groups of each user: those that the user lists, those
// that list the user, and those whose conditions fit.
func (l *linker) memberships() {
	var listed []membership      // by groups, and by the roster
	lost := map[[2]string]bool{} // group and address of members who are nobody
	for _, m := range l.members {
		g, _ := l.Group(m.group)
		if u, ok := l.User(m.address); ok {
			listed = append(listed, membership{user: int32(u), group: int32(g)})
			continue
		}
		key := [2]string{m.group, identity.Address(m.address)}
		if lost[key] {
			continue // listed twice, which has been reported
		}
		lost[key] = true
		if l.Roster.People > 0 && !l.broken {
			if u, ok := l.movedTo(m.address); ok {
				listed = append(listed, membership{user: int32(u), group: int32(g)})
			} else {
				l.leftGroup(m, strconv.Itoa(m.index))
			}
			continue
		}
		near := l.nearestUser(m.address)
		var others []string
		for i := range l.members {
			if near != "" && l.members[i].group == m.group {
				others = append(others, l.members[i].address)
			}
		}
		l.unknownItem(diag.RefUnknownUser, "user", m.address, near, len(l.Users), others, "groups", m.group, "members", strconv.Itoa(m.index))
	}
	listed = l.rosterMembers(listed)
	l.blocks = map[*config.Block][]int32{}
	interned := map[string][]int32{} // equal lists are one
	var scratch []byte
	var more []int32
	intern := func(groups []int32) []int32 {
		slices.Sort(groups)
		groups = slices.Compact(groups)
		scratch = scratch[:0]
		for _, g := range groups {
			scratch = binary.LittleEndian.AppendUint32(scratch, uint32(g))
		}
		if have, ok := interned[string(scratch)]; ok {
			return have
		}
		groups = slices.Clone(groups)
		interned[string(scratch)] = groups
		return groups
	}
	for i := range l.Users {
		u := &l.Users[i]
		groups, ok := l.blocks[u.Block]
		if !ok {
			groups = intern(l.ofBlock(u.Block))
			l.blocks[u.Block] = groups
		}
		if n := listedFor(listed, i); n > 0 {
			more = append(more[:0], groups...)
			for _, m := range listed[:n] {
				more = append(more, m.group)
			}
			listed = listed[n:]
			groups = intern(more)
		}
		u.Groups = groups
		for _, g := range groups {
			l.Groups[g].Members++
		}
	}
	l.Stats.Blocks = len(l.blocks)
	l.attributes(l.blocks)
}

// ofBlock returns the groups that follow from what is written about a user.
func (l *linker) ofBlock(b *config.Block) []int32 {
	var groups []int32
	for _, name := range b.InGroups {
		if g, ok := l.Group(name); ok {
			groups = append(groups, int32(g))
		}
	}
	for _, g := range l.where {
		if l.Groups[g].Fits(b.Attribute) {
			groups = append(groups, g)
		}
	}
	return groups
}

// nearestUser looks for an address that was probably meant. Among very many
// people that would take long and find chance likenesses, and where very many
// are unknown nobody reads what each of them might have been.
func (l *linker) nearestUser(address string) string {
	if len(l.Users) > 5000 || l.looks > 100 {
		return ""
	}
	l.looks++
	return nearestOf(&l.guesses, address, l.Users, func(u *config.User) string { return u.Address })
}

// references checks the names in settings and blocks. A block is checked once;
// only a faulty one is reported for each user who has it.
func (l *linker) references() {
	l.profileOf(l.Org.Settings, "org")
	for i := range l.Templates {
		l.profileOf(l.Templates[i].Settings, "templates", l.Templates[i].Name)
	}
	bad := map[*config.Block]bool{}
	for b := range l.blocks {
		if !l.refersWell(b) {
			bad[b] = true
		}
	}
	var faulty []*config.User
	for i := range l.Users {
		if len(bad) == 0 {
			break
		}
		if u := &l.Users[i]; bad[u.Block] {
			faulty = append(faulty, u)
		}
	}
	// To show a place, its file is parsed again: file by file, each is once.
	slices.SortStableFunc(faulty, func(a, b *config.User) int { return cmp.Compare(a.At.File, b.At.File) })
	for _, u := range faulty {
		l.blockReferences(u)
	}
	for i, w := range l.Waivers {
		l.forWhom(i, &w)
		if w.Group != "" {
			if _, ok := l.Group(w.Group); !ok {
				l.unknown(diag.RefUnknownGroup, "group", w.Group, l.nearestGroup(w.Group), len(l.Groups), "waivers", strconv.Itoa(i), "group")
			}
		}
		if w.User != "" {
			if _, ok := l.User(w.User); !ok {
				l.unknown(diag.RefUnknownUser, "user", w.User, l.nearestUser(w.User), len(l.Users), "waivers", strconv.Itoa(i), "user")
			}
		}
	}
}

// forWhom reports a waiver, given by index, that is for nobody, or for both a
// user and a group.
func (l *linker) forWhom(i int, w *config.Waiver) {
	tree := l.Sources.Tree(w.At.File)
	if tree == nil {
		return
	}
	waivers, _ := tree.Root.Get("waivers")
	n := config.ItemAt(waivers, w.At)
	if n == nil || n.Kind != syntax.Map {
		return
	}
	path := config.Path{"waivers", strconv.Itoa(i)}
	user, _ := n.Get("user")
	group, key := n.Get("group")
	switch {
	case user != nil && group != nil:
		l.diags.Add(diag.New(diag.SchemaBadValue, tree.Range(key), "group does not go with user").
			At(append(path, "group").String()).
			Because("A waiver is for one user, or for the members of a group.").
			Try("Keep one of the two, and write a waiver of its own for the other."))
	case user == nil && group == nil:
		l.diags.Add(diag.New(diag.SchemaMissingField, tree.Range(n), "item %d of waivers needs user or group", i+1).At(path.String()).
			Because("A waiver is for one user, or for the members of a group.").
			Try("Add user, with an address, or group, with the name of a group."))
	}
}

func (l *linker) nearestGroup(name string) string {
	return nearestOf(&l.guesses, name, l.Groups, func(g *config.Group) string { return g.Name })
}

func (l *linker) refersWell(b *config.Block) bool {
	for _, name := range b.Licenses {
		if _, ok := l.License(name); !ok {
			return false
		}
	}
	for _, name := range b.InGroups {
		if _, ok := l.Group(name); !ok {
			return false
		}
	}
	return l.profilesKnown(b.Own)
}

func (l *linker) profilesKnown(s config.Settings) bool {
	for _, choice := range s.Behavior {
		if _, ok := l.Profile(choice.Profile); !ok && choice.Profile != "" {
			return false
		}
	}
	return true
}

func (l *linker) blockReferences(u *config.User) {
	again := slices.Contains[[]string] // what is listed twice has been reported as that
	for i, name := range u.Licenses {
		if l.unread && len(l.Licenses) == 0 && slices.ContainsFunc(withoutSection, func(x config.License) bool { return x.Name == name }) {
			continue // it leads to one of these, unless a file that could not be read defines licenses
		}
		if _, ok := l.License(name); !ok && !again(u.Licenses[:i], name) {
			likely, _ := l.LicenseCalled(name) // Control Hub's name for it, where its key is meant
			if likely == "" {
				likely = nearestOf(&l.guesses, name, l.Licenses, func(x *config.License) string { return x.Name })
			}
			l.unknownItem(diag.RefUnknownLicense, "license", name, likely,
				len(l.Licenses), u.Licenses, "users", u.Address, "licenses", l.index(u, "licenses", i))
		}
	}
	for i, name := range u.InGroups {
		if _, ok := l.Group(name); !ok && !again(u.InGroups[:i], name) {
			l.unknownItem(diag.RefUnknownGroup, "group", name, l.nearestGroup(name), len(l.Groups), u.InGroups, "users", u.Address, "groups", l.index(u, "groups", i))
		}
	}
	l.profileOf(u.Own, "users", u.Address)
}

// index returns where in a list of a user the nth text is: what is no text has
// been reported, and left out.
func (l *linker) index(u *config.User, field string, nth int) string {
	if _, written, _ := l.Sources.Entry("users", u.Address, u.At); written != nil && !l.broken {
		items, _ := written.Get(field)
		left := nth
		for i := 0; items != nil && i < len(items.Items); i++ {
			if items.Items[i].Kind != syntax.String {
				continue
			}
			if left == 0 {
				return strconv.Itoa(i)
			}
			left--
		}
	}
	return strconv.Itoa(nth)
}

func (l *linker) profileOf(s config.Settings, path ...string) {
	for i, choice := range s.Behavior {
		if choice.Profile == "" {
			continue
		}
		if _, ok := l.Profile(choice.Profile); !ok {
			l.unknown(diag.RefUnknownProfile, "UC Manager profile", choice.Profile,
				nearestOf(&l.guesses, choice.Profile, l.Profiles, func(p *config.Profile) string { return p.Name }), len(l.Profiles),
				append(slices.Clone(path), "callingBehavior", config.Services[i].String(), "ucManagerProfile")...)
		}
	}
}
