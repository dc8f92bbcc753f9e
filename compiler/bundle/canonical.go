package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// canonical returns v as the one JSON text that callpolicy writes for it: keys
// in the order of the struct, those of a map sorted, two spaces of indent, no
// HTML escapes, a final newline.
func canonical(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		// Only types of this package come here, and they always encode.
		panic(fmt.Sprintf("bundle: %T cannot be written as JSON: %v", v, err))
	}
	return b.Bytes()
}

// decode reads what canonical wrote: one value, and no key that v does not know.
func decode(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON value")
	}
	return nil
}

// appendString appends s as a JSON string, as canonical writes it.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return append(b, bytes.TrimSuffix(canonical(s), []byte("\n"))...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
