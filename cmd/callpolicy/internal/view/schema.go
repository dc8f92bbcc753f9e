package view

import (
	"bufio"
	"fmt"
	"io"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/schema"
)

// JSONSchema writes a schema for editors.
func JSONSchema(w io.Writer, s *schema.JSONSchema) error { return harmless.JSON(w, s) }

// Written says which files were written into a folder.
func Written(w io.Writer, dir string, files []string, s layout.Style) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s written in %s:\n\n", s.Green(layout.Plural(len(files), "file", "files")), harmless.Line(dir))
	for _, file := range files {
		fmt.Fprintln(out, "  "+harmless.Line(file))
	}
	return out.Flush()
}
