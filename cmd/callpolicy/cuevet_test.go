package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCueVet runs the real cue command, with the definitions that "callpolicy
// schema --cue" writes, on the examples.
func TestCueVet(t *testing.T) {
	t.Parallel()
	tools := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-C", "../../.ci/cue", "-o", tools, "cuelang.org/go/cmd/cue")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cue, callpolicy := filepath.Join(tools, "cue"), filepath.Join(buildTool(t), "callpolicy")
	examples, err := filepath.Glob("../../examples/*/callpolicy.yaml")
	if err != nil || len(examples) < 3 {
		t.Fatalf("%q %v", examples, err)
	}
	for _, project := range examples {
		from := filepath.Dir(project)
		t.Run(filepath.Base(from), func(t *testing.T) {
			t.Parallel()
			s := terminal{t: t, dir: t.TempDir(), env: append(gitIdentity(t), "CUE_CACHE_DIR="+t.TempDir())}
			if err := os.CopyFS(s.dir, os.DirFS(from)); err != nil {
				t.Fatal(err)
			}
			s.ok(callpolicy, "schema", "--cue")
			s.ok(cue, "vet", "-c", "-d", "#Project", "callpolicy.example/schema", "callpolicy.yaml")
			if files := yamlFiles(t, s.dir); len(files) > 0 {
				vet := append([]string{"vet", "-c", "-d", "#Policy", "callpolicy.example/schema"}, files...)
				s.ok(cue, vet...)
				s.write("wrong.yaml", "org:\n  inCall: { videoOnMobil: true }\n")
				s.says(`org\.inCall\.videoOnMobil: field not allowed`, s.fails(cue, append(vet, "wrong.yaml")...))
			}

			// A CUE file that asks for it is held to them by cue, and by callpolicy, too.
			const file = "policies/vetted/more.cue"
			good := "package vetted\n\nimport \"callpolicy.example/schema\"\n\nschema.#Policy & {\n" +
				"\tgroups: \"a-new-group\": description: \"Nobody yet\"\n}\n"
			s.write(file, good)
			s.ok(cue, "vet", "-c", "./policies/vetted")
			s.says(`(?m)^[^e].*a-new-group`, s.ok(callpolicy, "validate"))
			s.write(file, strings.Replace(good, "description", "descripton", 1))
			s.says(`descripton: field not allowed`, s.fails(cue, "vet", "-c", "./policies/vetted"))
			s.says(`descripton is not a field`, s.fails(callpolicy, "validate"))
		})
	}
}

// yamlFiles lists the policy files of a project that are YAML.
func yamlFiles(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"policies/*.y*ml", "policies/*/*.y*ml"} {
		found, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			rel, err := filepath.Rel(dir, name)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, rel)
		}
	}
	return files
}
