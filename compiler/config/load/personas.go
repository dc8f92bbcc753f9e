package load

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/check"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/filekind"
	"callpolicy/compiler/identity"
	"callpolicy/compiler/syntax"
	"callpolicy/compiler/syntax/yaml"
	"callpolicy/schema"
)

// Personas reads the persona tests of the project: every YAML file below their
// folder. What is wrong in them is in the list; a persona whose groups or
// licenses are not there is not among the result.
func Personas(c *config.Config) ([]config.Persona, diag.List, error) {
	shape, err := schema.Personas(c.Schema.Edition.Name)
	if err != nil {
		return nil, nil, err
	}
	r := personaReader{Config: c, shape: shape, names: map[string]diag.Range{}}
	dir := path.Join(c.Sources.Dir, config.PersonasDir)
	err = fs.WalkDir(c.Sources.FS, dir, func(name string, e fs.DirEntry, err error) error {
		switch {
		case isWritersFault(err):
			r.diags.Add(unreadable(c.Sources.Dir, name, err))
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
		if filekind.Of(name) != filekind.YAML {
			return nil
		}
		data, err := fs.ReadFile(c.Sources.FS, name)
		switch {
		case isWritersFault(err):
			r.diags.Add(unreadable(c.Sources.Dir, name, err))
		case err != nil:
			return err
		default:
			r.file(relative(c.Sources.Dir, name), data)
		}
		return nil
	})
	for _, d := range r.diags {
		d.Fix = nil // nothing mends the files of tests
	}
	return r.personas, r.diags.Sorted(), err
}

type personaReader struct {
	*config.Config
	shape    *schema.Type
	personas []config.Persona
	names    map[string]diag.Range
	guesses  guesses
	diags    diag.List
}

func (r *personaReader) file(name string, data []byte) {
	trees, diags := yaml.Parse(name, data)
	r.diags.Add(diags...)
	if diags.HasErrors() {
		return
	}
	for _, tree := range trees {
		d := decoder{Checker: check.Checker{Tree: tree, Edition: &r.Schema.Edition}, schema: r.Schema, toggles: r.Toggles}
		d.Check(tree.Root, r.shape, &check.Trail{})
		r.diags.Add(d.Diags...)
		if d.Diags.HasErrors() {
			continue
		}
		each(get(tree.Root, "personas"), func(key, val *syntax.Node) { r.persona(&d, key, val) })
	}
}

func (r *personaReader) persona(d *decoder, key, val *syntax.Node) {
	p := config.Persona{Name: key.Value, At: d.Tree.Range(key)}
	if first, twice := r.names[p.Name]; twice {
		r.diags.Add(diag.New(diag.RefDuplicateDefinition, p.At, "the persona %s is defined twice", check.Quote(p.Name)).
			Try("Give one of them another name.").See(first, "first defined here"))
		return
	}
	r.names[p.Name] = p.At
	address := str(val, "address")
	if address == "" {
		address = fmt.Sprintf("persona-%d@persona.example", len(r.names))
	}
	b := &config.Block{
		Licenses: strs(get(val, "licenses")), InGroups: strs(get(val, "groups")), Own: d.settings(val), Migration: migration(val),
	}
	each(get(val, "attributes"), func(key, val *syntax.Node) {
		b.Attributes = append(b.Attributes, config.Attribute{Name: key.Value, Value: val.Value})
	})
	slices.SortFunc(b.Attributes, func(a, b config.Attribute) int { return strings.Compare(a.Name, b.Name) })
	p.User = config.User{Address: address, Key: identity.Address(address), Block: b}
	if !r.link(d.Tree, val, &p) {
		return
	}
	p.Expect = expectation(d.Tree, get(val, "expect"))
	r.personas = append(r.personas, p)
}

// link finds the groups of a persona, and whether all that it names is there.
// While not all files could be read, nobody knows what is there.
func (r *personaReader) link(tree *syntax.Tree, val *syntax.Node, p *config.Persona) bool {
	sound := true
	missing := func(id diag.ID, what string, n *syntax.Node, near string) {
		sound = false
		if r.Incomplete {
			return
		}
		d := diag.New(id, tree.Range(n), "there is no %s called %s", what, check.Quote(n.Value))
		if near != "" {
			d.Try("Did you mean %s?", near)
		}
		r.diags.Add(d)
	}
	for i, name := range p.User.Licenses {
		if _, ok := r.License(name); !ok && !slices.Contains(p.User.Licenses[:i], name) {
			missing(diag.RefUnknownLicense, "license", &get(val, "licenses").Items[i], nearestOf(&r.guesses, name, r.Licenses, func(l *config.License) string { return l.Name }))
		}
	}
	for i, name := range p.User.InGroups {
		g, ok := r.Group(name)
		if !ok && slices.Contains(p.User.InGroups[:i], name) {
			continue // listed twice, which has been reported
		}
		if !ok {
			missing(diag.RefUnknownGroup, "group", &get(val, "groups").Items[i], nearestOf(&r.guesses, name, r.Groups, func(g *config.Group) string { return g.Name }))
			continue
		}
		p.User.Groups = append(p.User.Groups, int32(g))
	}
	expect := get(val, "expect")
	for _, behavior := range []*syntax.Node{
		get(get(val, "callingBehavior"), config.UnifiedCM.String()), get(expect, "callingBehavior"), get(expect, "pendingCallingBehavior"),
	} {
		n := get(behavior, "ucManagerProfile")
		if n == nil {
			continue
		}
		if _, ok := r.Profile(n.Value); !ok {
			missing(diag.RefUnknownProfile, "UC Manager profile", n, nearestOf(&r.guesses, n.Value, r.Profiles, func(p *config.Profile) string { return p.Name }))
		}
	}
	if n := get(expect, "template"); n != nil && n.Value != "none" && r.Template(n.Value) < 0 {
		missing(diag.RefUnknownTemplate, "template", n, nearestOf(&r.guesses, n.Value, r.Templates, func(t *config.Template) string { return t.Name }))
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

func expectation(tree *syntax.Tree, n *syntax.Node) config.Expectation {
	one := func(n *syntax.Node, field string) config.Expected {
		v := get(n, field)
		if v == nil {
			return config.Expected{}
		}
		return config.Expected{Field: field, Value: v.Value, At: tree.Range(v)}
	}
	all := func(n *syntax.Node, prefix string) (out []config.Expected) {
		each(n, func(key, val *syntax.Node) {
			out = append(out, config.Expected{Field: prefix + key.Value, Value: val.Value, At: tree.Range(val)})
		})
		return out
	}
	e := config.Expectation{
		LicenseClass: one(n, "licenseClass"), Template: one(n, "template"),
		Calling: all(get(n, "callingBehavior"), ""), Pending: all(get(n, "pendingCallingBehavior"), ""),
		InCall: all(get(n, "inCall"), "inCall."),
	}
	if rules := get(n, "rules"); rules != nil {
		e.SaysRules = true
		for i := range rules.Items {
			e.Rules = append(e.Rules, config.Expected{Field: "rules", Value: rules.Items[i].Value, At: tree.Range(&rules.Items[i])})
		}
	}
	return e
}
