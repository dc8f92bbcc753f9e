// Package godot lets the check of the same name run as an analyzer: comments
// of declarations are sentences and end as sentences do.
package godot

import (
	"fmt"

	"github.com/tetafro/godot"
	"golang.org/x/tools/go/analysis"
)

// Analyzer reports comments of declarations that end without a period.
var Analyzer = &analysis.Analyzer{
	Name: "godot",
	Doc:  "check that comments of declarations end with a period",
	Run:  run,
}

func run(pass *analysis.Pass) (any, error) {
	for _, file := range pass.Files {
		issues, err := godot.Run(file, pass.Fset, godot.Settings{Scope: godot.DeclScope, Period: true})
		if err != nil {
			return nil, fmt.Errorf("reading comments: %w", err)
		}
		lines := pass.Fset.File(file.FileStart)
		for _, issue := range issues {
			pass.Reportf(lines.LineStart(issue.Pos.Line), "%s", issue.Message)
		}
	}
	return nil, nil
}
