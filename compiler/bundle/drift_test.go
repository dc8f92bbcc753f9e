package bundle_test

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"callpolicy/compiler/bundle"
)

// TestDrift damages a target in every way, in both layouts.
func TestDrift(t *testing.T) {
	set := someUsers(t, 30)
	for _, layout := range []bundle.Layout{bundle.Tree, bundle.Store} {
		written := map[string]string{}
		for f := range set.Files(bundle.Options{Layout: layout}) {
			written[f.Name] = string(f.Data)
		}
		m := set.Manifest(bundle.Options{Layout: layout})
		var users []bundle.Entry
		for i := range 256 {
			users = append(users, set.Index(bundle.Shard(i))...)
		}
		known := func(d bundle.Digest) (*bundle.Bundle, error) {
			for _, b := range set.Bundles() {
				if b.Digest == d {
					return b, nil
				}
			}
			return nil, nil
		}
		for name := range written {
			if name == bundle.ManifestFile || strings.HasPrefix(name, "index/") {
				continue // without those nobody would know what to look for
			}
			for _, how := range []string{"changed", "missing", "unreadable"} {
				now := maps.Clone(written)
				switch how {
				case "changed":
					now[name] = strings.Replace(now[name], "\n", " ", 1)
				case "missing":
					delete(now, name)
				}
				contents := bundle.Contents{
					Has: func(file string) bool { _, ok := now[file]; return ok },
					Read: func(file string) ([]byte, error) {
						if how == "unreadable" && file == name {
							return nil, fs.ErrPermission
						}
						return []byte(now[file]), nil
					},
				}
				changed, missing, err := m.Drift(t.Context(), users, contents, known)
				got := map[string][]string{"changed": changed, "missing": missing}
				if how == "unreadable" {
					if !errors.Is(err, fs.ErrPermission) {
						t.Errorf("%s %s %s: error %v", layout, name, how, err)
					}
					continue
				}
				if err != nil || !slices.Equal(got[how], []string{name}) || len(changed)+len(missing) != 1 {
					t.Errorf("%s %s %s: changed %q, missing %q, error %v", layout, name, how, changed, missing, err)
				}
			}
		}
	}
}
