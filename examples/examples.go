// Package examples holds policy repositories to learn from. Each of them is
// also a test: it compiles without errors, and the bundles in its folder
// expected, which were worked out by hand, are what compiling gives.
package examples

import (
	"embed"
	"io/fs"
)

//go:embed starter/callpolicy.yaml starter/policies
//go:embed starter-current/callpolicy.yaml starter-current/policies
var starter embed.FS

// StarterEdition is the edition of the small repository that `callpolicy init`
// writes where none is asked for.
const StarterEdition = "classic"

// Starter returns the small commented repository that `callpolicy init` writes for
// an edition.
func Starter(edition string) (fs.FS, error) {
	if edition == StarterEdition {
		return fs.Sub(starter, "starter")
	}
	return fs.Sub(starter, "starter-"+edition)
}
