package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
	"callpolicy/compiler/syntax/yaml"
	"callpolicy/schema"
)

// PersonasDir is the folder of the project with persona tests.
const PersonasDir = "tests"

// Persona is somebody made up, and what must come out for them.
type Persona struct {
	Name   string
	At     diag.Range
	User   User // who is in no policy file
	Expect Expectation
}

// Expectation is what must come out for a persona. What is empty may be anything.
type Expectation struct {
	LicenseClass Expected
	Template     Expected // none: no template wins
	Calling      []Expected
	Pending      []Expected
	InCall       []Expected // true or false, by toggle
	Rules        []Expected // ids of the rules that are broken
	SaysRules    bool       // Rules was written, empty or not
}

// Expected is one value that is expected. Field is inCall.screenSharing, or of a
// calling behavior app, ucManagerProfile, domain or level.
type Expected struct {
	Field, Value string
	At           diag.Range
}

// Personas reads the persona tests of the project: every YAML file below their
// folder. What is wrong in them is in the list; a persona whose groups or
// licenses are not there is not among the result.
func (c *Config) Personas() ([]Persona, diag.List, error) {
	shape, err := schema.Personas(c.Schema.Edition.Name)
	if err != nil {
		return nil, nil, err
	}
	r := personaReader{Config: c, shape: shape, names: map[string]diag.Range{}}
	dir := path.Join(c.files.dir, PersonasDir)
	err = fs.WalkDir(c.files.fsys, dir, func(name string, e fs.DirEntry, err error) error {
		switch {
		case isWritersFault(err):
			r.diags.Add(unreadable(c.files.dir, name, err))
			return nil
		case errors.Is(err, fs.ErrNotExist) && name == dir:
			return fs.SkipAll
		case err != nil:
			return err
		case name != dir && strings.HasPrefix(e.Name(), "."):
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir():
			return nil
		}
		switch strings.ToLower(path.Ext(name)) {
		case ".yaml", ".yml":
			data, err := fs.ReadFile(c.files.fsys, name)
			switch {
			case isWritersFault(err):
				r.diags.Add(unreadable(c.files.dir, name, err))
			case err != nil:
				return err
			default:
				r.file(relative(c.files.dir, name), data)
			}
		}
		return nil
	})
	for _, d := range r.diags {
		d.Fix = nil // nothing mends the files of tests
	}
	return r.personas, r.diags.Sorted(), err
}

type personaReader struct {
	*Config
	shape    *schema.Type
	personas []Persona
	names    map[string]diag.Range
	diags    diag.List
}

func (r *personaReader) file(name string, data []byte) {
	trees, diags := yaml.Parse(name, data)
	r.diags.Add(diags...)
	if diags.HasErrors() {
		return
	}
	for _, tree := range trees {
		d := decoder{checker: checker{tree: tree}, schema: r.Schema, toggles: r.Toggles}
		d.check(tree.Root, r.shape, &trail{})
		r.diags.Add(d.diags...)
		if d.diags.HasErrors() {
			continue
		}
		each(get(tree.Root, "personas"), func(key, val *syntax.Node) { r.persona(&d, key, val) })
	}
}

func (r *personaReader) persona(d *decoder, key, val *syntax.Node) {
	p := Persona{Name: key.Value, At: d.tree.Range(key)}
	if first, twice := r.names[p.Name]; twice {
		r.diags.Add(diag.New(diag.RefDuplicateDefinition, p.At, "the persona %s is defined twice", quote(p.Name)).
			Try("Give one of them another name.").See(first, "first defined here"))
		return
	}
	r.names[p.Name] = p.At
	address := str(val, "address")
	if address == "" {
		address = fmt.Sprintf("persona-%d@persona.example", len(r.names))
	}
	b := &Block{
		Licenses: strs(get(val, "licenses")), InGroups: strs(get(val, "groups")), Own: d.settings(val), Migration: migration(val),
	}
	each(get(val, "attributes"), func(key, val *syntax.Node) {
		b.Attributes = append(b.Attributes, Attribute{key.Value, val.Value})
	})
	slices.SortFunc(b.Attributes, func(a, b Attribute) int { return strings.Compare(a.Name, b.Name) })
	p.User = User{Address: address, Key: strings.ToLower(address), Block: b}
	if !r.link(d.tree, val, &p) {
		return
	}
	p.Expect = expectation(d.tree, get(val, "expect"))
	r.personas = append(r.personas, p)
}

// link finds the groups of a persona, and whether all that it names is there.
// While not all files could be read, nobody knows what is there.
func (r *personaReader) link(tree *syntax.Tree, val *syntax.Node, p *Persona) bool {
	sound := true
	missing := func(id diag.ID, what string, n *syntax.Node, near string) {
		sound = false
		if r.Incomplete {
			return
		}
		d := diag.New(id, tree.Range(n), "there is no %s called %s", what, quote(n.Value))
		if near != "" {
			d.Try("Did you mean %s?", near)
		}
		r.diags.Add(d)
	}
	for i, name := range p.User.Licenses {
		if _, ok := r.License(name); !ok && !slices.Contains(p.User.Licenses[:i], name) {
			missing(diag.RefUnknownLicense, "license", &get(val, "licenses").Items[i], nearestOf(name, r.Licenses, func(l *License) string { return l.Name }))
		}
	}
	for i, name := range p.User.InGroups {
		g, ok := r.Group(name)
		if !ok && slices.Contains(p.User.InGroups[:i], name) {
			continue // listed twice, which has been reported
		}
		if !ok {
			missing(diag.RefUnknownGroup, "group", &get(val, "groups").Items[i], nearestOf(name, r.Groups, func(g *Group) string { return g.Name }))
			continue
		}
		p.User.Groups = append(p.User.Groups, int32(g))
	}
	expect := get(val, "expect")
	for _, behavior := range []*syntax.Node{
		get(get(val, "callingBehavior"), UnifiedCM.String()), get(expect, "callingBehavior"), get(expect, "pendingCallingBehavior"),
	} {
		n := get(behavior, "ucManagerProfile")
		if n == nil {
			continue
		}
		if _, ok := r.Profile(n.Value); !ok {
			missing(diag.RefUnknownProfile, "UC Manager profile", n, nearestOf(n.Value, r.Profiles, func(p *Profile) string { return p.Name }))
		}
	}
	if n := get(expect, "template"); n != nil && n.Value != "none" && r.Template(n.Value) < 0 {
		missing(diag.RefUnknownTemplate, "template", n, nearestOf(n.Value, r.Templates, func(t *Template) string { return t.Name }))
	}
	for g := range r.Groups {
		if r.Groups[g].Fits(p.User.Attribute) {
			p.User.Groups = append(p.User.Groups, int32(g))
		}
	}
	slices.Sort(p.User.Groups)
	p.User.Groups = slices.Compact(p.User.Groups)
	return sound
}

func expectation(tree *syntax.Tree, n *syntax.Node) Expectation {
	one := func(n *syntax.Node, field string) Expected {
		v := get(n, field)
		if v == nil {
			return Expected{}
		}
		return Expected{field, v.Value, tree.Range(v)}
	}
	all := func(n *syntax.Node, prefix string) (out []Expected) {
		each(n, func(key, val *syntax.Node) {
			out = append(out, Expected{prefix + key.Value, val.Value, tree.Range(val)})
		})
		return out
	}
	e := Expectation{
		LicenseClass: one(n, "licenseClass"), Template: one(n, "template"),
		Calling: all(get(n, "callingBehavior"), ""), Pending: all(get(n, "pendingCallingBehavior"), ""),
		InCall: all(get(n, "inCall"), "inCall."),
	}
	if rules := get(n, "rules"); rules != nil {
		e.SaysRules = true
		for i := range rules.Items {
			e.Rules = append(e.Rules, Expected{"rules", rules.Items[i].Value, tree.Range(&rules.Items[i])})
		}
	}
	return e
}

// With returns the configuration with these users instead of its own.
func (c *Config) With(users ...User) *Config {
	out := *c
	out.Users, out.Quarantined = slices.Clone(users), nil
	slices.SortFunc(out.Users, func(a, b User) int { return strings.Compare(a.Key, b.Key) })
	out.Groups = slices.Clone(c.Groups)
	for i := range out.Groups {
		out.Groups[i].Members = 0
	}
	for i := range out.Users {
		for _, g := range out.Users[i].Groups {
			out.Groups[g].Members++
		}
	}
	return &out
}
