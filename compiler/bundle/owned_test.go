package bundle_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/bundle"
)

// Only what the layouts have can be callpolicy's, whatever a manifest says.
func TestPossible(t *testing.T) {
	digest := strings.Repeat("ab", 32)
	for file, want := range map[string]bool{
		"manifest.json": true, "part.json": true, "index/0a.json": true,
		"users/0a/u@company.example/bundle.json":         true,
		"users/0a/u@company.example/jabber-config.xml":   true,
		"store/sha256/ab/" + digest + "/bundle.json":     true,
		"jabber/v0123456789ab/jabber-config.xml":         true,
		"README.md":                                      false,
		"index/0A.json":                                  false,
		"index/notes.json":                               false,
		"users/0a/u@company.example/thesis.txt":          false,
		"users/0a/u@company.example/more/bundle.json":    false,
		"users/0a/bundle.json":                           false,
		"users/zz/u@company.example/bundle.json":         false,
		"store/sha256/ab/" + digest + "/config":          false,
		"store/sha256/ab/" + digest[2:] + "/bundle.json": false,
		"jabber/notes.txt":                               false,
		".git/config":                                    false,
		"":                                               false,
	} {
		if got := bundle.Possible(file); got != want {
			t.Errorf("%s: %t, want %t", file, got, want)
		}
	}
}

// FuzzOwned: whatever a manifest and an index say, only names of the layouts are
// callpolicy's, and nothing panics.
func FuzzOwned(f *testing.F) {
	f.Add([]byte(`{"formatVersion":"1.0","layout":"tree","bundles":{},"index":{}}`), []byte("{}"), "users/0a/u@company.example/bundle.json")
	f.Add([]byte(`{"formatVersion":"1.0","layout":"store","bundles":{"sha256:`+strings.Repeat("ab", 32)+`":["../x"]},"index":{"00.json":"sha256:`+strings.Repeat("00", 32)+`"}}`), []byte(`{"a":"b"}`), "../x")
	f.Fuzz(func(t *testing.T, manifest, index []byte, file string) {
		for _, name := range []string{bundle.ManifestFile, bundle.PartFile} {
			owned, _, err := bundle.Owned(fstest.MapFS{name: {Data: manifest}, "index/00.json": {Data: index}})
			if err == nil && owned != nil && owned(file) && !bundle.Possible(file) {
				t.Errorf("%q is callpolicy's", file)
			}
		}
	})
}
