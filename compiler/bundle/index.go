package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

func indexPath(shard Shard) string { return "index/" + shard.IndexFile() }

// indexFile writes entries, which are sorted by address, exactly as canonical
// writes a map from address to digest. By hand: there may be a million of them.
func indexFile(entries []Entry) []byte {
	const line = 120 // bytes, about
	b := append(make([]byte, 0, line*len(entries)), "{\n"...)
	for i, e := range entries {
		if i > 0 {
			b = append(b, ",\n"...)
		}
		b = append(b, "  "...)
		b = appendString(b, e.User)
		b = append(b, `: "`...)
		b = e.Bundle.append(b)
		b = append(b, '"')
	}
	return append(b, "\n}\n"...)
}

// parseIndex reads what indexFile wrote, and nothing else: a line for each
// entry, sorted by address.
func parseIndex(data []byte) ([]Entry, error) {
	body, ok := bytes.CutPrefix(data, []byte("{\n"))
	if !ok {
		return nil, errors.New("it does not start as an index does")
	}
	if body, ok = bytes.CutSuffix(body, []byte("\n}\n")); !ok {
		return nil, errors.New("it does not end as an index does")
	}
	lines := bytes.Split(body, []byte(",\n")) // a JSON string holds no line feed
	entries := make([]Entry, len(lines))
	for i, line := range lines {
		if err := parseEntry(line, &entries[i]); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		if i > 0 && entries[i-1].User >= entries[i].User {
			return nil, fmt.Errorf("line %d: out of order", i+2)
		}
	}
	return entries, nil
}

// parseEntry reads `  "address": "sha256:…"`.
func parseEntry(line []byte, e *Entry) error {
	line, ok := bytes.CutPrefix(line, []byte(`  "`))
	line, ok2 := bytes.CutSuffix(line, []byte(`"`))
	middle := bytes.LastIndex(line, []byte(`": "`)) // an address may hold as much, a digest does not
	if !ok || !ok2 || middle < 0 {
		return errors.New("not an address and a digest")
	}
	user, digest := line[:middle], line[middle+len(`": "`):]
	if err := e.Bundle.UnmarshalText(digest); err != nil {
		return err
	}
	if bytes.IndexByte(user, '\\') < 0 {
		e.User = string(user)
		return nil
	}
	quoted := append(append([]byte{'"'}, user...), '"')
	return json.Unmarshal(quoted, &e.User)
}
