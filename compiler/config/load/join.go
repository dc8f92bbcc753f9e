package load

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/check"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/identity"
	"callpolicy/compiler/roster"
)

// row is a person of the roster.
type row struct {
	*roster.Person
	file  *roster.File
	ours  map[string]string // its licenses: see [Config.LicensesIn]
	doc   int32
	start [2]uint64 // of the key, so that most comparisons need not look for it
}

// startOf returns the first 16 bytes of a key as numbers in the same order.
func startOf(key string) [2]uint64 {
	var b [16]byte
	copy(b[:], key)
	return [2]uint64{binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])}
}

func (r row) place() config.Place { return config.Place{File: r.doc, Line: r.At.Line, Col: r.At.Col} }

// join makes one user of what the roster and a policy entry say about a
// person. Where there is a roster it says who exists; an entry that lists
// licenses is a person of its own, such as a service account.
func (l *linker) join() {
	l.shapes()
	rows := l.rows()
	l.Roster.Files, l.Roster.People = len(l.Sources.Rosters), len(rows)
	if len(rows) == 0 {
		return
	}
	j := joiner{linker: l, rows: rows, blocks: map[blockPair]*joined{}, faults: map[faultOf]*diag.Diagnostic{}, twins: map[int]bool{}}
	entries := l.Users
	l.Users = make([]config.User, 0, len(rows)+len(entries))
	var left []config.User
	for i, k := 0, 0; i < len(rows) || k < len(entries); {
		order := 0
		switch {
		case i == len(rows):
			order = 1
		case k == len(entries):
			order = -1
		default:
			order = strings.Compare(rows[i].Key, entries[k].Key)
		}
		switch {
		case order > 0:
			if entries[k].Licenses != nil || l.broken || l.Sources.Lost {
				l.Users = append(l.Users, entries[k])
			} else {
				left = append(left, entries[k])
			}
			k++
			continue
		case order == 0:
			l.Users = append(l.Users, j.user(rows[i], &entries[k]))
			k++
		default:
			l.Users = append(l.Users, j.user(rows[i], nil))
		}
		first := i
		for i++; i < len(rows) && rows[i].Key == rows[first].Key; i++ {
			j.again(rows[first], rows[i])
		}
	}
	j.report()
	l.left(j.stillHere(left))
}

// rows returns everybody in the roster, by address and then by place.
func (l *linker) rows() []row {
	total := 0
	for _, f := range l.Sources.Rosters {
		total += len(f.People)
	}
	rows := make([]row, 0, total)
	for i, f := range l.Sources.Rosters {
		ours := l.LicensesIn(f)
		for k := range f.People {
			rows = append(rows, row{&f.People[k], f, ours, l.Sources.RosterDoc(i), startOf(f.People[k].Key)})
		}
	}
	byAddress := func(a, b row) int {
		if a.start != b.start {
			return cmp.Or(cmp.Compare(a.start[0], b.start[0]), cmp.Compare(a.start[1], b.start[1]))
		}
		return cmp.Or(strings.Compare(a.Key, b.Key), cmp.Compare(a.doc, b.doc), cmp.Compare(a.At.Line, b.At.Line))
	}
	if slices.IsSortedFunc(rows, byAddress) {
		return rows
	}
	return sorted(rows, byAddress)
}

// joiner joins people.
type joiner struct {
	*linker
	rows   []row
	blocks map[blockPair]*joined
	faults map[faultOf]*diag.Diagnostic
	order  []*diag.Diagnostic
	twins  map[int]bool // users whose rows contradict each other
}

// blockPair is what is said about a person on both sides. People with the same
// share what is made of it.
type blockPair struct {
	record *roster.Record
	entry  *config.Block
}

// joined is what comes of it.
type joined struct {
	block           *config.Block
	unknown         []string // names of licenses that are not ours
	unclear         []string // columns of our licenses that say neither yes nor no
	twiceLicenses   bool     // both list licenses
	twiceAttributes []string // both give the attribute, with different values
}

func (j *joiner) user(r row, entry *config.User) config.User {
	u := config.User{Address: r.Address, Key: r.Key, At: r.place(), Row: r.place()}
	pair := blockPair{record: r.Record}
	if entry != nil {
		u.Address, u.At, pair.entry = entry.Address, entry.At, entry.Block
	}
	have := j.blocks[pair]
	if have == nil {
		have = j.blockOf(r, pair.entry)
		j.blocks[pair] = have
	}
	u.Block = have.block
	if entry != nil {
		j.contradictions(r, entry, have)
	}
	for _, name := range have.unknown {
		if j.unread {
			j.Withheld++ // a file that could not be read may define it
		} else {
			j.unknownLicense(r, name)
		}
	}
	for _, name := range have.unclear {
		if j.unreadable[name] || r.Damaged {
			continue // it is said of the column, or of the row
		}
		j.fault(faultOf{diag.RosterLicenseCell, name}, r, func() *diag.Diagnostic { return j.unclear(r, name) })
	}
	if len(have.unknown) > 0 && !j.unread || len(have.unclear) > 0 || r.Damaged {
		j.quarantine(len(j.Users))
	}
	return u
}

// unclear reports a cell that does not tell whether somebody has a license.
func (j *joiner) unclear(r row, name string) *diag.Diagnostic {
	return diag.New(diag.RosterLicenseCell, r.file.Cell(r.At, name), "it cannot be told from this cell whether %s has %s", r.Address, name).
		Because("The column of a license holds TRUE or FALSE, or the same in another language.").
		Try("Export the users again, or write one of the two.")
}

// quarantine marks a user, by the index that the user will have.
func (j *joiner) quarantine(user int) { j.quarantined = append(j.quarantined, user) }

func (j *joiner) blockOf(r row, entry *config.Block) *joined {
	out := &joined{}
	b := config.WithRow(entry)
	var licenses []string
	for _, name := range r.Licenses {
		switch ours, ok := r.ours[name]; {
		case !ok:
			out.unknown = append(out.unknown, name)
		case ours != "" && !slices.Contains(licenses, ours):
			licenses = append(licenses, ours)
		}
	}
	for _, name := range r.Unclear {
		if ours, ok := r.ours[name]; !ok || ours != "" {
			out.unclear = append(out.unclear, name)
		}
	}
	switch {
	case len(licenses)+len(out.unknown) == 0:
	case b.Licenses != nil:
		out.twiceLicenses = true
	default:
		b.Licenses, b.ByRoster = licenses, true
	}
	if b.Licenses == nil {
		b.ByRoster = true // it is the directory that gives none
	}
	for _, name := range r.Groups {
		if g, ok := j.Group(name); !ok {
			j.others[name] = true
		} else if ours := j.Groups[g].Name; !slices.ContainsFunc(b.InGroups, func(have string) bool { return identity.Same(have, ours) }) {
			b.InGroups = append(b.InGroups, ours)
			b.RosterGroups++
		}
	}
	for _, a := range r.Attributes {
		i, found := slices.BinarySearchFunc(b.Attributes, a.Name, func(x config.Attribute, name string) int { return strings.Compare(x.Name, name) })
		switch {
		case !found:
			b.Attributes = slices.Insert(b.Attributes, i, config.Attribute(a))
		case b.Attributes[i].Value != a.Value:
			out.twiceAttributes = append(out.twiceAttributes, a.Name)
		}
	}
	out.block = b
	return out
}

// contradictions reports what a person's entry and row both say.
func (j *joiner) contradictions(r row, entry *config.User, have *joined) {
	report := func(what, row string, path ...string) {
		tree, place := j.Sources.Tree(entry.At.File), j.rangeAt(entry.At, "users", entry.Address)
		if tree != nil {
			if users, _ := tree.Root.Get("users"); users != nil {
				node, key := users.Get(entry.Address)
				place = config.RangeIn(tree, node, key, path, true)
			}
		}
		j.diags.Add(diag.New(diag.RefDuplicateDefinition, place, "the roster and this entry both give %s %s", entry.Address, what).
			At(config.Path(append([]string{"users", entry.Address}, path...)).String()).
			Because("A person of the roster and an entry under users are one user. What the directory says of them is not said again, so that one look shows all of it.").
			Try("Remove it here, or take it out of the roster.").
			See(r.file.Cell(r.At, row), "the roster says it here"))
	}
	if have.twiceLicenses {
		column := "licenses"
		if r.file.Form == roster.ControlHub {
			column = r.Licenses[slices.IndexFunc(r.Licenses, func(name string) bool { ours, ok := r.ours[name]; return !ok || ours != "" })]
		}
		report("licenses", column, "licenses")
	}
	for _, name := range have.twiceAttributes {
		report("the attribute "+check.Quote(name), name, "attributes", name)
	}
}

// again reports a second row for the same person.
func (j *joiner) again(first, second row) {
	same := slices.Equal(first.Licenses, second.Licenses) && slices.Equal(first.Groups, second.Groups) &&
		slices.Equal(first.Attributes, second.Attributes) && first.file.Form == second.file.Form
	d := diag.New(diag.RefDuplicateDefinition, second.file.Range(second.At), "%s is in the roster twice", second.Address).
		Try("Delete one of the rows.").
		See(first.file.Range(first.At), "first listed here")
	d.Severity = diag.Warning
	if same {
		d.Because("Each person has one row. Upper and lower case mean the same. Both say the same, so the first counts.")
	} else {
		user := len(j.Users) - 1
		if !j.twins[user] {
			j.twins[user] = true
			j.quarantine(user)
		}
		d.Because("Each person has one row. Upper and lower case mean the same. The two differ, and nobody can say which is right. %s", config.QuarantineNote)
	}
	j.diags.Add(d)
}

// faultOf tells faults of the roster apart: many people may share one.
type faultOf struct {
	id   diag.ID
	name string
}

// fault reports a fault of the roster, once for everybody who shares it.
func (j *joiner) fault(key faultOf, r row, make func() *diag.Diagnostic) {
	d := j.faults[key]
	if d == nil {
		d = make()
		d.Severity = diag.Warning
		d.Path = config.Path{"users", r.Address, "licenses"}.String()
		j.faults[key] = d
		j.order = append(j.order, d)
	}
	d.Users++
}

func (j *joiner) unknownLicense(r row, name string) {
	j.fault(faultOf{diag.RefUnknownLicense, name}, r, func() *diag.Diagnostic {
		column := "licenses"
		if r.file.Form == roster.ControlHub {
			column = name
		}
		d := diag.New(diag.RefUnknownLicense, r.file.Cell(r.At, column), "there is no license called %s", check.Quote(name))
		near := nearestOf(&j.guesses, name, j.Licenses, func(x *config.License) string { return x.Name })
		switch {
		case r.file.Form == roster.ControlHub:
			d.Summary = "no license under licenses is what Control Hub calls " + check.Quote(name)
			d.Because("The column gives a calling service. Without it %s would look like somebody who has none.", r.Address).
				Try("Add it under licenses, with controlHubName: %s.", name)
		case near != "":
			d.Because("A roster names licenses by their keys under licenses.").Try("Did you mean %s?", near)
		default:
			d.Because("A roster names licenses by their keys under licenses.").Try("Correct the name, or define it under licenses.")
		}
		return d
	})
}

// report adds what was found to the diagnostics.
func (j *joiner) report() {
	for _, d := range j.order {
		d.Because("%s %s", d.Detail, config.QuarantineNote)
		if d.Users == 1 {
			d.Users = 0 // nobody shares it
		}
		j.diags.Add(d)
	}
}
