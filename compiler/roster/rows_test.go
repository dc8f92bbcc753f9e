package roster_test

import (
	"fmt"
	"strings"
	"testing"

	"callpolicy/compiler/roster"
)

// TestRows reads one and the same table as people and spreadsheets write it.
func TestRows(t *testing.T) {
	const want = "a@voorbeeld.example inCall.videoOnMobile\nb@voorbeeld.example callingBehavior\n"
	const plain = "user,setting\na@voorbeeld.example,inCall.videoOnMobile\nb@voorbeeld.example,callingBehavior\n"
	for name, text := range map[string]string{
		"plain":          plain,
		"no header":      strings.TrimPrefix(plain, "user,setting\n"),
		"semicolons":     strings.ReplaceAll(plain, ",", ";"),
		"a mark, CRLF":   "\ufeff" + strings.ReplaceAll(plain, "\n", "\r\n"),
		"UTF-16":         utf16le(plain),
		"sep line":       "sep=,\n" + plain,
		"other columns":  "note,Setting,User\nx,inCall.videoOnMobile,a@voorbeeld.example\n\n,,\ny,callingBehavior,b@voorbeeld.example\n",
		"blanks, quotes": "user , setting\n\"a@voorbeeld.example\" , inCall.videoOnMobile \nb@voorbeeld.example,callingBehavior",
	} {
		t.Run(name, func(t *testing.T) {
			if name == "blanks, quotes" {
				text = strings.ReplaceAll(text, "\" ,", "\",")
			}
			rows, diags := roster.Rows("pinned.csv", []byte(text), "user", "setting")
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			var b strings.Builder
			for _, r := range rows {
				fmt.Fprintf(&b, "%s\n", strings.Join(r.Cells, " "))
			}
			if b.String() != want {
				t.Errorf("got\n%swant\n%s", b.String(), want)
			}
		})
	}
	for text, want := range map[string]string{
		"user,setting\n<<<<<<<\na@b.example,x\n": "roster.merge-conflict", "user,setting\n\"a": "load.syntax", "\xff\xfe\x00": "load.encoding", "<html>": "load.encoding",
	} {
		if _, diags := roster.Rows("pinned.csv", []byte(text), "user", "setting"); len(diags) != 1 || diags[0].ID.String() != want {
			t.Errorf("%q: got %v, want %s", text, diags, want)
		}
	}
}
