package load_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax/cue"
)

// TestPlantedFaults writes policy repositories in which everything is in order,
// in block and flow style, with quotes, comments and CRLF as they come, plants
// some faults in them at known places, and requires exactly those faults at
// exactly those places. Then it applies every fix and requires that the faults
// that have one are gone, and no other has come.
func TestPlantedFaults(t *testing.T) {
	cases := 2000 // some eight thousand files
	switch {
	case testing.Short():
		cases = 300
	case load.RaceBuild: // what it watches for is the same in each case, and each takes ten times as long
		cases = 400
	}
	planted, offered := map[string]int{}, 0
	for seed := range cases {
		p := newPlanter(uint64(seed))
		for range p.IntN(9) {
			i := p.IntN(len(faults))
			if f := faults[i]; f.plant(p) {
				planted[f.name]++
			}
		}
		files, want := p.write()
		got := loaded(t, files)
		for i, w := range want {
			if w.id == diag.LintDuplicateItem { // where a comment stands between, nothing is offered
				want[i].fixable = slices.ContainsFunc(got, func(d *diag.Diagnostic) bool {
					return d.ID == w.id && d.Subject.File == w.file && d.Subject.Start == w.start && d.Fix != nil
				})
				offered += len(cond(want[i].fixable, "x", ""))
			}
		}
		if diff := compareFaults(want, got); diff != "" {
			t.Fatalf("seed %d:\n%s\n%s", seed, diff, dump(files))
		}
		mended, left := applyFixes(files, got), []string{}
		for _, w := range want {
			if !w.fixable {
				left = append(left, w.id.String())
			}
		}
		for _, hidden := range p.hidden {
			left = append(left, hidden.id.String())
		}
		var after []string
		for _, d := range loaded(t, mended) {
			after = append(after, d.ID.String())
		}
		slices.Sort(left)
		slices.Sort(after)
		if !slices.Equal(left, after) {
			t.Fatalf("seed %d: after the fixes there are %v, and there should be %v\n%s\nwhich were\n%s", seed, after, left, dump(mended), dump(files))
		}
	}
	if offered < cases/50 {
		t.Errorf("a fix of a double item was offered %d times", offered)
	}
	for _, f := range faults {
		if planted[f.name] < cases/100 {
			t.Errorf("%s was planted %d times", f.name, planted[f.name])
		}
	}
}

func loaded(tb testing.TB, files map[string]string) diag.List {
	tb.Helper()
	_, diags := loadConfig(tb, files, 0)
	return diags
}

func loadConfig(tb testing.TB, files map[string]string, workers int) (*config.Config, diag.List) {
	tb.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	cfg, diags, err := load.Load(tb.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess(), Workers: workers})
	if err != nil {
		tb.Fatal(err)
	}
	return cfg, diags
}

// expected is a fault that was planted.
type expected struct {
	id         diag.ID
	file       string
	start, end diag.Pos
	fixable    bool
}

func (e expected) String() string {
	return fmt.Sprintf("%s:%d:%d-%d %s", e.file, e.start.Line, e.start.Column, e.end.Column, e.id)
}

func compareFaults(want []expected, got diag.List) string {
	var wants, gots []string
	for _, w := range want {
		wants = append(wants, w.String()+cond(w.fixable, " fix", ""))
	}
	for _, d := range got {
		e := expected{id: d.ID, file: d.Subject.File, start: d.Subject.Start, end: d.Subject.End}
		gots = append(gots, e.String()+cond(d.Fix != nil, " fix", ""))
	}
	var b strings.Builder
	for _, w := range wants {
		if !slices.Contains(gots, w) {
			fmt.Fprintln(&b, "missing:", w)
		}
	}
	for i, g := range gots {
		if !slices.Contains(wants, g) {
			fmt.Fprintln(&b, "too many:", g, got[i].Summary)
		}
	}
	if b.Len() == 0 && len(wants) != len(gots) {
		fmt.Fprintf(&b, "%d faults, and %d were planted", len(gots), len(wants))
	}
	return b.String()
}

func cond(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}

func dump(files map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "-- %s --\n%s", name, files[name])
	}
	return b.String()
}

// applyFixes changes what the fixes name, and no other byte.
func applyFixes(files map[string]string, diags diag.List) map[string]string {
	var edits []diag.Edit
	for _, d := range diags {
		if d.Fix != nil {
			edits = append(edits, d.Fix.Edits...)
		}
	}
	slices.SortFunc(edits, func(a, b diag.Edit) int { return b.Start.Compare(a.Start) })
	mended := map[string]string{}
	for name, text := range files {
		text, marked := strings.CutPrefix(text, "\ufeff") // the mark belongs to no line
		starts := []int{0}
		for i := range len(text) {
			if text[i] == '\n' {
				starts = append(starts, i+1)
			}
		}
		offset := func(p diag.Pos) int { return starts[p.Line-1] + p.Column - 1 }
		for _, e := range edits {
			if e.File == name {
				text = text[:offset(e.Start)] + e.NewText + text[offset(e.End):]
			}
		}
		mended[name] = cond(marked, "\ufeff", "") + text
	}
	return mended
}

// A node of a file that is to be written. What is expected of it is said where
// the fault is planted; its place is known when it is written.
type node struct {
	kind  byte   // '{', '[' or 's'
	raw   string // of a scalar: as it is written
	items []pair
	at    *mark // the fault at this value
	used  bool  // a fault is planted in here, and another one would meet it
}

type pair struct {
	key   string // as it is written; empty in lists
	value *node
	at    *mark // the fault at this key
}

type mark struct {
	id      diag.ID
	fixable bool
}

func scalar(raw string) *node { return &node{kind: 's', raw: raw} }

func list(raws ...string) *node {
	n := &node{kind: '['}
	for _, raw := range raws {
		n.items = append(n.items, pair{value: scalar(raw)})
	}
	return n
}

func mapping(pairs ...any) *node {
	n := &node{kind: '{'}
	for i := 0; i < len(pairs); i += 2 {
		value, ok := pairs[i+1].(*node)
		if !ok {
			value = scalar(fmt.Sprint(pairs[i+1]))
		}
		n.items = append(n.items, pair{key: fmt.Sprint(pairs[i]), value: value})
	}
	return n
}

func (n *node) clone() *node {
	c := &node{kind: n.kind, raw: n.raw}
	for _, item := range n.items {
		c.items = append(c.items, pair{key: item.key, value: item.value.clone()})
	}
	return c
}

func (n *node) index(key string) int {
	return slices.IndexFunc(n.items, func(p pair) bool { return p.key == key })
}

func (n *node) get(key string) *node {
	if i := n.index(key); i >= 0 {
		return n.items[i].value
	}
	return nil
}

// planter holds a repository and where faults can be planted in it.
type planter struct {
	*rand.Rand
	files map[string]*node
	names []string // of the files, in order

	structs   []*node // mappings with fields that the schema knows
	calls     []*node // the callingBehavior of somebody
	toggles   []*node // an inCall
	templates []*node
	ranks     []*node // the mapping of all templates, in each file
	groups    []*node
	people    []*node // the mapping of all users, in each file
	users     []*node
	licenses  []*node
	waivers   []*node
	targets   []*node
	limits    []*node
	addresses []string
	hidden    []expected // faults that show once the fixes are made
	former    bool       // somebody has former addresses
	count     int
}

func newPlanter(seed uint64) *planter {
	p := &planter{Rand: rand.New(rand.NewPCG(seed, 7)), files: map[string]*node{}}
	org := p.entry(mapping("callingBehavior", p.behavior(), "inCall", p.inCall()))
	licenses := mapping()
	for _, name := range []string{"webexCalling", "unifiedCM"} {
		l := p.entry(mapping("service", name, "purchased", "500", "controlHubName", p.text()))
		p.licenses = append(p.licenses, l)
		licenses.items = append(licenses.items, pair{key: name, value: l})
	}
	profiles := mapping("amsterdam", p.entry(mapping("voiceServicesDomain", "ucm.company.example", "description", p.text())))
	p.files["policies/a-org.yaml"] = mapping("org", org, "licenses", licenses, "ucManagerProfiles", profiles)

	templates, groups := mapping(), mapping()
	for i := range 2 + p.IntN(3) {
		t := p.entry(mapping("rank", fmt.Sprint(10*(i+1)), "description", p.text(), "inCall", p.inCall()))
		p.templates = append(p.templates, t)
		templates.items = append(templates.items, pair{key: fmt.Sprintf("template-%d", i), value: t})
		g := p.entry(mapping("template", fmt.Sprintf("template-%d", i), "description", p.text(), "members", list()))
		p.groups = append(p.groups, g)
		groups.items = append(groups.items, pair{key: fmt.Sprintf("group-%d", i), value: g})
	}
	// What looks like a number is a name like any other, in quotes.
	templates.items = append(templates.items, pair{key: `"2024"`, value: mapping("rank", "5")}, pair{key: `'2027-03-01'`, value: mapping("rank", "6")})
	groups.items = append(groups.items, pair{key: "2024", value: mapping("template", `"2024"`)}, pair{key: "true", value: mapping()})
	p.ranks = append(p.ranks, templates)
	waivers := &node{kind: '['}
	for range p.IntN(3) {
		w := p.entry(mapping("rule", "lint.tel-loop", "group", "group-0", "reason", p.text(), "owner", "voice", "expires", "2027-03-01"))
		p.waivers = append(p.waivers, w)
		waivers.items = append(waivers.items, pair{value: w})
	}
	p.files["policies/groups.yml"] = mapping("templates", templates, "groups", groups, "waivers", waivers)

	for f := range 1 + p.IntN(3) {
		users := mapping()
		for range 1 + p.IntN(4) {
			p.count++
			address := fmt.Sprintf("u%04d@company.example", p.count)
			u := p.entry(mapping("licenses", list("webexCalling"), "groups", list("group-1"),
				"attributes", mapping("site", p.text()), "migration", p.entry(mapping("completeBy", "2027-03-01", "webexCallingReady", "true"))))
			if p.IntN(2) == 0 {
				u.items = append(u.items, pair{key: "callingBehavior", value: p.behavior()})
			}
			if p.IntN(2) == 0 {
				u.items = append(u.items, pair{key: "inCall", value: p.inCall()})
			}
			p.users = append(p.users, u)
			p.addresses = append(p.addresses, address)
			users.items = append(users.items, pair{key: address, value: u})
		}
		p.people = append(p.people, users)
		p.files[fmt.Sprintf("policies/users/%d.yaml", f)] = mapping("users", users)
	}
	for _, address := range p.addresses {
		members := pickOf(p, p.groups).get("members")
		members.items = append(members.items, pair{value: scalar(address)})
	}
	target, limit := p.entry(mapping("dir", "build/bundles", "layout", "tree")), p.entry(mapping("changedUsers", "30%", "ignoreBelow", "10"))
	p.targets, p.limits = append(p.targets, target), append(p.limits, limit)
	p.files["callpolicy.yaml"] = mapping("apiVersion", "callpolicy/v1", "edition", "classic", "organization", p.text(), "targets", mapping("local", target), "limits", limit)
	for name := range p.files {
		p.names = append(p.names, name)
	}
	slices.Sort(p.names)
	return p
}

// entry shuffles the fields of a mapping, and notes it.
func (p *planter) entry(n *node) *node {
	p.Shuffle(len(n.items), func(i, j int) { n.items[i], n.items[j] = n.items[j], n.items[i] })
	p.structs = append(p.structs, n)
	return n
}

func (p *planter) text() string {
	return pickOf(p, []string{"Reception", `"a, b: { c"`, "'it''s here'", "é ü 日本", `"quote \" in it"`, "desks with visitors", "x#y"})
}

func (p *planter) behavior() *node {
	b := p.entry(mapping("webexCalling", p.entry(mapping("app", "webexCallingApp")), "unifiedCM", p.unifiedCM()))
	p.calls = append(p.calls, b)
	return b
}

func (p *planter) unifiedCM() *node {
	return pickOf(p, []*node{
		mapping("app", "jabber"), mapping("app", "webex", "domain", "email"), mapping("ucManagerProfile", "amsterdam", "app", "webex"),
	})
}

func (p *planter) inCall() *node {
	n := p.entry(mapping("videoOnMobile", "true", "screenSharing", "false", "requestRemoteControl", "true", "videoOnDesktop", "false"))
	n.items = n.items[:1+p.IntN(4)]
	p.toggles = append(p.toggles, n)
	return n
}

func pickOf[T any](p *planter, from []T) T { return from[p.IntN(len(from))] }

// free returns a field of a mapping that no fault has been planted in, and takes it.
func (p *planter) free(from []*node, has string) *pair {
	if len(from) == 0 {
		return nil
	}
	n := pickOf(p, from)
	if n.used || has != "" && n.index(has) < 0 || len(n.items) == 0 {
		return nil
	}
	i := p.IntN(len(n.items))
	if has != "" {
		i = n.index(has)
	}
	if touched(n.items[i].value) {
		return nil
	}
	n.used = true
	return &n.items[i]
}

// touched says whether a fault is planted in a node.
func touched(n *node) bool {
	if n == nil || n.used || n.at != nil {
		return n != nil
	}
	return slices.ContainsFunc(n.items, func(p pair) bool { return p.at != nil || touched(p.value) })
}

// fault is a kind of fault. plant plants one somewhere, if there is room.
type fault struct {
	name  string
	plant func(p *planter) bool
}

// value makes a fault that replaces a value.
func value(name string, id diag.ID, fixable bool, from func(*planter) []*node, field string, raws ...string) fault {
	return fault{name, func(p *planter) bool {
		at := p.free(from(p), field)
		if at == nil {
			return false
		}
		at.value = scalar(pickOf(p, raws))
		at.value.at = &mark{id, fixable}
		return true
	}}
}

// item makes a fault that adds an item to a list.
func item(name string, id diag.ID, fixable bool, from func(*planter) []*node, field string, raws ...string) fault {
	return fault{name, func(p *planter) bool {
		at := p.free(from(p), field)
		if at == nil {
			return false
		}
		bad := scalar(pickOf(p, raws))
		bad.at = &mark{id, fixable}
		at.value.items = slices.Insert(at.value.items, p.IntN(len(at.value.items)+1), pair{value: bad})
		return true
	}}
}

// key makes a fault of a field: it is renamed.
func renamed(name string, id diag.ID, fixable bool, from func(*planter) []*node, field, to string) fault {
	return fault{name, func(p *planter) bool {
		at := p.free(from(p), field)
		if at == nil {
			return false
		}
		at.key, at.at = to, &mark{id, fixable}
		return true
	}}
}

// repeated makes a fault of a list: one of its items is there again.
func repeated(name string, from func(*planter) []*node, field string) fault {
	return fault{name, func(p *planter) bool {
		at := p.free(from(p), field)
		if at == nil || at.value.kind != '[' || len(at.value.items) == 0 {
			return false
		}
		i := p.IntN(len(at.value.items))
		again := scalar(at.value.items[i].value.raw)
		again.at = &mark{diag.LintDuplicateItem, true}
		at.value.items = slices.Insert(at.value.items, i+1+p.IntN(len(at.value.items)-i), pair{value: again})
		return true
	}}
}

// formerly returns a user to whom former addresses can be given. One in a
// repository is enough, as one former address may be the cause of another's.
func (p *planter) formerly() *pair {
	people := pickOf(p, p.people)
	user := &people.items[p.IntN(len(people.items))]
	if p.former || user.at != nil || user.value.kind != '{' || user.value.used || !slices.Contains(p.addresses, user.key) {
		return nil
	}
	p.former, user.value.used = true, true
	return user
}

// deleted makes a fault of an entry: it lacks a field.
func deleted(name string, holders func(*planter) []*node, field string) fault {
	return fault{name, func(p *planter) bool {
		holder := pickOf(p, holders(p))
		if holder.used || len(holder.items) == 0 {
			return false
		}
		entry := &holder.items[p.IntN(len(holder.items))]
		if entry.at != nil || touched(entry.value) || entry.value.index(field) < 0 {
			return false
		}
		i := entry.value.index(field)
		entry.value.items = slices.Delete(entry.value.items, i, i+1)
		entry.value.used, entry.at = true, &mark{diag.SchemaMissingField, false}
		return true
	}}
}

func templates(p *planter) []*node { return p.templates }
func groups(p *planter) []*node    { return p.groups }
func users(p *planter) []*node     { return p.users }
func calls(p *planter) []*node     { return p.calls }
func toggles(p *planter) []*node   { return p.toggles }
func licenses(p *planter) []*node  { return p.licenses }
func waivers(p *planter) []*node   { return p.waivers }
func targets(p *planter) []*node   { return p.targets }
func limits(p *planter) []*node    { return p.limits }
func allRanks(p *planter) []*node  { return p.ranks }

func migrations(p *planter) []*node {
	var out []*node
	for _, u := range p.users {
		if m := u.get("migration"); m != nil && m.kind == '{' {
			out = append(out, m)
		}
	}
	return out
}

// choices are the choices for Webex Calling.
func choices(p *planter) []*node {
	var out []*node
	for _, c := range p.calls {
		if n := c.get("webexCalling"); n != nil && n.kind == '{' {
			out = append(out, n)
		}
	}
	return out
}

var faults = []fault{
	{"unknown field", func(p *planter) bool {
		n := pickOf(p, p.structs)
		key := pickOf(p, []string{"zzz", "nonsense", "x-y", `"quoted key"`})
		if n.used || n.index(key) >= 0 {
			return false
		}
		n.used = true
		n.items = slices.Insert(n.items, p.IntN(len(n.items)+1), pair{key, mapping("a", list("b")), &mark{diag.SchemaUnknownField, false}})
		return true
	}},
	renamed("misspelled field", diag.SchemaUnknownField, true, toggles, "videoOnMobile", "videoOnMobil"),
	renamed("misspelled section of a user", diag.SchemaUnknownField, true, users, "attributes", "atributes"),
	renamed("misspelled required field", diag.SchemaUnknownField, true, templates, "rank", "rnak"),
	renamed("misspelled app", diag.SchemaUnknownField, true, choices, "app", "ap"),
	renamed("field of another level", diag.SchemaUnknownField, false, groups, "template", "screenSharing"),
	{"location", func(p *planter) bool {
		n := pickOf(p, slices.Concat(p.templates, p.groups, p.users))
		if n.used {
			return false
		}
		n.used = true
		n.items = append(n.items, pair{"locations", list("x"), &mark{diag.LevelNoLocation, false}})
		return true
	}},
	value("yes", diag.SchemaWrongType, true, toggles, "", "yes", "no", "on", "off", "Yes", `"true"`, "'false'", "1", "0"),
	value("other word for a toggle", diag.SchemaWrongType, false, toggles, "", "enabled", "2", "~", "3.5"),
	value("bad app", diag.SchemaBadValue, false, choices, "app", "zebra", `"Cisco Jabber"`),
	value("misspelled app", diag.SchemaBadValue, true, choices, "app", "webx", "thirdparty", "'WebexCallingApp'"),
	value("a number for a name", diag.SchemaWrongType, true, groups, "template", "2024", "2027-03-01"),
	value("a date for a description", diag.SchemaWrongType, true, templates, "description", "2027-03-01", "12"),
	{"text for a rank", func(p *planter) bool {
		at := p.free(p.templates, "rank")
		if at == nil {
			return false
		}
		p.count++
		at.value = scalar(fmt.Sprintf(pickOf(p, []string{`"%d"`, "'%d'"}), 1000+p.count))
		at.value.at = &mark{diag.SchemaWrongType, true}
		return true
	}},
	value("a word for a rank", diag.SchemaWrongType, false, templates, "rank", "first", "1.5", "true"),
	value("bad rank", diag.SchemaBadValue, false, templates, "rank", "0", "-1", "010", "1_0", "12345678901"),
	value("bad date", diag.SchemaBadValue, false, migrations, "completeBy", "2027-02-30", "soon", "2027-3-1", `"01-03-2027"`),
	value("no date", diag.SchemaWrongType, false, waivers, "expires", "20270301", "true"),
	value("bad service", diag.SchemaBadValue, false, licenses, "service", "everything"),
	value("text for seats", diag.SchemaWrongType, true, licenses, "purchased", `"500"`),
	value("one for a list", diag.SchemaWrongType, true, users, "groups", "group-0"),
	value("text for a mapping", diag.SchemaWrongType, false, users, "migration", "soon", "true", "~"),
	value("unknown template", diag.RefUnknownTemplate, false, groups, "template", "zebra", `"front desk"`),
	value("misspelled template", diag.RefUnknownTemplate, true, groups, "template", "tmplate-0", "'template0'"),
	value("unknown group of a waiver", diag.RefUnknownGroup, true, waivers, "group", "grup-0"),
	item("unknown group", diag.RefUnknownGroup, false, users, "groups", "zebra"),
	item("misspelled group", diag.RefUnknownGroup, true, users, "groups", "gruop-0"),
	item("misspelled license", diag.RefUnknownLicense, true, users, "licenses", "unified-CM", "unifeidCM"),
	item("misspelled license that is listed", diag.RefUnknownLicense, false, users, "licenses", "webexCaling"),
	item("misspelled group that is listed", diag.RefUnknownGroup, false, users, "groups", "gruop-1"),
	item("unknown license", diag.RefUnknownLicense, false, users, "licenses", "telepathy"),
	item("unknown member", diag.RefUnknownUser, false, groups, "members", "somebody.else@company.example"),
	item("bad member", diag.SchemaBadValue, false, groups, "members", "u0001", `"u 1@company.example"`, "a@b@c"),
	item("a number for a group", diag.SchemaWrongType, true, users, "groups", "2024", "true"),
	item("a mapping for a group", diag.SchemaWrongType, false, users, "groups", "{ group-0: 1 }"),
	{"unknown profile", func(p *planter) bool {
		at := p.free(p.calls, "unifiedCM")
		if at == nil {
			return false
		}
		profile := scalar(pickOf(p, []string{"zebra", "rotterdam"}))
		profile.at = &mark{diag.RefUnknownProfile, false}
		at.value = mapping("app", "webex", "ucManagerProfile", profile)
		return true
	}},
	{"incomplete choice", func(p *planter) bool {
		at := p.free(p.calls, "unifiedCM")
		if at == nil {
			return false
		}
		at.value, at.at = mapping("app", "webex"), &mark{diag.SchemaMissingField, false}
		return true
	}},
	{"too much of a choice", func(p *planter) bool {
		at := p.free(p.calls, "unifiedCM")
		if at == nil {
			return false
		}
		at.value = mapping("app", "jabber", "domain", "email")
		at.value.items[1].at = &mark{diag.SchemaBadValue, false}
		return true
	}},
	{"a list for a mapping", func(p *planter) bool {
		at := p.free(p.users, "inCall")
		if at == nil {
			return false
		}
		at.value, at.at = list("videoOnMobile"), &mark{diag.SchemaWrongType, false}
		return true
	}},
	{"nothing for a toggle", func(p *planter) bool {
		at := p.free(p.toggles, "")
		if at == nil {
			return false
		}
		at.value, at.at = scalar(""), &mark{diag.SchemaWrongType, false}
		return true
	}},
	deleted("no rank", allRanks, "rank"),
	deleted("no app", calls, "app"),
	{"bad address", func(p *planter) bool {
		n := pickOf(p, p.people)
		p.count++
		name := fmt.Sprintf("u%04d", p.count)
		address := pickOf(p, []string{name, `"u ` + name + `@company.example"`, `"@` + name + `"`, strings.Repeat("x", 60) + name + "@company.example"})
		n.items = slices.Insert(n.items, p.IntN(len(n.items)+1), pair{address, mapping(), &mark{diag.SchemaBadValue, false}})
		return true
	}},
	repeated("double license", users, "licenses"),
	repeated("double group", users, "groups"),
	repeated("double member", groups, "members"),
	{"double key", func(p *planter) bool {
		n := pickOf(p, slices.Concat(p.structs, p.people, p.ranks))
		if touched(n) || len(n.items) == 0 {
			return false
		}
		i := p.IntN(len(n.items))
		n.used = true
		again := pair{n.items[i].key, pickOf(p, []*node{scalar("true"), mapping("zzz", "1"), n.items[i].value.clone()}), &mark{diag.LoadDuplicateKey, false}}
		n.items = slices.Insert(n.items, i+1+p.IntN(len(n.items)-i), again)
		return true
	}},
	{"own address as a former one", func(p *planter) bool {
		user := p.formerly()
		if user == nil {
			return false
		}
		own := scalar(strings.ToUpper(user.key[:1]) + user.key[1:])
		own.at = &mark{diag.RefFormerAddress, true}
		user.value.items = append(user.value.items, pair{key: "previously", value: &node{kind: '[', items: []pair{{value: own}}}})
		return true
	}},
	{"former address in use", func(p *planter) bool {
		user := p.formerly()
		if user == nil || user.key == "u0001@company.example" {
			return false
		}
		other := scalar("U0001@company.example")
		other.at = &mark{diag.RefFormerAddress, false}
		user.value.items = append(user.value.items, pair{key: "previously", value: &node{kind: '[', items: []pair{{value: scalar("before@company.example")}, {value: other}}}})
		return true
	}},
	value("bad layout", diag.SchemaBadValue, false, targets, "layout", "zebra"),
	value("bad share", diag.SchemaWrongType, true, limits, "changedUsers", "30.5"),
	value("no folder of the project", diag.SchemaBadValue, false, targets, "dir", "/srv/bundles", "~/bundles"),
	{"misspelled section", func(p *planter) bool {
		org := p.files["policies/a-org.yaml"]
		i := org.index("ucManagerProfiles")
		if i < 0 || org.items[i].at != nil {
			return false
		}
		org.items[i].key, org.items[i].at = "ucManagerProfile", &mark{diag.SchemaUnknownField, true}
		return true
	}},
	{"duplicate user", func(p *planter) bool {
		if len(p.people) < 2 {
			return false
		}
		first, last := p.people[0], p.people[len(p.people)-1]
		i := p.IntN(len(first.items))
		again := strings.ToUpper(first.items[i].key[:1]) + first.items[i].key[1:]
		if first.items[i].at != nil || last.index(again) >= 0 {
			return false
		}
		last.items = slices.Insert(last.items, p.IntN(len(last.items)+1), pair{again, mapping(), &mark{diag.RefDuplicateDefinition, false}})
		return true
	}},
	{"duplicate rank", func(p *planter) bool {
		n := len(p.templates)
		a, b := p.templates[n-2], p.templates[n-1]
		if a.used || b.used {
			return false
		}
		a.used, b.used = true, true
		b.get("rank").raw, b.get("rank").at = a.get("rank").raw, &mark{diag.RefDuplicateRank, false}
		return true
	}},
}

// write writes all files, and returns the faults with their places.
func (p *planter) write() (map[string]string, []expected) {
	files := map[string]string{}
	var want []expected
	for _, name := range p.names {
		w := &writer{p: p, file: name, crlf: p.IntN(4) == 0}
		if p.IntN(5) == 0 {
			w.put("# " + name)
			w.newline(0)
		}
		if p.IntN(6) == 0 {
			w.flow(p.files[name])
		} else {
			w.block(p.files[name], 0)
		}
		w.newline(0)
		text := w.b.String()
		if p.IntN(5) == 0 {
			text = "\ufeff" + text
		}
		files[name] = text
		want = append(want, w.want...)
	}
	section := p.files["policies/a-org.yaml"].get("ucManagerProfile")
	again := slices.ContainsFunc(want, func(e expected) bool { return e.id == diag.LoadDuplicateKey })
	if section != nil || again { // what a name leads to may be in there, or in what the second key holds
		known := slices.DeleteFunc(slices.Clone(want), func(e expected) bool { return strings.HasPrefix(e.id.String(), "ref.unknown-") })
		if !again {
			p.hidden = want[:0:0]
			for _, e := range want {
				if !slices.Contains(known, e) {
					p.hidden = append(p.hidden, e) // until the section has its name
				}
			}
		}
		want = known
	}
	slices.SortFunc(want, func(a, b expected) int { return cmp.Or(cmp.Compare(a.file, b.file), a.start.Compare(b.start)) })
	return files, want
}

// writer writes a file and knows where it is.
type writer struct {
	p    *planter
	b    strings.Builder
	file string
	crlf bool
	line int // from 0
	from int // where the line starts
	want []expected
}

func (w *writer) put(s string) { w.b.WriteString(s) }

func (w *writer) newline(indent int) {
	if w.crlf {
		w.put("\r")
	}
	w.put("\n")
	w.line++
	w.from = w.b.Len()
	w.put(strings.Repeat(" ", indent))
}

// marked writes raw text, and notes the fault that it is.
func (w *writer) marked(raw string, at *mark) {
	start := diag.Pos{Line: w.line + 1, Column: w.b.Len() - w.from + 1}
	if at != nil {
		end := diag.Pos{Line: start.Line, Column: start.Column + len(raw)}
		w.want = append(w.want, expected{at.id, w.file, start, end, at.fixable})
	}
	w.put(raw)
}

func (w *writer) key(p pair) {
	raw := p.key
	if p.at == nil && w.p.IntN(6) == 0 && raw[0] != '"' && raw[0] != '\'' {
		raw = `"` + raw + `"`
	}
	w.marked(raw, p.at)
	w.put(":")
}

func (w *writer) flow(n *node) {
	switch n.kind {
	case 's':
		w.marked(n.raw, n.at)
		return
	case '{':
		w.put("{")
	case '[':
		w.put("[")
	}
	gap := cond(w.p.IntN(2) == 0, " ", "")
	w.put(gap)
	for i, item := range n.items {
		if i > 0 {
			w.put(",")
			if w.p.IntN(12) == 0 {
				w.newline(30)
			} else {
				w.put(" ")
			}
		}
		if n.kind == '{' {
			w.key(item)
			w.put(cond(w.p.IntN(8) == 0, "   ", " "))
		}
		w.flow(item.value)
	}
	w.put(gap)
	w.put(cond(n.kind == '{', "}", "]"))
}

// block writes a mapping or list without braces, from the column on.
func (w *writer) block(n *node, indent int) {
	if len(n.items) == 0 || n.kind == 's' {
		w.flow(n)
		return
	}
	for i, item := range n.items {
		if i > 0 {
			w.newline(indent)
			if w.p.IntN(10) == 0 {
				w.put("# a comment: { with, signs ]")
				w.newline(indent)
			}
		}
		if n.kind == '[' {
			w.put("- ")
		} else {
			w.key(item)
			w.put(" ")
		}
		w.child(item.value, n.kind == '[', indent)
	}
}

func (w *writer) child(n *node, inList bool, indent int) {
	switch {
	case n.kind == 's' || len(n.items) == 0 || w.p.IntN(3) == 0:
		w.flow(n)
		if n.kind == 's' && n.raw != "" && w.p.IntN(6) == 0 {
			w.put(" # so")
		}
	case inList && n.kind == '{':
		w.block(n, indent+2)
	default:
		more := 1 + w.p.IntN(4)
		w.newline(indent + more)
		w.block(n, indent+more)
	}
}
