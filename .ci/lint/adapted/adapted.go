// Package adapted makes analyzers of checks that are published as plain functions
// or need a little more to fit here, so that they share one load of the code, one
// cache and one way of being silenced with all others.
package adapted

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"github.com/golangci/unconvert"
	"github.com/kisielk/errcheck/errcheck"
	"github.com/kulti/thelper/pkg/analyzer"
	"github.com/tetafro/godot"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/packages"
	"mvdan.cc/unparam/check"
)

// Analyzers lists the checks of this package.
var Analyzers = []*analysis.Analyzer{Errcheck, Godot, Thelper, Unconvert, Unparam}

// Errcheck reports errors that nobody looks at, but for a deferred Close: that is
// how one closes what was only read. What was written is synced or closed by hand
// before, and there the error counts.
var Errcheck = &analysis.Analyzer{
	Name: "errcheck",
	Doc:  "check for unchecked errors",
	Run: func(pass *analysis.Pass) (any, error) {
		deferred := make(map[token.Pos]bool)
		for _, file := range pass.Files {
			ast.Inspect(file, func(n ast.Node) bool {
				if d, ok := n.(*ast.DeferStmt); ok {
					if f, ok := d.Call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Close" {
						deferred[d.Call.Lparen] = true
					}
				}
				return true
			})
		}
		inner := *pass
		inner.Report = func(d analysis.Diagnostic) {
			if !deferred[d.Pos] {
				pass.Report(d)
			}
		}
		return errcheck.Analyzer.Run(&inner)
	},
}

// Godot reports comments of declarations that end without a period.
var Godot = &analysis.Analyzer{
	Name: "godot",
	Doc:  "check that comments of declarations end with a period",
	Run: func(pass *analysis.Pass) (any, error) {
		for _, file := range pass.Files {
			issues, err := godot.Run(file, pass.Fset, godot.Settings{Scope: godot.DeclScope, Period: true})
			if err != nil {
				return nil, fmt.Errorf("reading comments: %w", err)
			}
			for _, issue := range issues {
				pass.Reportf(pass.Fset.File(file.FileStart).LineStart(issue.Pos.Line), "%s", issue.Message)
			}
		}
		return nil, nil
	},
}

// Thelper reports test helpers that do not say they are, so that a failure points
// into them. It leaves function literals alone: those are bodies of tests as often.
var Thelper = &analysis.Analyzer{
	Name:     "thelper",
	Doc:      "check that test helpers begin with Helper",
	Requires: helper.Requires,
	Run: func(pass *analysis.Pass) (any, error) {
		named := make(map[token.Pos]bool)
		for _, file := range pass.Files {
			for _, decl := range file.Decls {
				if f, ok := decl.(*ast.FuncDecl); ok {
					named[f.Name.Pos()] = true
				}
			}
		}
		inner := *pass
		inner.Report = func(d analysis.Diagnostic) {
			if named[d.Pos] && strings.Contains(d.Message, ".Helper()") {
				pass.Report(d)
			}
		}
		return helper.Run(&inner)
	},
}

var helper = analyzer.NewAnalyzer()

// Unconvert reports conversions of a value to the type that it has.
var Unconvert = &analysis.Analyzer{
	Name: "unconvert",
	Doc:  "check for conversions that change nothing",
	Run: func(pass *analysis.Pass) (any, error) {
		for _, at := range unconvert.Run(pass) {
			pass.Reportf(find(pass, at), "unnecessary conversion")
		}
		return nil, nil
	},
}

// Unparam reports parameters and results that make no difference.
var Unparam = &analysis.Analyzer{
	Name:     "unparam",
	Doc:      "check for parameters and results that are never used or always the same",
	Requires: []*analysis.Analyzer{buildssa.Analyzer},
	Run: func(pass *analysis.Pass) (any, error) {
		built, ok := pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA)
		if !ok {
			return nil, fmt.Errorf("no SSA form of %s", pass.Pkg.Path())
		}
		var checker check.Checker
		checker.Packages([]*packages.Package{{
			Fset: pass.Fset, Syntax: pass.Files, Types: pass.Pkg, TypesInfo: pass.TypesInfo,
		}})
		checker.ProgramSSA(built.Pkg.Prog)
		issues, err := checker.Check()
		if err != nil {
			return nil, fmt.Errorf("checking parameters: %w", err)
		}
		for _, issue := range issues {
			pass.Reportf(issue.Pos(), "%s", issue.Message())
		}
		return nil, nil
	},
}

// find turns a position that was printed back into one of the pass.
func find(pass *analysis.Pass, at token.Position) token.Pos {
	for _, file := range pass.Files {
		if lines := pass.Fset.File(file.FileStart); lines.Name() == at.Filename {
			return lines.LineStart(at.Line) + token.Pos(at.Column-1)
		}
	}
	return token.NoPos
}
