// Package policies is the catalogue of rules, in CUE, and its Go face. It
// states what each rule is; it evaluates none.
//
// There are two ways in. [Catalogue] evaluates everything, examples included,
// for documents and tests. [Rules] reads the same entries straight from the
// syntax of the files, in a tenth of the time, since every run needs them; a
// test proves that both say the same.
package policies

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
)

// Files holds the CUE files of the catalogue.
//
//go:embed *.cue
var Files embed.FS

// Rule is one entry of the catalogue.
type Rule struct {
	ID       string            `json:"id"`
	Title    string            `json:"title"`              // what is wrong, in a few words
	Severity string            `json:"severity"`           // off, info, warning or error
	MayBe    []string          `json:"mayBe,omitempty"`    // the severities that a project may choose
	Editions []string          `json:"editions,omitempty"` // where it holds; none: everywhere
	Scope    []string          `json:"scope"`              // file, user, template, group, organization
	Why      string            `json:"why"`
	Fix      string            `json:"fix"`
	Order    int               `json:"order,omitempty"`  // of those that fit one value, the least is reported; 0: no order
	Usage    bool              `json:"usage,omitempty"`  // looks for what nobody uses
	Unless   []string          `json:"unless,omitempty"` // ids of faults that would explain this one
	At       string            `json:"at,omitempty"`     // the field of the subject whose line is shown
	Message  string            `json:"message,omitempty"`
	See      map[string]string `json:"see,omitempty"`

	// Examples are there for [Catalogue] only.
	Examples *Examples `json:"examples,omitempty"`

	// The constraints, as they are written; nil where there is none, and always
	// for rules of scope file.
	When, Require, Forbid ast.Expr `json:"-"`
}

// Examples are small policy repositories, files by name.
type Examples struct {
	Edition string            `json:"edition"`
	At      string            `json:"at,omitempty"` // the day on which they are read
	Good    map[string]string `json:"good,omitempty"`
	Bad     map[string]string `json:"bad,omitempty"`
	Told    string            `json:"told,omitempty"` // what no file can show
}

// License is what the name of a license stands for. The API has one list of
// names, and exported_users.csv has another.
type License struct {
	Class    string `json:"class,omitempty"` // webexCalling, unifiedCM, none; empty: not documented
	Kind     string `json:"kind,omitempty"`  // professional, standard, basic, essential
	In       string `json:"in"`              // whose name it is: api, export, both
	Is       string `json:"is,omitempty"`    // the name of the same license in the API, where that is another one
	Evidence string `json:"evidence"`        // where the name was seen
}

// Exports is what is known of exported_users.csv beside the names of licenses.
type Exports struct {
	Address []string // headers of the address
	Yes, No []string // what the cells of a license's column say
	Private []string // columns that are not kept, in lower case
	Calling []string // words of names of licenses that give a calling service, in lower case
	Others  []string // words of names of those that give another one, in lower case
}

// File is one parsed file of the catalogue. Its syntax is shared and must not be changed.
type File struct {
	Name   string
	Syntax *ast.File
}

// Parse returns every file of the catalogue, parsed, by name.
func Parse() ([]File, error) { return parseAll("*.cue") }

func parseAll(patterns ...string) ([]File, error) {
	var files []File
	for _, pattern := range patterns {
		names, err := fs.Glob(Files, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			data, err := Files.ReadFile(name)
			if err != nil {
				return nil, err
			}
			f, err := parser.ParseFile("policies/"+name, data, parser.ParseComments)
			if err != nil {
				return nil, err
			}
			files = append(files, File{name, f})
		}
	}
	return files, nil
}

// Build compiles the catalogue in the given context.
func Build(ctx *cue.Context) (cue.Value, error) {
	inst := build.NewContext().NewInstance("policies", nil)
	files, err := Parse()
	if err != nil {
		return cue.Value{}, err
	}
	for _, f := range files {
		if err := inst.AddSyntax(f.Syntax); err != nil {
			return cue.Value{}, err
		}
	}
	v := ctx.BuildInstance(inst)
	if err := v.Validate(cue.All()); err != nil {
		return cue.Value{}, fmt.Errorf("the catalogue is broken: %s", errors.Details(err, nil))
	}
	return v, nil
}

// Catalogue returns every built-in rule with its examples, by id. The
// constraints are left out.
func Catalogue() ([]Rule, error) {
	v, err := Build(cuecontext.New())
	if err != nil {
		return nil, err
	}
	iter, err := v.LookupPath(cue.ParsePath("rules")).Fields()
	if err != nil {
		return nil, err
	}
	var rules []Rule
	for iter.Next() {
		var r Rule
		if err := iter.Value().Decode(&r); err != nil {
			return nil, err
		}
		r.ID = iter.Selector().Unquoted()
		rules = append(rules, r)
	}
	slices.SortFunc(rules, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) })
	return rules, nil
}

// Rules returns every built-in rule with its constraints but without examples,
// by id. The result is shared: it must not be changed.
func Rules() ([]Rule, error) { return rulesOnce() }

// Licenses returns what the names of licenses stand for, those of the API and
// those of exports. The result is shared: it must not be changed.
func Licenses() (map[string]License, error) { return licensesOnce() }

// ExportedUsers returns what is known of exported_users.csv beside the names of
// licenses. The lists are shared and must not be changed.
func ExportedUsers() (Exports, error) { return exportsOnce() }

// What is read once is kept, since it never changes.
var (
	rulesOnce = sync.OnceValues(func() ([]Rule, error) {
		files, err := parseAll("files.cue", "jabber.cue", "levels.cue", "lints.cue")
		if err != nil {
			return nil, err
		}
		return readRules(files)
	})
	exportsOnce = sync.OnceValues(func() (Exports, error) {
		files, err := parseAll("exports.cue")
		if err != nil {
			return Exports{}, err
		}
		return readExports(files)
	})
	licensesOnce = sync.OnceValues(func() (map[string]License, error) {
		files, err := parseAll("licenses.cue")
		if err != nil {
			return nil, err
		}
		return readLicenses(files)
	})
)

// Guardrail compiles what a rule of an organization's own looks like.
func Guardrail(ctx *cue.Context) (cue.Value, error) {
	files, err := parseAll("catalogue.cue")
	if err != nil {
		return cue.Value{}, err
	}
	v := ctx.BuildFile(files[0].Syntax)
	return v.LookupPath(cue.MakePath(cue.Def("#Guardrail"))), v.Err()
}

// Subjects compiles what the rules of each scope see, by scope.
func Subjects(ctx *cue.Context) (map[string]cue.Value, error) {
	files, err := parseAll("catalogue.cue", "subject.cue")
	if err != nil {
		return nil, err
	}
	inst := build.NewContext().NewInstance("policies", nil)
	for _, f := range files {
		if err := inst.AddSyntax(f.Syntax); err != nil {
			return nil, err
		}
	}
	v := ctx.BuildInstance(inst)
	all := map[string]cue.Value{}
	for scope, name := range SubjectDefinitions() {
		all[scope] = v.LookupPath(cue.MakePath(cue.Def(name)))
	}
	return all, v.Err()
}

// SubjectDefinitions names the definition of what the rules of each scope see, by scope.
func SubjectDefinitions() map[string]string {
	return map[string]string{"user": "#User", "template": "#Template", "group": "#Group", "organization": "#Organization"}
}
