package harmless

import (
	"encoding/json"
	"io"
)

// JSON writes a document as callpolicy writes all of them: indented, and with
// the characters of HTML as they are, since no document of ours is part of a page.
func JSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
