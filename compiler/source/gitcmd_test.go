package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUntrustedRepository(t *testing.T) {
	r, _, _, _ := history(t, "--object-format=sha256")
	t.Setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
	repo := r.open()
	for name, err := range map[string]error{
		"At":    func() error { _, err := repo.At(t.Context(), "HEAD"); return err }(),
		"Index": func() error { _, err := repo.Index(t.Context()); return err }(),
	} {
		if !errors.Is(err, ErrUntrusted) || !strings.Contains(err.Error(), "git config --global --add safe.directory "+r.dir) {
			t.Errorf("%s: %v, want ErrUntrusted with the command", name, err)
		}
	}
}

// TestConfiguredProgramsDoNotRun: reading must not start what a repository's
// configuration names.
func TestConfiguredProgramsDoNotRun(t *testing.T) {
	r, _, _, _ := history(t)
	r.write(".git/ran.sh", "#!/bin/sh\ntouch \"$(dirname \"$0\")/ran\"\n")
	if err := os.Chmod(r.path(".git/ran.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"core.fsmonitor", "core.pager", "core.editor", "pager.blame", "core.hooksPath"} {
		r.git("config", key, filepath.ToSlash(r.path(".git/ran.sh")))
	}
	repo := gitOnly(r.open())
	must[*Snapshot](t)(repo.Index(t.Context()))
	must[[]BlameLine](t)(repo.Blame(t.Context(), "", "policies/org.yaml"))
	must[*Snapshot](t)(repo.At(t.Context(), "HEAD"))
	if _, err := os.Stat(r.path(".git/ran")); err == nil {
		t.Error("a configured program ran")
	}
}

func TestGitEnvironment(t *testing.T) {
	l := &layout{root: "/r", gitDir: "/r/.git", indexFile: filepath.Join("/r/.git", "index")}
	given := []string{
		"PATH=/bin", "GIT_DIR=/x", "GIT_INDEX_FILE=/y", "GIT_PREFIX=p", "GIT_OBJECT_DIRECTORY=/o", "GIT_LITERAL_PATHSPECS=0", "LC_ALL=nl_NL",
		"LANG=nl_NL", "GIT_TRACE=1", "GIT_SSH_COMMAND=ssh -i k", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
		"GIT_EXEC_PATH=/e", "GIT_WORK_TREE=/w", "GIT_DIRECTION=kept",
	}
	const fixed = "LC_ALL=C LANGUAGE= GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0 GIT_NO_REPLACE_OBJECTS=1 GIT_LITERAL_PATHSPECS=1 GIT_NO_LAZY_FETCH=1 GIT_ALLOW_PROTOCOL=none"
	const kept = "PATH=/bin GIT_SSH_COMMAND=ssh -i k GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=* GIT_EXEC_PATH=/e GIT_DIRECTION=kept "
	equal(t, "plain", strings.Join(gitEnv(given, l), " "), kept+fixed)
	l.indexFile, l.explicit = "/r/.git/index.lock", true
	equal(t, "hook", strings.Join(gitEnv(given, l), " "), kept+fixed+" GIT_DIR=/r/.git GIT_WORK_TREE=/r GIT_INDEX_FILE=/r/.git/index.lock")
}

// TestReaderRecovers: a cat-file process that dies is replaced.
func TestReaderRecovers(t *testing.T) {
	r, _, _, _ := history(t)
	repo := gitOnly(r.open())
	at := must[*Snapshot](t)(repo.At(t.Context(), "HEAD"))
	must[[]byte](t)(at.ReadFile("policies/org.yaml"))
	pool := repo.objects.git.blob.idle
	for range cap(pool) {
		p := <-pool
		if p != nil {
			p.kill()
		}
		pool <- p
	}
	for range cap(pool) {
		//lint:ignore errcheck may meet a dead one
		at.ReadFile("policies/org.yaml")
	}
	for range cap(pool) {
		equal(t, "content", string(must[[]byte](t)(at.ReadFile("policies/org.yaml"))), "base")
	}
}

func TestDamagedObjects(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "content")
	id := r.git("rev-parse", "HEAD:a.yaml")
	if err := os.Remove(r.path(".git/objects/" + id[:2] + "/" + id[2:])); err != nil {
		t.Fatal(err)
	}
	for _, repo := range []*Repository{r.open(), gitOnly(r.open())} {
		at := must[*Snapshot](t)(repo.At(t.Context(), "HEAD"))
		if _, err := at.ReadFile("a.yaml"); !errors.Is(err, ErrMissingObject) || !strings.Contains(err.Error(), "git fsck") {
			t.Errorf("error %v, want ErrMissingObject", err)
		}
	}
	for _, data := range []string{"100644 a", "100644 a\x00short", "100644 ../x\x0012345678901234567890", "100644\x0012345678901234567890"} {
		if kids, err := parseTree([]byte(data), 20, nil); err == nil {
			t.Errorf("tree %q gives %v", data, kids)
		}
	}
}
