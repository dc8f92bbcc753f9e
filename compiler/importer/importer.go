// Package importer makes a first policy repository from the files that an
// organization can export today: the users of Control Hub as CSV, the members
// of groups, calling behaviors, and an existing jabber-config.xml.
//
// What comes out means the same for everybody as what went in, written at the
// level where it costs the fewest entries. Nothing is guessed: what the files do
// not tell is a question, listed for whoever imports and repeated as a comment
// in the place where the answer belongs. The package reads no disk and writes
// none, and does not compile what it made: that is for its caller.
//
//	made, diags := importer.Make(importer.Input{Users: files})
//	for _, f := range made.Files {
//		…
//	}
package importer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/jabber"
	"callpolicy/compiler/roster"
	"callpolicy/policies"
	"callpolicy/schema"
)

// Source is a file to import.
type Source struct {
	Name string // for messages
	Data []byte
}

// Input is what there is.
type Input struct {
	Users    []Source // exports of Control Hub, or rosters in the plain form; needed
	Members  []Source // group,user
	Behavior []Source // user,callingBehavior,ucManagerProfile
	Jabber   []Source // jabber-config.xml; the first is the global one
	Secrets  bool     // copy the passwords of the global one, too
	Edition  string   // its name; empty: as the columns of the export suggest

	ProfileIDs map[string]string // the Webex API's ids of UC Manager profiles, by name; those that are known
}

// File is a file of the new repository.
type File struct {
	Name string // relative to its folder, with slashes
	Data []byte
}

// Made is a new policy repository.
type Made struct {
	Files     []File // by name
	Edition   string // its name
	Questions []string
	People    int
	Entries   int // settings written, at all levels, and templates assigned
}

// Make imports files. What is wrong in them is in the list; with errors in it
// nothing is made.
func Make(in Input) (*Made, diag.List) {
	m := &maker{sources: names(in), profileIDs: in.ProfileIDs, people: map[string]*person{}, licenses: map[string]policies.License{}, profiles: map[string]bool{}, ignored: map[string]bool{}}
	for _, s := range in.Users {
		m.users(s)
	}
	for _, s := range in.Members {
		m.memberships(s)
	}
	for _, s := range in.Behavior {
		m.behaviors(s)
	}
	for i, s := range in.Jabber {
		m.jabberFile(s, i == 0, in.Secrets)
	}
	if m.diags.HasErrors() {
		return nil, m.diags.Sorted()
	}
	m.edition = editionOf(cmp.Or(in.Edition, m.suggested()))
	m.chosen = in.Edition != ""
	m.order()
	m.interpret()
	m.hoist()
	return m.write(), m.diags.Sorted()
}

// names lists the files that may tell calling behaviors.
func names(in Input) string {
	var all []string
	for _, s := range slices.Concat(in.Users, in.Behavior) {
		all = append(all, s.Name)
	}
	return strings.Join(all, ", ")
}

// maker gathers what the files say.
type maker struct {
	profileIDs map[string]string
	diags      diag.List
	people     map[string]*person // by address in lower case
	sorted     []*person
	columns    []string // attributes, in the order in which they were met
	groups     []string // by name
	licenses   map[string]policies.License
	ignored    map[string]bool // license columns that are passed by
	profiles   map[string]bool
	jabber     []byte   // the global file
	told       []string // columns that tell calling behaviors, as exports of some editions have them
	edition    schema.Edition
	chosen     bool
	questions  []string
	sources    string // the names of the files with calling behaviors

	org       map[service]value
	templates []template
	entries   int
}

// person is somebody of the export.
type person struct {
	address    string
	licenses   []string // as Control Hub calls them; those that matter
	attributes map[string]string
	groups     []string
	behavior   string // as the file has it
	profile    string
	told       bool // a file says something about the calling behavior

	service service
	value   value // what applies; zero: what the organization has
	own     bool  // it must be written for this person
}

// ask notes a question, once.
func (m *maker) ask(format string, args ...any) {
	if q := fmt.Sprintf(format, args...); !slices.Contains(m.questions, q) {
		m.questions = append(m.questions, q)
	}
}

// The columns of older exports that are about calling behavior; as attributes
// of the roster they are in lower case.
const (
	behaviorColumn  = "calling behavior"
	profileColumn   = "calling behavior uc manager profile"
	ucProfileColumn = "uc manager profile"
)

// suggested is the edition that the columns speak for: one whose exports alone
// have them, else today's.
func (m *maker) suggested() string {
	for _, name := range schema.EditionNames() {
		exports := editionOf(name).Exports
		if slices.ContainsFunc(m.told, func(column string) bool { return slices.Contains(exports, column) }) {
			return name
		}
	}
	return schema.Today()
}

func editionOf(name string) schema.Edition {
	s, err := schema.Load(name)
	if err != nil {
		return schema.Edition{Name: name} // the others are part of the program; a test reads them
	}
	return s.Edition
}

// files reads a CSV file, or those of an archive, in the way in which a roster is
// read, and does what is to be done with each.
func (m *maker) files(s Source, do func(*roster.File)) {
	files, diags := roster.ParseAll(s.Name, s.Data)
	m.diags.Add(diags...)
	for _, f := range files {
		do(f)
	}
}

// users reads an export.
func (m *maker) users(s Source) { m.files(s, m.usersOf) }

func (m *maker) usersOf(f *roster.File) {
	if f.Form == roster.Members {
		m.diags.Add(diag.New(diag.SchemaMissingField, diag.Range{File: f.Name, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}},
			"this file lists members of groups, not users").Try("Give it with --groups."))
		return
	}
	known, err := policies.Licenses()
	if err != nil {
		known = nil // part of the program; a test reads it
	}
	m.unclear(f)
	for i := range f.People {
		from := &f.People[i]
		p := m.people[from.Key]
		if p == nil {
			p = &person{address: from.Address, attributes: map[string]string{}}
			m.people[from.Key] = p
		}
		for _, name := range from.Licenses {
			about, listed := find(known, name)
			switch {
			case f.Form == roster.People || listed && about.Class != "none":
				m.licenses[name] = about
				if !slices.Contains(p.licenses, name) {
					p.licenses = append(p.licenses, name)
				}
			case !listed:
				m.ignored[name] = true
			}
		}
		for _, g := range from.Groups {
			m.join(p, g)
		}
		for _, a := range from.Attributes {
			m.attribute(p, a)
		}
	}
}

// unclear refuses cells and rows of which nobody knows what they say: whoever it
// concerns would be imported without a license.
func (m *maker) unclear(f *roster.File) {
	cells := map[string]*diag.Diagnostic{}
	var damaged *diag.Diagnostic
	for i := range f.People {
		p := &f.People[i]
		if p.Damaged {
			if damaged == nil {
				damaged = diag.New(diag.RosterRaggedRow, f.Range(p.At), "the row of %s cannot be imported as it is", p.Address).
					Because("What it says of licenses may be wrong or missing, and would be written into the new repository.").
					Try("Correct the row, or export the users again.")
				damaged.Severity = diag.Error
				m.diags.Add(damaged)
			}
			damaged.Users++
		}
		for _, name := range p.Unclear {
			d := cells[name]
			if d == nil {
				d = diag.New(diag.RosterLicenseCell, f.Cell(p.At, name), "it cannot be told from this cell whether %s has %s", p.Address, name).
					Because("The column of a license holds TRUE or FALSE, or the same in another language.").
					Try("Export the users again, or write one of the two.")
				d.Severity = diag.Error
				cells[name] = d
				m.diags.Add(d)
			}
			d.Users++
		}
	}
}

// find looks a license up by the name it has in Control Hub or its exports.
func find(known map[string]policies.License, name string) (policies.License, bool) {
	for have, about := range known {
		if roster.LicenseName(have) == roster.LicenseName(name) {
			return about, true
		}
	}
	return policies.License{}, false
}

func (m *maker) attribute(p *person, a roster.Attribute) {
	switch a.Name {
	case behaviorColumn:
		p.told, p.behavior = true, a.Value
	case profileColumn:
		p.profile = a.Value
	case ucProfileColumn:
		p.profile = cmp.Or(p.profile, a.Value)
	default:
		p.attributes[a.Name] = a.Value
		if !slices.Contains(m.columns, a.Name) {
			m.columns = append(m.columns, a.Name)
		}
		return
	}
	if !slices.Contains(m.told, a.Name) {
		m.told = append(m.told, a.Name)
	}
}

func (m *maker) join(p *person, group string) {
	if !slices.Contains(p.groups, group) {
		p.groups = append(p.groups, group)
	}
	if !slices.Contains(m.groups, group) {
		m.groups = append(m.groups, group)
	}
}

// memberships reads the members of groups.
func (m *maker) memberships(s Source) { m.files(s, m.membershipsOf) }

func (m *maker) membershipsOf(f *roster.File) {
	if f.Form != roster.Members {
		m.diags.Add(diag.New(diag.SchemaMissingField, diag.Range{File: f.Name, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}},
			"the first line names no column for the group").Try("Start the file with the line \"group,user\"."))
		return
	}
	strangers := 0
	for _, member := range f.Members {
		if p := m.people[member.Key]; p != nil {
			m.join(p, member.Group)
		} else {
			strangers++
		}
	}
	if strangers > 0 {
		m.ask("%s lists %s not among the users; they are left out. Is the export of users complete?", f.Name, plural(strangers, "member who is", "members who are"))
	}
}

// behaviors reads our own plain form: user,callingBehavior,ucManagerProfile.
func (m *maker) behaviors(s Source) { m.files(s, m.behaviorsOf) }

func (m *maker) behaviorsOf(f *roster.File) {
	for i := range f.People {
		from := &f.People[i]
		p := m.people[from.Key]
		if p == nil {
			m.ask("%s has a row for %s, who is not among the users. It is left out.", f.Name, from.Address)
			continue
		}
		p.told, p.behavior, p.profile = true, "", ""
		for _, a := range from.Attributes {
			switch a.Name {
			case "callingBehavior":
				p.behavior = a.Value
			case "ucManagerProfile":
				p.profile = a.Value
			default:
				m.ask("%s has a column %s, which is read by nobody. Only user, callingBehavior and ucManagerProfile are.", f.Name, a.Name)
			}
		}
	}
}

// jabberFile takes the configuration of Jabber along. What it says about calls
// reaches Unified CM users only, and for whom a group's file is, no file says.
func (m *maker) jabberFile(s Source, global, secrets bool) {
	_, diags, err := jabber.ParseBase(s.Name, s.Data)
	if err == nil {
		err = m.takeJabber(s, global, secrets)
	}
	if err != nil {
		diags.Add(diag.New(diag.JabberBaseUnreadable, diag.Range{File: s.Name, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}}, "it cannot be read: %s", err))
	}
	for _, d := range diags {
		if d.ID != diag.JabberSecret { // a question instead: it is not in a repository yet
			m.diags.Add(d)
		}
	}
}

func (m *maker) takeJabber(s Source, global, secrets bool) error {
	f, err := jabber.Read(s.Name, s.Data)
	if err != nil || f.Worst() > jabber.Slight {
		return err
	}
	if global {
		m.jabber = f.Data(secrets)
	} else {
		m.ask("For whom is %s? A group's file is assigned to devices in Unified CM, which no export here tells. It is left out.", s.Name)
	}
	for _, name := range f.SecretNames() {
		switch {
		case !global:
		case secrets:
			m.ask("%s holds a password, %s, which was copied as you said. Who may read this repository? All of its history tells it.", s.Name, name)
		default:
			m.ask("%s holds a password, %s. It was left out of the copy, as everybody who reads the repository could read it. Write it into the merged file where you upload it.", s.Name, name)
		}
	}
	var says []string
	for _, p := range f.Set {
		if slices.Contains(inCall, p.Name) {
			says = append(says, p.Name+" = "+p.Value)
		}
	}
	if len(says) > 0 {
		m.ask("%s says %s. Shall in-call features be set so for Unified CM users, by a template? The file reaches nobody else, and the organization's toggles reach everybody.", s.Name, strings.Join(says, ", "))
	}
	return nil
}

// Secrets names the passwords that a jabber-config.xml holds.
func Secrets(s Source) ([]string, error) {
	f, err := jabber.Read(s.Name, s.Data)
	if err != nil {
		return nil, err
	}
	return f.SecretNames(), nil
}

// inCall are the parameters of Jabber that come near to an in-call toggle.
var inCall = []string{"EnableVideo", "StartCallWithVideo", "EnableBFCPVideoDesktopShare", "EnableP2PDesktopShare", "DisableRemoteDesktopControl"}

// order sorts everything, so that what is made does not depend on chance.
func (m *maker) order() {
	for _, p := range m.people {
		slices.Sort(p.groups)
		m.sorted = append(m.sorted, p)
	}
	slices.SortFunc(m.sorted, func(a, b *person) int { return strings.Compare(strings.ToLower(a.address), strings.ToLower(b.address)) })
	slices.Sort(m.groups)
	slices.Sort(m.columns)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
