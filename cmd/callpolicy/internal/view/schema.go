package view

import (
	"bufio"
	"fmt"
	"io"

	"callpolicy/schema"
)

// JSONSchema writes a schema for editors.
func JSONSchema(w io.Writer, s *schema.JSONSchema) error { return encodeJSON(w, s) }

// Written says which files were written into a folder.
func Written(w io.Writer, dir string, files []string, s Style) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s written in %s:\n\n", s.Green(Plural(len(files), "file", "files")), clean(dir))
	for _, file := range files {
		fmt.Fprintln(out, "  "+clean(file))
	}
	return out.Flush()
}
