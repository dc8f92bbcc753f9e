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
//go:embed *.cue classic/*.cue current/*.cue
var Files embed.FS

// Schema is what the files of one edition may hold.
type Schema struct {
	Edition  Edition
	Policy   *Type // a policy file
	Project  *Type // callpolicy.yaml
	Personas *Type // a file with persona tests
}

// Edition is what a Control Hub rule set knows.
type Edition struct {
	Name            string              `json:"name"`            // classic or current
	Title           string              `json:"title"`           // how to speak of it
	Toggles         []string            `json:"toggles"`         // the in-call toggles, sorted
	CallingBehavior map[string][]string `json:"callingBehavior"` // by service, the levels that may hold it
	WholeChoice     bool                `json:"wholeChoice"`     // a lower level replaces a choice whole
	Default         Default             `json:"default"`
}

// Default is what holds where no level says anything.
type Default struct {
	InCall bool   `json:"inCall"` // every in-call toggle
	App    string `json:"app"`    // of every calling behavior
}

// EditionNames lists the editions there are.
func EditionNames() []string { return []string{"classic", "current"} }

// Load returns the schema of an edition. It is read once and shared: a Schema
// is immutable.
func Load(edition string) (*Schema, error) {
	load, ok := loaders[edition]
	if !ok {
		return nil, fmt.Errorf("no such edition: %q", edition)
	}
	return load()
}

var loaders = map[string]func() (*Schema, error){
	"classic": sync.OnceValues(func() (*Schema, error) { return read("classic") }),
	"current": sync.OnceValues(func() (*Schema, error) { return read("current") }),
}

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

// Derive draws the schema of an edition from the CUE files.
func Derive(edition string) (*Schema, error) {
	v, err := Build(cuecontext.New(), edition)
	if err != nil {
		return nil, err
	}
	s := new(Schema)
	if err := v.LookupPath(cue.ParsePath("edition")).Decode(&s.Edition); err != nil {
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
	return s, nil
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
