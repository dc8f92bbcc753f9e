// Package schema holds the CUE schemas of everything an administrator writes,
// and the index that Go draws from them.
//
// The CUE files are the truth. A [Type] is derived from them when the program is
// made, so that Go can walk a file once, report every fault at its place and
// name what was meant; a test proves on generated files that Go accepts exactly
// what CUE accepts. Nothing here says at which level a setting may stand: that
// is for the rules in package policies.
package schema

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
)

// Files holds the schemas: those in the top folder are of every edition, those
// in a folder of an edition's name are its own.
//
//go:embed *.cue */*.cue
var Files embed.FS

// Schema is what the files of one edition may hold.
type Schema struct {
	Edition  Edition
	Policy   *Type // a policy file
	Project  *Type // callpolicy.yaml
	Personas *Type // a file with persona tests
}

// Load returns the schema of an edition. It is read once and shared: a Schema
// is immutable.
func Load(edition string) (*Schema, error) {
	load, ok := loaders()[edition]
	if !ok {
		return nil, fmt.Errorf("no such edition: %q", edition)
	}
	return load()
}

var loaders = sync.OnceValue(func() map[string]func() (*Schema, error) {
	all := map[string]func() (*Schema, error){}
	for _, name := range EditionNames() {
		all[name] = sync.OnceValues(func() (*Schema, error) { return read(name) })
	}
	return all
})

// indexes holds what Derive gave when the program was made, since compiling the
// CUE files takes longer than checking a small repository. A test derives it anew.
//
//go:embed index/*.json
var indexes embed.FS

//go:generate go run callpolicy/schema/gen

func read(edition string) (*Schema, error) {
	data, err := indexes.ReadFile("index/" + edition + ".json")
	if err != nil {
		return nil, err
	}
	s := new(Schema)
	if err := json.Unmarshal(data, s); err != nil {
		return nil, err
	}
	patterns := map[string]*Pattern{}
	s.Policy.share(patterns)
	s.Project.share(patterns)
	s.Personas.share(patterns)
	return s, nil
}

// Derive draws the schema of every edition from the CUE files, and what is told
// of each.
func Derive() ([]*Schema, []Outline, error) {
	data, err := Files.ReadFile("editions.cue") // which stands by itself
	if err != nil {
		return nil, nil, err
	}
	shared := cuecontext.New().CompileBytes(data)
	names, err := typeOf(shared.LookupPath(cue.ParsePath("#EditionName")))
	if err != nil {
		return nil, nil, err
	}
	today, err := shared.LookupPath(cue.ParsePath("#Today")).String()
	if err != nil {
		return nil, nil, err
	}
	var all []*Schema
	var outlines []Outline
	for _, name := range names.Words {
		s, err := derive(name)
		if err != nil {
			return nil, nil, fmt.Errorf("the edition %s: %w", name, err)
		}
		all = append(all, s)
		outlines = append(outlines, Outline{name, s.Edition.About, name == today})
	}
	return all, outlines, nil
}

func derive(edition string) (*Schema, error) {
	v, err := Build(cuecontext.New(), edition)
	if err != nil {
		return nil, err
	}
	about := v.LookupPath(cue.ParsePath("edition"))
	if err := about.Validate(cue.Concrete(true)); err != nil {
		return nil, fmt.Errorf("it does not say all: %s", errors.Details(err, nil))
	}
	s := new(Schema)
	if err := about.Decode(&s.Edition); err != nil {
		return nil, err
	}
	slices.Sort(s.Edition.Toggles)
	if s.Policy, err = typeOf(v.LookupPath(cue.ParsePath("#Policy"))); err != nil {
		return nil, err
	}
	if s.Project, err = typeOf(v.LookupPath(cue.ParsePath("#Project"))); err != nil {
		return nil, err
	}
	if s.Personas, err = typeOf(v.LookupPath(cue.ParsePath("#Personas"))); err != nil {
		return nil, err
	}
	forms, err := formsOf(v)
	if err != nil {
		return nil, err
	}
	for _, t := range []*Type{s.Policy, s.Project, s.Personas} {
		if err := t.setForms(forms); err != nil {
			return nil, err
		}
	}
	s.markElsewhere()
	return s, s.checkToggles()
}

// markElsewhere marks the settings that the edition lets nobody write at a level.
func (s *Schema) markElsewhere() {
	persona := s.Personas.Field("personas").Type.Elem
	s.Edition.mark("org", s.Policy.Field("org").Type)
	s.Edition.mark("template", s.Policy.Field("templates").Type.Elem)
	s.Edition.mark("user", s.Policy.Field("users").Type.Elem)
	s.Edition.mark("user", persona)
	s.Edition.markToggles(persona.Field("expect").Type)
}

func (e *Edition) mark(level string, holds *Type) {
	e.markToggles(holds)
	behavior := holds.Field("callingBehavior")
	behavior.Elsewhere = true
	for i := range behavior.Type.Fields {
		f := &behavior.Type.Fields[i]
		f.Elsewhere = !slices.Contains(e.CallingBehavior[f.Name], level)
		behavior.Elsewhere = behavior.Elsewhere && f.Elsewhere
	}
}

func (e *Edition) markToggles(holds *Type) {
	toggles := holds.Field("inCall").Type.Fields
	for i := range toggles {
		toggles[i].Elsewhere = !slices.Contains(e.Toggles, toggles[i].Name)
	}
}

// MostToggles is how many in-call toggles all editions together may know: a
// level's toggles are the bits of one word.
const MostToggles = 64

// checkToggles holds the edition's toggles to those that a policy file may hold.
func (s *Schema) checkToggles() error {
	known := s.Policy.Field("org").Type.Field("inCall").Type.Names()
	if len(known) > MostToggles {
		return fmt.Errorf("#InCall holds %d toggles, and there is room for %d: see MostToggles", len(known), MostToggles)
	}
	for _, name := range s.Edition.Toggles {
		if !slices.Contains(known, name) {
			return fmt.Errorf("the toggle %s has no description in #InCall", name)
		}
	}
	return nil
}

// Build compiles the schema of an edition in the given context.
func Build(ctx *cue.Context, edition string) (cue.Value, error) {
	inst := build.NewContext().NewInstance("schema", nil)
	for _, pattern := range []string{"*.cue", edition + "/*.cue"} {
		names, err := fs.Glob(Files, pattern)
		if err != nil {
			return cue.Value{}, err
		}
		for _, name := range names {
			data, err := Files.ReadFile(name)
			if err != nil {
				return cue.Value{}, err
			}
			f, err := parser.ParseFile("schema/"+name, data, parser.ParseComments)
			if err != nil {
				return cue.Value{}, err
			}
			if err := inst.AddSyntax(f); err != nil {
				return cue.Value{}, err
			}
		}
	}
	if err := inst.Complete(); err != nil { // resolves the imports of the standard library
		return cue.Value{}, err
	}
	v := ctx.BuildInstance(inst)
	if err := v.Err(); err != nil {
		return cue.Value{}, fmt.Errorf("the schema is broken: %s", errors.Details(err, nil))
	}
	return v, nil
}
