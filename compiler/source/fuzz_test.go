package source

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzConfig: a repository's configuration can be anybody's. What is taken over
// of it for fetching never names a program.
func FuzzConfig(f *testing.F) {
	f.Add([]byte("[core]\n\tbare = false\n[remote \"origin\"]\n\turl = x\n\tpromisor = true\n\tuploadpack = evil\n"))
	f.Add([]byte("[include]\n\tpath = config\n[http \"x\\\"]\\n[core\"]\n\textraheader = \"a\\nb\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "config"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		l := &layout{root: dir, gitDir: dir, commonDir: dir, config: readConfig(dir, dir)}
		made := l.fetchConfig(l.config.promisor())
		again := t.TempDir()
		if err := os.WriteFile(filepath.Join(again, "config"), []byte(made), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, file := range readConfig(again, again).files {
			for _, s := range file.Sections {
				for _, o := range s.Options {
					if !known(s.Name, o.Key) {
						t.Errorf("%s.%s was taken over", s.Name, o.Key)
					}
				}
				for _, ss := range s.Subsections {
					for _, o := range ss.Options {
						if !known(s.Name, o.Key) {
							t.Errorf("%s.%s.%s was taken over", s.Name, ss.Name, o.Key)
						}
					}
				}
			}
		}
	})
}

// known reports whether a variable may be in the configuration for fetching.
func known(section, key string) bool {
	switch section + "." + key {
	case "core.repositoryformatversion", "core.bare", "extensions.partialClone", "extensions.objectFormat",
		"remote.url", "remote.promisor", "http.extraheader":
		return true
	}
	return false
}

// FuzzTree: a tree object never gives a name that leads out of its folder.
func FuzzTree(f *testing.F) {
	f.Add([]byte("100644 a\x0012345678901234567890"))
	f.Add([]byte("40000 ..\x0012345678901234567890"))
	f.Fuzz(func(t *testing.T, data []byte) {
		kids, err := parseTree(data, 20, nil)
		if err != nil {
			return
		}
		for _, k := range kids {
			if k.name == "" || k.name == "." || k.name == ".." || filepath.Base(k.name) != k.name || isDotGit(k.name) {
				t.Errorf("a file called %q", k.name)
			}
		}
	})
}
