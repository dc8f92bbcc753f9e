package syntax

import (
	"slices"
	"strings"
	"testing"
)

// TestLines holds lines, offsets and places to each other, with each line break
// there is.
func TestLines(t *testing.T) {
	for name, br := range map[string]string{
		"LF": "\n", "CR LF": "\r\n", "CR": "\r", "next line": "\u0085", "line separator": "\u2028", "paragraph separator": "\u2029",
	} {
		t.Run(name, func(t *testing.T) {
			want := []string{"a: é", "", "â\u2027b", "last"}
			text := NewText("f.yaml", []byte("\ufeff"+strings.Join(want, br)))
			var got []string
			for n := range text.Lines() {
				line := string(text.Line(n + 1))
				got = append(got, line)
				for col := 1; col <= len(line)+1; col++ {
					if p := text.Position(text.Offset(n+1, col)); p.Line != n+1 || p.Column != col {
						t.Errorf("%d:%d leads to %d:%d", n+1, col, p.Line, p.Column)
					}
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("lines: %q", got)
			}
			if usual := strings.HasSuffix(br, "\n"); UsualBreaks(text.Data) != usual {
				t.Errorf("usual: %t", !usual)
			}
		})
	}
	if !UsualBreaks([]byte("â é \r\n")) || NewText("f.yaml", nil).Lines() != 1 {
		t.Error("the usual is unusual")
	}
}
