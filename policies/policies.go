// Package policies is the catalogue of rules, in CUE, and its Go face. It
// states what each rule is; it evaluates none.
package policies

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"

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
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Severity string   `json:"severity"`
	MayBe    []string `json:"mayBe,omitempty"`
	Editions []string `json:"editions,omitempty"`
	Why      string   `json:"why"`
	Fix      string   `json:"fix"`
	Scope    string   `json:"scope"`
}

// Build compiles the catalogue in the given context.
func Build(ctx *cue.Context) (cue.Value, error) {
	inst := build.NewContext().NewInstance("policies", nil)
	names, err := fs.Glob(Files, "*.cue")
	if err != nil {
		return cue.Value{}, err
	}
	for _, name := range names {
		data, err := Files.ReadFile(name)
		if err != nil {
			return cue.Value{}, err
		}
		var f *ast.File
		if f, err = parser.ParseFile("policies/"+name, data, parser.ParseComments); err != nil {
			return cue.Value{}, err
		}
		if err := inst.AddSyntax(f); err != nil {
			return cue.Value{}, err
		}
	}
	v := ctx.BuildInstance(inst)
	if err := v.Validate(cue.All()); err != nil {
		return cue.Value{}, fmt.Errorf("the catalogue is broken: %s", errors.Details(err, nil))
	}
	return v, nil
}

// Catalogue returns every built-in rule, by id.
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
	slices.SortFunc(rules, func(a, b Rule) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return rules, nil
}
