package config

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/roster"
	"callpolicy/policies"
)

// RosterFile is a roster that is kept outside the repository.
type RosterFile struct {
	Name string // for messages
	Data []byte
}

// rosters reads and parses every file of the roster: those that the project
// file names, and those that came with the request.
func (l *loader) rosters(ctx context.Context) error {
	var names []string
	for i, name := range l.config.Project.Roster {
		found, d, err := l.rosterFiles(name)
		if err != nil {
			return err
		}
		if d != nil {
			d.Subject = cmp.Or(l.config.ProjectRange("roster", fmt.Sprint(i)), top(ProjectFile))
			l.config.files.lost = true
			l.rosterDiags.Add(d)
		}
		names = append(names, found...)
	}
	for _, name := range slices.Compact(names) {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := l.read(name)
		if isWritersFault(err) {
			l.config.files.lost = true
			l.rosterDiags.Add(l.unreadable(name, err))
			continue
		}
		if err != nil {
			return err
		}
		l.roster(l.rel(name), data)
	}
	for _, f := range l.Rosters {
		l.mu.Lock()
		l.inputs = append(l.inputs, Input{File: f.Name, Digest: sha256.Sum256(f.Data), Outside: true})
		l.mu.Unlock()
		l.roster(f.Name, f.Data)
	}
	return nil
}

// rosterFiles finds the files that an entry of the project file means: a file,
// or the CSV files in a folder.
func (l *loader) rosterFiles(name string) ([]string, *diag.Diagnostic, error) {
	full := path.Join(l.Dir, name)
	if path.IsAbs(name) || full == ".." || strings.HasPrefix(full, "../") {
		return nil, diag.New(diag.SchemaBadValue, diag.Range{}, "%s lies outside the repository", quote(name)).
			Try("Name a file of the repository, or give the file with --roster."), nil
	}
	info, err := fs.Stat(l.FS, full)
	switch {
	case isWritersFault(err):
		return nil, l.unreadable(full, err), nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, diag.New(diag.LoadNoFiles, diag.Range{}, "there is no file or folder called %s", quote(name)).
			Because("%s names the CSV files that say who exists, relative to itself. Without them everybody would look as if they had left.", ProjectFile).
			Try("Put the file there, correct the name, or give the file with --roster and take the line out."), nil
	case err != nil:
		return nil, nil, err
	case !info.IsDir():
		return []string{full}, nil, nil
	}
	entries, err := fs.ReadDir(l.FS, full)
	if err != nil {
		return nil, nil, err
	}
	var found []string
	for _, e := range entries {
		if !e.IsDir() && strings.EqualFold(path.Ext(e.Name()), ".csv") && !strings.HasPrefix(e.Name(), ".") {
			found = append(found, path.Join(full, e.Name()))
		}
	}
	if len(found) == 0 {
		return nil, diag.New(diag.LoadNoFiles, diag.Range{}, "there is no CSV file in %s", quote(name)).
			Try("Put the files of the directory there; their names end in .csv."), nil
	}
	return found, nil, nil
}

func (l *loader) roster(name string, data []byte) {
	f, diags := roster.Parse(name, data)
	l.rosterDiags.Add(diags...)
	if f != nil {
		l.config.files.rosters = append(l.config.files.rosters, f)
	}
	if diags.HasErrors() {
		l.config.files.lost = true
	}
}

// RosterInfo counts what a roster holds.
type RosterInfo struct {
	Files, People int

	// A directory knows more than policies need: groups that no policy file
	// defines, and members of groups who are nobody here. Both are passed by.
	OtherGroups, OtherMembers int
}

// row is a person of the roster.
type row struct {
	*roster.Person
	file  *rosterLicenses
	doc   int32
	start [2]uint64 // of the key, so that most comparisons need not look for it
}

// startOf returns the first 16 bytes of a key as numbers in the same order.
func startOf(key string) [2]uint64 {
	var b [16]byte
	copy(b[:], key)
	return [2]uint64{binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])}
}

func (r row) place() Place { return Place{r.doc, r.At.Line, r.At.Col} }

// rosterLicenses turns the names of licenses in one roster file into ours.
type rosterLicenses struct {
	file  *roster.File
	known map[string]string // ours, by the name there; empty: none that matters
}

// licensesOf finds out which of our licenses a file means. In the plain form
// they are the keys under licenses; a column of an export is found by the name
// that the license has in Control Hub. A column that no license has is passed
// by, unless it is known to give a calling service: leaving that out would take
// the service away from people who have it.
func (c *Config) licensesOf(f *roster.File) *rosterLicenses {
	n := &rosterLicenses{file: f, known: map[string]string{}}
	if f.Form == roster.People {
		for i := range c.Licenses {
			n.known[c.Licenses[i].Name] = c.Licenses[i].Name
		}
		return n
	}
	catalogue, err := policies.Licenses()
	if err != nil {
		catalogue = nil // the catalogue is part of the program, and a test reads it
	}
	for _, column := range f.LicenseColumns {
		i := slices.IndexFunc(c.Licenses, func(l License) bool {
			return strings.EqualFold(strings.TrimSpace(l.ControlHubName), column)
		})
		class, listed := "", false
		for name, about := range catalogue {
			if strings.EqualFold(name, column) {
				class, listed = about.Class, true
			}
		}
		if i < 0 && listed { // the licenses that are there without a section of their own
			i = slices.IndexFunc(c.Licenses, func(l License) bool {
				return l.At.Line == 0 && l.Service != 0 && l.Service.String() == class
			})
		}
		switch {
		case i >= 0:
			n.known[column] = c.Licenses[i].Name
		case !listed || class == "none":
			n.known[column] = ""
		}
	}
	return n
}

// join makes one user of what the roster and a policy entry say about a
// person. Where there is a roster it says who exists; an entry that lists
// licenses is a person of its own, such as a service account.
func (l *linker) join() {
	rows := l.rows()
	l.Roster.Files, l.Roster.People = len(l.files.rosters), len(rows)
	if len(rows) == 0 {
		return
	}
	j := joiner{linker: l, rows: rows, blocks: map[blockPair]*joined{}, faults: map[faultOf]*diag.Diagnostic{}, twins: map[int]bool{}}
	entries := l.Users
	l.Users = make([]User, 0, len(rows)+len(entries))
	var left []User
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
			if entries[k].Licenses != nil || l.broken || l.files.lost {
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
	for _, f := range l.files.rosters {
		total += len(f.People)
	}
	rows := make([]row, 0, total)
	for i, f := range l.files.rosters {
		licenses := l.licensesOf(f)
		for k := range f.People {
			rows = append(rows, row{&f.People[k], licenses, l.files.rosterDoc(i), startOf(f.People[k].Key)})
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
	entry  *Block
}

// joined is what comes of it.
type joined struct {
	block           *Block
	unknown         []string // names of licenses that are not ours
	unclear         []string // columns of our licenses that say neither yes nor no
	twiceLicenses   bool     // both list licenses
	twiceAttributes []string // both give the attribute, with different values
}

func (j *joiner) user(r row, entry *User) User {
	u := User{Address: r.Address, Key: r.Key, At: r.place(), Row: r.place()}
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
		j.fault(faultOf{diag.SchemaBadValue, name}, r, func() *diag.Diagnostic {
			return diag.New(diag.SchemaBadValue, r.file.file.Cell(r.At, name), "it cannot be told from this cell whether %s has %s", r.Address, name).
				Because("The column of a license holds TRUE or FALSE.").
				Try("Export the users again, or write one of the two.")
		})
	}
	if len(have.unknown) > 0 && !j.unread || len(have.unclear) > 0 {
		j.aside(len(j.Users))
	}
	return u
}

// aside marks a user to be set aside, by the index that the user will have.
func (j *joiner) aside(user int) { j.quarantine = append(j.quarantine, user) }

func (j *joiner) blockOf(r row, entry *Block) *joined {
	out := &joined{}
	b := &Block{}
	if entry != nil {
		*b = *entry
		b.entry = entry
		b.InGroups, b.Attributes = slices.Clone(entry.InGroups), slices.Clone(entry.Attributes)
	}
	b.roster = true
	var licenses []string
	for _, name := range r.Licenses {
		switch ours, ok := r.file.known[name]; {
		case !ok:
			out.unknown = append(out.unknown, name)
		case ours != "" && !slices.Contains(licenses, ours):
			licenses = append(licenses, ours)
		}
	}
	for _, name := range r.Unclear {
		if ours, ok := r.file.known[name]; !ok || ours != "" {
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
		if _, ok := j.Group(name); !ok {
			j.others[name] = true
		} else if !slices.Contains(b.InGroups, name) {
			b.InGroups = append(b.InGroups, name)
			b.RosterGroups++
		}
	}
	for _, a := range r.Attributes {
		i, found := slices.BinarySearchFunc(b.Attributes, a.Name, func(x Attribute, name string) int { return strings.Compare(x.Name, name) })
		switch {
		case !found:
			b.Attributes = slices.Insert(b.Attributes, i, Attribute(a))
		case b.Attributes[i].Value != a.Value:
			out.twiceAttributes = append(out.twiceAttributes, a.Name)
		}
	}
	out.block = b
	return out
}

// contradictions reports what a person's entry and row both say.
func (j *joiner) contradictions(r row, entry *User, have *joined) {
	report := func(what, row string, path ...string) {
		tree, place := j.files.tree(entry.At.File), j.rangeAt(entry.At, "users", entry.Address)
		if tree != nil {
			if users, _ := tree.Root.Get("users"); users != nil {
				node, key := users.Get(entry.Address)
				place = rangeIn(tree, node, key, path, true)
			}
		}
		j.diags.Add(diag.New(diag.RefDuplicateDefinition, place, "the roster and this entry both give %s %s", entry.Address, what).
			At(Path(append([]string{"users", entry.Address}, path...)).String()).
			Because("A person of the roster and an entry under users are one user. What the directory says of them is not said again, so that one look shows all of it.").
			Try("Remove it here, or take it out of the roster.").
			See(r.file.file.Cell(r.At, row), "the roster says it here"))
	}
	if have.twiceLicenses {
		column := "licenses"
		if r.file.file.Form == roster.ControlHub {
			column = r.Licenses[slices.IndexFunc(r.Licenses, func(name string) bool { ours, ok := r.file.known[name]; return !ok || ours != "" })]
		}
		report("licenses", column, "licenses")
	}
	for _, name := range have.twiceAttributes {
		report("the attribute "+quote(name), name, "attributes", name)
	}
}

// again reports a second row for the same person.
func (j *joiner) again(first, second row) {
	same := slices.Equal(first.Licenses, second.Licenses) && slices.Equal(first.Groups, second.Groups) &&
		slices.Equal(first.Attributes, second.Attributes) && first.file.file.Form == second.file.file.Form
	d := diag.New(diag.RefDuplicateDefinition, second.file.file.Range(second.At), "%s is in the roster twice", second.Address).
		Try("Delete one of the rows.").
		See(first.file.file.Range(first.At), "first listed here")
	d.Severity = diag.Warning
	if same {
		d.Because("Each person has one row. Upper and lower case mean the same. Both say the same, so the first counts.")
	} else {
		user := len(j.Users) - 1
		if !j.twins[user] {
			j.twins[user] = true
			j.aside(user)
		}
		d.Because("Each person has one row. Upper and lower case mean the same. The two differ, and nobody can say which is right. %s", SetAsideNote)
	}
	j.diags.Add(d)
}

// faultOf tells faults of the roster apart: many people may share one.
type faultOf struct {
	id   diag.ID
	name string
}

// SetAsideNote says what becomes of somebody whose row is at fault.
const SetAsideNote = "Whoever it concerns is set aside: left out of the output, while a bundle from before stays as it is."

// fault reports a fault of the roster, once for everybody who shares it.
func (j *joiner) fault(key faultOf, r row, make func() *diag.Diagnostic) {
	d := j.faults[key]
	if d == nil {
		d = make()
		d.Severity = diag.Warning
		d.Path = Path{"users", r.Address, "licenses"}.String()
		j.faults[key] = d
		j.order = append(j.order, d)
	}
	d.Users++
}

func (j *joiner) unknownLicense(r row, name string) {
	j.fault(faultOf{diag.RefUnknownLicense, name}, r, func() *diag.Diagnostic {
		column := "licenses"
		if r.file.file.Form == roster.ControlHub {
			column = name
		}
		d := diag.New(diag.RefUnknownLicense, r.file.file.Cell(r.At, column), "there is no license called %s", quote(name))
		near := nearestOf(name, j.Licenses, func(x *License) string { return x.Name })
		switch {
		case r.file.file.Form == roster.ControlHub:
			d.Summary = "no license under licenses is what Control Hub calls " + quote(name)
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
		d.Because("%s %s", d.Detail, SetAsideNote)
		if d.Users == 1 {
			d.Users = 0 // nobody shares it
		}
		j.diags.Add(d)
	}
}
