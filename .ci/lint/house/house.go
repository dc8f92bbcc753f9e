// Package house holds the checks of callpolicy's own rules of style, those
// that no public analyzer states: who may print and exit, what a package may
// be called, that nothing happens at import time, that package variables stay
// what they are, and that everything exported is documented.
//
// Tests and generated files are held to none of them but the names of packages.
package house

import (
	"go/ast"
	"go/token"
	"go/types"
	"iter"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Analyzers lists the checks of this package.
var Analyzers = []*analysis.Analyzer{Output, ImportTime, PackageName, Documented}

// view is the one package that renders; the packages below it may as well.
const view = "callpolicy/cmd/callpolicy/internal/view"

// Output reports printing and exiting where a package must return instead.
var Output = &analysis.Analyzer{
	Name: "houseoutput",
	Doc:  "only package main exits; only package main and the view print",
	Run:  output,
}

// ends and prints list the forbidden functions and variables, by package.
var (
	ends   = map[string][]string{"os": {"Exit"}, "log": {"Fatal", "Fatalf", "Fatalln"}, "runtime": {"Goexit"}}
	prints = map[string][]string{"os": {"Stdout", "Stderr"}, "fmt": {"Print", "Printf", "Println"}, "log": nil}
)

func output(pass *analysis.Pass) (any, error) {
	if pass.Pkg.Name() == "main" {
		return nil, nil
	}
	path := strings.TrimSuffix(pass.Pkg.Path(), "_test")
	renders := path == view || strings.HasPrefix(path, view+"/")
	for file := range sources(pass) {
		ast.Inspect(file, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			switch obj := pass.TypesInfo.Uses[id]; {
			case obj == nil:
			case listed(ends, obj):
				pass.Reportf(id.Pos(), "%s.%s outside package main: return an error or a status", obj.Pkg().Name(), obj.Name())
			case !renders && listed(prints, obj):
				pass.Reportf(id.Pos(), "%s.%s outside the view: return what is to be shown", obj.Pkg().Name(), obj.Name())
			case isPrintBuiltin(obj):
				pass.Reportf(id.Pos(), "built-in %s is for debugging only", obj.Name())
			}
			return true
		})
	}
	return nil, nil
}

// listed reports whether obj is a package-level object that the table names; a
// package without names is forbidden as a whole.
func listed(table map[string][]string, obj types.Object) bool {
	if obj.Pkg() == nil || obj.Parent() != obj.Pkg().Scope() {
		return false
	}
	names, ok := table[obj.Pkg().Path()]
	return ok && (names == nil || slices.Contains(names, obj.Name()))
}

func isPrintBuiltin(obj types.Object) bool {
	b, ok := obj.(*types.Builtin)
	return ok && (b.Name() == "print" || b.Name() == "println")
}

// ImportTime reports init functions and assignments to package variables:
// nothing happens when a package is imported, and nothing global changes after.
var ImportTime = &analysis.Analyzer{
	Name: "houseglobals",
	Doc:  "no init functions, no assignment to package variables",
	Run:  importTime,
}

func importTime(pass *analysis.Pass) (any, error) {
	for file := range sources(pass) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil && n.Name.Name == "init" {
					pass.Reportf(n.Name.Pos(), "init function: work at import time belongs to whoever needs it")
				}
			case *ast.AssignStmt:
				for _, target := range n.Lhs {
					reportGlobal(pass, target)
				}
			case *ast.IncDecStmt:
				reportGlobal(pass, n.X)
			}
			return true
		})
	}
	return nil, nil
}

// reportGlobal reports a write to a package variable, to a part of one or to
// what one points to.
func reportGlobal(pass *analysis.Pass, target ast.Expr) {
	for {
		switch x := target.(type) {
		case *ast.ParenExpr:
			target = x.X
		case *ast.IndexExpr:
			target = x.X
		case *ast.StarExpr:
			target = x.X
		case *ast.SelectorExpr:
			if isGlobal(pass.TypesInfo.Uses[x.Sel]) {
				target = x.Sel
			} else {
				target = x.X
			}
		case *ast.Ident:
			if isGlobal(pass.TypesInfo.Uses[x]) {
				pass.Reportf(x.Pos(), "package variable %s is changed: pass the value, or keep it in a struct", x.Name)
			}
			return
		default:
			return
		}
	}
}

func isGlobal(obj types.Object) bool {
	v, ok := obj.(*types.Var)
	return ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope()
}

// PackageName reports packages named after nothing in particular.
var PackageName = &analysis.Analyzer{
	Name: "housename",
	Doc:  "packages are named for what they are about",
	Run:  packageName,
}

// vague lists the names that say nothing of what a package is about.
var vague = []string{"util", "utils", "common", "helper", "helpers", "misc", "shared", "base", "manager", "types"}

func packageName(pass *analysis.Pass) (any, error) {
	name := strings.TrimSuffix(pass.Pkg.Name(), "_test")
	if slices.Contains(vague, name) && len(pass.Files) > 0 {
		pass.Reportf(pass.Files[0].Name.Pos(), "package %s: name it for what it is about", name)
	}
	return nil, nil
}

// Documented reports exported declarations without a doc comment. Their form
// is checked elsewhere (ST1020, ST1021, ST1022).
var Documented = &analysis.Analyzer{
	Name: "housedoc",
	Doc:  "everything exported is documented",
	Run:  documented,
}

func documented(pass *analysis.Pass) (any, error) {
	if pass.Pkg.Name() == "main" {
		return nil, nil
	}
	for file := range sources(pass) {
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Doc == nil && decl.Name.IsExported() && exportedReceiver(decl) && !ofErrors(decl) {
					pass.Reportf(decl.Name.Pos(), "exported %s has no doc comment", decl.Name.Name)
				}
			case *ast.GenDecl:
				documentedSpecs(pass, decl)
			}
		}
	}
	return nil, nil
}

// documentedSpecs checks types, constants and variables. Those of a group
// share the group's comment; types do not.
func documentedSpecs(pass *analysis.Pass, decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			alone := decl.Doc != nil && !decl.Lparen.IsValid()
			if spec.Name.IsExported() && spec.Doc == nil && !alone {
				pass.Reportf(spec.Name.Pos(), "exported %s has no doc comment", spec.Name.Name)
			}
		case *ast.ValueSpec:
			if decl.Doc != nil || spec.Doc != nil || spec.Comment != nil {
				continue
			}
			for _, name := range spec.Names {
				if name.IsExported() {
					pass.Reportf(name.Pos(), "exported %s has no doc comment", name.Name)
				}
			}
		}
	}
}

// ofErrors reports whether a function is one of the methods that errors have,
// and that say nothing of their own.
func ofErrors(f *ast.FuncDecl) bool {
	return f.Recv != nil && (f.Name.Name == "Error" || f.Name.Name == "Unwrap")
}

// exportedReceiver reports whether a function has no receiver or one whose
// type can be seen from outside.
func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	t := f.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// sources yields the files of a package that somebody wrote and that are not
// tests.
func sources(pass *analysis.Pass) iter.Seq[*ast.File] {
	return func(yield func(*ast.File) bool) {
		for _, file := range pass.Files {
			if ast.IsGenerated(file) || isTest(pass.Fset, file) {
				continue
			}
			if !yield(file) {
				return
			}
		}
	}
}

func isTest(fset *token.FileSet, file *ast.File) bool {
	return strings.HasSuffix(fset.Position(file.Package).Filename, "_test.go")
}
