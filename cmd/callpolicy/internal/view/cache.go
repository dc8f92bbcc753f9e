package view

import (
	"fmt"
	"io"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/cache"
)

// CacheUsage says where the cache is and what it holds.
func CacheUsage(w io.Writer, dir string, u cache.Usage) error {
	_, err := fmt.Fprintf(w, "%s\n%s, %s of at most %s\n", harmless.Line(dir), layout.Plural(u.Files, "file", "files"), size(u.Bytes), size(u.Limit))
	return err
}

// CacheCleared says what became of it.
func CacheCleared(w io.Writer, dir string, u cache.Usage) error {
	_, err := fmt.Fprintf(w, "Removed %s (%s) from %s.\n", layout.Plural(u.Files, "file", "files"), size(u.Bytes), harmless.Line(dir))
	return err
}

// size writes a number of bytes as people read it.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1e6:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1e9:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}
