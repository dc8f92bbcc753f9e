// Command lint runs every static check that the project asks of its Go code,
// in one process and with one cache. It is a module of its own, so that none
// of what it stands on becomes a dependency of callpolicy.
//
// A finding that is wrong is silenced in place, always with its reason:
//
//	//lint:ignore CHECK why the code is right as it is
//
// A directive without a reason, or one that silences nothing, is itself a
// finding. "lint -list-checks" prints the names of the checks.
package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/kisielk/errcheck/errcheck"
	"github.com/ldez/usetesting"
	"github.com/nishanths/exhaustive/passes/exhaustive"
	"github.com/polyfloyd/go-errorlint/errorlint"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/atomicalign"
	"golang.org/x/tools/go/analysis/passes/deepequalerrors"
	"golang.org/x/tools/go/analysis/passes/modernize"
	"golang.org/x/tools/go/analysis/passes/nilness"
	"golang.org/x/tools/go/analysis/passes/reflectvaluecompare"
	"golang.org/x/tools/go/analysis/passes/sortslice"
	"golang.org/x/tools/go/analysis/passes/unusedwrite"
	"golang.org/x/tools/go/analysis/suite/vet"
	"honnef.co/go/tools/lintcmd"
	"honnef.co/go/tools/simple"
	"honnef.co/go/tools/staticcheck"
	"honnef.co/go/tools/stylecheck"
	"honnef.co/go/tools/unused"

	"callpolicy/lint/adapted"
	"callpolicy/lint/house"
)

func main() {
	cmd := lintcmd.NewCommand("lint")
	// All of staticcheck's checks, also those that it leaves off by default,
	// but for the one that asks for declarations without their type.
	args := append([]string{"-checks", "all,-ST1023"}, os.Args[1:]...)
	cmd.ParseFlags(args)

	cmd.AddAnalyzers(staticcheck.Analyzers...)
	cmd.AddAnalyzers(simple.Analyzers...)
	cmd.AddAnalyzers(stylecheck.Analyzers...)
	cmd.AddAnalyzers(unused.Analyzer)

	others, err := analyzers()
	if err != nil {
		fmt.Fprintln(os.Stderr, "lint:", err)
		os.Exit(3)
	}
	for _, a := range others {
		cmd.AddBareAnalyzers(underItsName(a))
	}
	cmd.Run()
}

// analyzers returns every check beside staticcheck's own, with its options set.
func analyzers() ([]*analysis.Analyzer, error) {
	wrapping := errorlint.NewAnalyzer()
	if err := set(wrapping, "errorf", "true"); err != nil {
		return nil, err
	}
	// A type assertion without its second result panics; so it counts as an
	// unchecked error.
	if err := set(errcheck.Analyzer, "assert", "true"); err != nil {
		return nil, err
	}
	//lint:ignore houseglobals this list has no other way in than a file
	errcheck.DefaultExcludedSymbols = append(errcheck.DefaultExcludedSymbols, mayFail...)
	// A default clause does not make a switch over an enum exhaustive: a new
	// constant must be thought of everywhere.
	if err := set(exhaustive.Analyzer, "check", "switch"); err != nil {
		return nil, err
	}
	if err := set(exhaustive.Analyzer, "typeonly", own); err != nil {
		return nil, err
	}

	return slices.Concat(
		vet.Suite,
		modernize.Suite,
		adapted.Analyzers,
		house.Analyzers,
		[]*analysis.Analyzer{
			atomicalign.Analyzer,
			deepequalerrors.Analyzer,
			nilness.Analyzer,
			reflectvaluecompare.Analyzer,
			sortslice.Analyzer,
			unusedwrite.Analyzer,
			wrapping,
			exhaustive.Analyzer,
			usetesting.NewAnalyzer(),
		},
	), nil
}

// mayFail lists calls whose error says nothing that a later call does not say
// again: the view prints to buffered writers and flushes them.
var mayFail = []string{"fmt.Fprint", "fmt.Fprintf", "fmt.Fprintln"}

// own matches the project's enums: those of other modules and of the standard
// library may grow a constant without anybody here being asked.
const own = `^callpolicy/`

func set(a *analysis.Analyzer, option, value string) error {
	if err := a.Flags.Set(option, value); err != nil {
		return fmt.Errorf("option %s of %s: %w", option, a.Name, err)
	}
	return nil
}

// underItsName returns the analyzer with its findings filed under its own name:
// lintcmd selects findings by category and would drop, silently, those of an
// analyzer that uses categories of its own.
func underItsName(a *analysis.Analyzer) *analysis.Analyzer {
	run := a.Run
	a.Run = func(pass *analysis.Pass) (any, error) {
		inner := *pass
		inner.Report = func(d analysis.Diagnostic) {
			d.Category = a.Name
			pass.Report(d)
		}
		return run(&inner)
	}
	return a
}
