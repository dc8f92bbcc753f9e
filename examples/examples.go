// Package examples holds policy repositories to learn from. Each of them is
// also a test: it compiles without errors, and the bundles in its folder
// expected, first worked out by hand, are what compiling gives.
package examples

import (
	"embed"
	"io/fs"
)

//go:embed starter*/callpolicy.yaml starter*/policies
var starter embed.FS

//go:generate env UPDATE=1 go test -run TestStartersAreComplete .

// Starter returns the small commented repository that `callpolicy init` writes for
// an edition: the folder that its schema names.
func Starter(folder string) (fs.FS, error) { return fs.Sub(starter, folder) }
