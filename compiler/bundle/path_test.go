package bundle_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"callpolicy/compiler/bundle"
)

func hexSum(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func TestUserFolder(t *testing.T) {
	if got, want := bundle.UserFolder("u0142@voorbeeld.example"), "users/11/u0142@voorbeeld.example"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for address, want := range map[string]string{
		"u0142@voorbeeld.example":   "u0142@voorbeeld.example",
		"U0142@Voorbeeld.Example":   "u0142@voorbeeld.example",
		"a.b_c+d-e@x.example":       "a.b_c+d-e@x.example",
		".a@x.example":              "%2Ea@x.example",
		"..":                        "%2E.",
		"../../etc/passwd@x":        "%2E.%2F..%2Fetc%2Fpasswd@x",
		"a/b@x.example":             "a%2Fb@x.example",
		`a\b@x.example`:             "a%5Cb@x.example",
		"o'neil@x.example":          "o%27neil@x.example",
		"é@x.example":               "%C3%A9@x.example",
		"É@x.example":               "%C3%A9@x.example",
		"e\u0301@x.example":         "e%CC%81@x.example", // looks the same, is another address
		"a%2fb@x.example":           "a%252fb@x.example",
		"a~b@x.example":             "a%7Eb@x.example",
		"a b\x00c@x.example":        "a%20b%00c@x.example",
		"a@x.example/manifest.json": "a@x.example%2Fmanifest.json",
	} {
		want = "users/" + hexSum(strings.ToLower(address))[:2] + "/" + want
		if got := bundle.UserFolder(address); got != want {
			t.Errorf("%q: got %s, want %s", address, got, want)
		}
	}
}

func TestUserFolderOfLongAddresses(t *testing.T) {
	for _, test := range []struct{ name, address, want string }{
		{"255 bytes fit", strings.Repeat("a", 255), strings.Repeat("a", 255)},
		{"256 bytes do not", strings.Repeat("a", 256), strings.Repeat("a", 190) + "~" + hexSum(strings.Repeat("a", 256))},
		{"255 bytes in escapes", strings.Repeat("/", 85), strings.Repeat("%2F", 85)},
		{"an escape ends at the cut", "a" + strings.Repeat("/", 86), "a" + strings.Repeat("%2F", 63) + "~" + hexSum("a"+strings.Repeat("/", 86))},
		{"one byte of an escape before the cut", strings.Repeat("/", 86), strings.Repeat("%2F", 63) + "~" + hexSum(strings.Repeat("/", 86))},
		{"two bytes of an escape before the cut", "ab" + strings.Repeat("/", 86), "ab" + strings.Repeat("%2F", 62) + "~" + hexSum("ab"+strings.Repeat("/", 86))},
	} {
		if got := path.Base(bundle.UserFolder(test.address)); got != test.want || len(got) > 255 {
			t.Errorf("%s: got %s (%d bytes), want %s", test.name, got, len(got), test.want)
		}
	}
}

func TestShardOf(t *testing.T) {
	for _, address := range []string{"u0142@voorbeeld.example", "U0142@VOORBEELD.example", "é@x.example"} {
		want := hexSum(strings.ToLower(address))[:2]
		if got := bundle.ShardOf(address); got.String() != want || got.IndexFile() != want+".json" {
			t.Errorf("%s: got %v, want %s", address, got, want)
		}
	}
}

// Whatever an address holds, its folder is one plain name in its shard, from
// which the address can be told, and no two addresses share one.
func FuzzUserFolder(f *testing.F) {
	f.Add("u0142@voorbeeld.example", "U0142@voorbeeld.example")
	f.Add("../../etc/passwd", "..%2f..%2fetc%2fpasswd")
	f.Add(".", "..")
	f.Add("\xff", "\ufffd")
	f.Add(strings.Repeat("é", 100), strings.Repeat("a", 190)+"~"+strings.Repeat("0", 64))
	plain := regexp.MustCompile(`^users/[0-9a-f]{2}/(?:[A-Za-z0-9_@+-]|%[0-9A-F]{2})(?:[A-Za-z0-9._@+-]|%[0-9A-F]{2})*(?:~[0-9a-f]{64})?$`)
	f.Fuzz(func(t *testing.T, a, b string) {
		if a == "" || b == "" || !utf8.ValidString(a) || !utf8.ValidString(b) {
			return // no address: the schema refuses the empty one, the loader other bytes
		}
		a, b = strings.ToLower(a), strings.ToLower(b)
		folder := bundle.UserFolder(a)
		name := path.Base(folder)
		if !plain.MatchString(folder) || !fs.ValidPath(folder) || path.Clean(folder) != folder || len(name) > 255 {
			t.Fatalf("%q: %s", a, folder)
		}
		cut, digest, long := strings.Cut(name, "~")
		decoded, err := url.PathUnescape(cut)
		switch {
		case err != nil:
			t.Fatalf("%q: %s: %v", a, folder, err)
		case long && (digest != hexSum(a) || !strings.HasPrefix(a, decoded)), !long && decoded != a:
			t.Fatalf("%q: %s stands for %q", a, folder, decoded)
		case (a == b) != (folder == bundle.UserFolder(b)):
			t.Fatalf("%q and %q: %s", a, b, folder)
		}
	})
}
