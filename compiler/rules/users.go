package rules

import (
	"context"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

// users asks rules about everybody. Users who are alike in all that the rules
// look at are one kind, and a rule is asked about each kind that differs from
// another in what this rule looks at.
func (r *run) users(ctx context.Context, rules []*rule) error {
	var asked, personal []*rule
	for _, x := range rules {
		switch {
		case !slices.Contains(x.scopes, "user"):
		case x.looksAt("user"):
			personal = append(personal, x)
		default:
			asked = append(asked, x)
		}
	}
	p := r.population(asked)
	r.stats.Kinds = len(p.kinds)
	for _, x := range asked {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.ask(x)
	}
	for i := range r.cfg.Users {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		k := &p.kinds[p.of[i]]
		for j := range k.faults {
			f := &k.faults[j]
			if f.shared == nil {
				f.shared = r.report(i, f.rule, &f.fault)
			} else {
				r.count(f.shared, i)
			}
		}
		for _, x := range personal {
			for _, f := range p.person(i, x) {
				r.report(i, x, &f)
			}
		}
	}
	return nil
}

// ids tells users apart, part by part. Users with the same number are the same
// in that part; unknown marks a part that faults keep from being known.
type ids [parts]int32

const unknown = -1

// kindOfUser is a set of users who are alike in all that rules look at.
type kindOfUser struct {
	ids
	first  int // the first of them, an index into Config.Users
	faults []ruleFault
}

type ruleFault struct {
	rule *rule
	fault
	shared *finding // where all users of the kind break the rule at one place
}

// population is everybody, by kind.
type population struct {
	*run
	kinds  []kindOfUser
	of     []int32                  // for each user, an index into kinds
	fields [parts]map[int32][]field // what parts hold, once they were needed
}

// population sorts users into kinds.
func (r *run) population(rules []*rule) *population {
	p := &population{run: r, of: make([]int32, len(r.cfg.Users))}
	for i := range p.fields {
		p.fields[i] = map[int32][]field{}
	}
	migration, attributes := false, &reads{}
	for _, x := range rules {
		for _, c := range x.constraints() {
			migration = migration || c.reads.has("migration")
			if sub := c.reads.sub["attributes"]; sub != nil {
				attributes.whole = attributes.whole || sub.whole
				for label := range sub.sub {
					attributes.under(label)
				}
			}
		}
	}
	type blockParts struct{ licenses, attributes int32 }
	type slice struct {
		first *int32
		n     int
	}
	blocks := map[*config.Block]blockParts{}
	licenses, labels, groups, moves := interned[string]{}, interned[string]{}, interned[slice]{}, interned[migrating]{}
	kinds := map[ids]int32{}
	var ofAlike []int32 // the kind of users who are alike in everything
	for i, alike := range r.result.Alike {
		if int(alike) < len(ofAlike) {
			p.of[i] = ofAlike[alike]
			continue
		}
		u := &r.cfg.Users[i]
		b, ok := blocks[u.Block]
		if !ok {
			b = blockParts{licenses.id(strings.Join(u.Licenses, "\x00")), labels.id(labelKey(u.Attributes, attributes))}
			if slices.ContainsFunc(u.Licenses, r.unsure) {
				b.licenses = unknown
			}
			blocks[u.Block] = b
		}
		g := slice{n: len(u.Groups)}
		if g.n > 0 {
			g.first = &u.Groups[0]
		}
		id := ids{ofLicenses: b.licenses, ofAttributes: b.attributes, ofGroups: groups.id(g), ofClass: r.result.Of[i]}
		if migration {
			id[ofMigration] = moves.id(migrationOf(r.cfg, u))
		}
		if id[ofOwn] = r.result.Of[i]; u.Own.IsZero() {
			id[ofOwn] = unknown
		}
		k, ok := kinds[id]
		if !ok {
			k = int32(len(p.kinds))
			kinds[id] = k
			p.kinds = append(p.kinds, kindOfUser{ids: id, first: i})
		}
		p.of[i] = k
		ofAlike = append(ofAlike, k)
	}
	return p
}

// unsure tells whether faults, which are reported, keep from being known what
// it means to hold a license.
func (r *run) unsure(license string) bool {
	i, ok := r.cfg.License(license)
	return !ok || r.cfg.Licenses[i].Unsure
}

// labelKey tells apart the attributes that rules look at.
func labelKey(attributes []config.Attribute, r *reads) string {
	var b []byte
	for _, a := range attributes {
		if r.has(a.Name) {
			b = appendText(appendText(b, a.Name), a.Value)
		}
	}
	return string(b)
}

// interned numbers things from 0 as they come.
type interned[T comparable] map[T]int32

func (m interned[T]) id(x T) int32 {
	n, ok := m[x]
	if !ok {
		n = int32(len(m))
		m[x] = n
	}
	return n
}

// partsOf returns the parts that a rule looks at.
func partsOf(x *rule) (mask [parts]bool) {
	for name, p := range partOf {
		if x.looksAt(name) {
			mask[p] = true
		}
	}
	return mask
}

// ask asks a rule about every kind, as often as they differ in what it looks at.
func (p *population) ask(x *rule) {
	mask := partsOf(x)
	answers := map[ids]verdict{}
	for i := range p.kinds {
		k := &p.kinds[i]
		if p.passedBy(x, k, mask) {
			continue
		}
		id := k.ids
		for part, looked := range mask {
			if !looked {
				id[part] = 0
			}
		}
		v, ok := answers[id]
		if !ok {
			v = p.judge(x, p.root(k, mask), p.items(x, k))
			answers[id] = v
		}
		p.matched[x] = p.matched[x] || v.matched
		for _, f := range v.faults {
			k.faults = append(k.faults, ruleFault{rule: x, fault: f})
		}
	}
}

// passedBy reports whether a rule need not be asked: users without settings
// where it sees settings, and users of whom a fault hides what it looks at.
func (p *population) passedBy(x *rule, k *kindOfUser, mask [parts]bool) bool {
	return x.item == "setting" && k.ids[ofOwn] == unknown ||
		k.ids[ofLicenses] == unknown && (mask[ofLicenses] || mask[ofClass])
}

// person asks a rule that tells single people apart about one of them.
func (p *population) person(i int, x *rule) []fault {
	k, mask := &p.kinds[p.of[i]], partsOf(x)
	if p.passedBy(x, k, mask) {
		return nil
	}
	fields := slices.Clone(p.anybody)
	for n, looked := range mask {
		if looked {
			fields = append(fields, p.user(i, part(n))...)
		}
	}
	v := p.judge(x, objectOf(fields...), p.items(x, k))
	p.matched[x] = p.matched[x] || v.matched
	return v.faults
}

// root puts the subject of a kind together from the parts that are looked at.
// Of the attributes it may hold some that no rule looks at: those of the first
// user of the kind.
func (p *population) root(k *kindOfUser, mask [parts]bool) *value {
	fields := slices.Clone(p.anybody)
	for i, looked := range mask {
		if !looked {
			continue
		}
		id := k.ids[i]
		have, ok := p.fields[i][id]
		if !ok {
			have = p.user(k.first, part(i))
			p.fields[i][id] = have
		}
		fields = append(fields, have...)
	}
	return objectOf(fields...)
}

// items returns the settings of a kind, one by one.
func (p *population) items(x *rule, k *kindOfUser) []*value {
	if x.item != "setting" || k.ids[ofOwn] == unknown {
		return nil
	}
	own := p.own(k.first)
	items := make([]*value, len(own))
	for i := range own {
		items[i] = own[i].value
	}
	return items
}

// own lists the settings that a user writes.
func (f *facts) own(user int) []one {
	n := f.result.Of[user]
	have, ok := f.owned[n]
	if !ok {
		class := &f.result.Classes[n]
		have = f.settings(resolve.User, &class.Own, &class.Inputs)
		f.owned[n] = have
	}
	return have
}

// report notes what a rule found in one user. It returns the finding where
// other users of the same kind share it.
func (r *run) report(user int, x *rule, f *fault) *finding {
	place := func(path []string) []string { return r.placeOf(user, f.item, path) }
	at := place(f.at)
	of := strings.Join(at, "\x00")
	if f.item >= 0 {
		of = strings.Join(place([]string{"setting"}), "\x00")
	}
	found := r.find(x, at, of)
	if found.subject == nil && !r.waivers.user(x.id, user) {
		found.place, found.as = place, r.cfg.Users[user].Address
		found.subject = r.whole(user, f.item)
	}
	r.count(found, user)
	if at[0] == "users" {
		found.file = r.cfg.Users[user].At.File
		return nil
	}
	return found
}

// count adds a user to a finding, unless a waiver covers the user.
func (r *run) count(found *finding, user int) {
	if r.waivers.user(found.rule.id, user) {
		found.waived = true
		return
	}
	found.reported = true
	if found.at[0] == "users" {
		return
	}
	found.users++
	if len(found.examples) < shownUsers {
		found.examples = append(found.examples, r.cfg.Users[user].Address)
	}
}

// whole is a user's subject with everything in it.
func (f *facts) whole(user, item int) *value {
	fields := slices.Clone(f.anybody)
	for p := range parts {
		fields = append(fields, f.user(user, p)...)
	}
	if item >= 0 {
		fields = append(fields, have("setting", f.own(user)[item].value))
	}
	return objectOf(fields...)
}
