package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hookMain is the test binary as a git hook: it writes what is staged in the
// folder that SOURCE_TEST_HOOK names, seen from the hook, to SOURCE_TEST_OUT.
func hookMain() int {
	out, err := stagedFiles(os.Getenv("SOURCE_TEST_HOOK"))
	if err != nil {
		out = "error: " + err.Error()
	}
	if err := os.WriteFile(os.Getenv("SOURCE_TEST_OUT"), []byte(out), 0o600); err != nil {
		return 3
	}
	return 0
}

func stagedFiles(dir string) (string, error) {
	ctx := context.Background()
	repo, err := Open(ctx, dir)
	if err != nil {
		return "", err
	}
	defer repo.Close() // the process ends
	if os.Getenv("SOURCE_TEST_GIT_ONLY") != "" {
		gitOnly(repo)
	}
	index, err := repo.Index(ctx)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	err = fs.WalkDir(index, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(index, name)
		fmt.Fprintf(&text, "%s %q\n", name, data)
		return err
	})
	return text.String(), err
}

// commitInHook runs `git commit` with a pre-commit hook that reads dir.
func commitInHook(t *testing.T, r *testRepo, dir string, gitOnly bool, args ...string) string {
	t.Helper()
	exe := must[string](t)(os.Executable())
	hooks := must[string](t)(filepath.Abs(r.git("rev-parse", "--path-format=absolute", "--git-path", "hooks")))
	if err := os.MkdirAll(hooks, 0o755); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\nexec '%s'\n", filepath.ToSlash(exe))
	if err := os.WriteFile(filepath.Join(hooks, "pre-commit"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	env := []string{"SOURCE_TEST_HOOK=" + dir, "SOURCE_TEST_OUT=" + out}
	if gitOnly {
		env = append(env, "SOURCE_TEST_GIT_ONLY=1")
	}
	r.tick += 60
	r.gitEnv(env, append([]string{"commit", "--quiet", "--message", "in a hook"}, args...)...)
	data := must[[]byte](t)(os.ReadFile(out))
	if err := os.Remove(filepath.Join(hooks, "pre-commit")); err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestIndexOfRunningCommit(t *testing.T) {
	for _, only := range []bool{false, true} {
		t.Run(fmt.Sprintf("git command %v", only), func(t *testing.T) {
			r := newRepo(t)
			r.commit("a.yaml", "1", "sub/b.yaml", "1", "c.yaml", "1")

			// A plain commit: GIT_INDEX_FILE is relative, and what is not staged stays out.
			r.write("a.yaml", "staged")
			r.git("add", "a.yaml")
			r.write("a.yaml", "beside", "sub/b.yaml", "beside")
			equal(t, "commit", commitInHook(t, r, ".", only), lines(`a.yaml "staged"`, `c.yaml "1"`, `sub/b.yaml "1"`))

			// From a folder below, for the whole tree: the index is index.lock, absolute.
			equal(t, "commit -a", commitInHook(t, r, "sub", only, "-a"),
				lines(`a.yaml "beside"`, `c.yaml "1"`, `sub/b.yaml "beside"`))

			// A single file: a temporary index beside the real one, which holds c.yaml as well.
			r.write("a.yaml", "alone", "c.yaml", "staged, not meant")
			r.git("add", "c.yaml")
			equal(t, "commit file", commitInHook(t, r, ".", only, "--", "a.yaml"),
				lines(`a.yaml "alone"`, `c.yaml "1"`, `sub/b.yaml "beside"`))
		})
	}
}

func TestIndexOfRunningCommitInLinkedWorktree(t *testing.T) {
	for _, only := range []bool{false, true} {
		r := newRepo(t)
		r.commit("a.yaml", "1", "sub/b.yaml", "1")
		w := r.at(filepath.Join(realDir(t), "linked"))
		r.git("worktree", "add", "--quiet", "-b", "topic", w.dir)
		w.write("sub/b.yaml", "staged")
		w.git("add", "--all")
		w.write("sub/b.yaml", "beside")
		// Git sets GIT_DIR for this hook; it must not make "sub" the top.
		equal(t, "commit", commitInHook(t, w, "sub", only), lines(`a.yaml "1"`, `sub/b.yaml "staged"`))
	}
}

func TestHookReadsAnotherRepository(t *testing.T) {
	other := newRepo(t)
	other.commit("other.yaml", "1")
	r := newRepo(t)
	r.commit("a.yaml", "1")
	r.write("a.yaml", "2")
	r.git("add", "--all")
	// The hook's GIT_INDEX_FILE says nothing about the other repository.
	equal(t, "other", commitInHook(t, r, other.dir, false), lines(`other.yaml "1"`))
}

// TestQuarantine reads objects that a push brings before they are accepted.
func TestQuarantine(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "1")
	objects := filepath.Join(r.dir, ".git", "objects")
	outside := t.TempDir()
	env := []string{"GIT_OBJECT_DIRECTORY=" + outside, "GIT_ALTERNATE_OBJECT_DIRECTORIES=" + objects}
	r.write("a.yaml", "pushed")
	r.gitEnv(env, "add", "--all")
	tree := r.gitEnv(env, "write-tree")
	id := r.gitEnv(env, "commit-tree", "-m", "pushed", tree)
	for _, kv := range env {
		key, value, _ := strings.Cut(kv, "=")
		t.Setenv(key, value)
	}
	t.Chdir(r.dir)
	at := must[*Snapshot](t)(r.open().At(t.Context(), id))
	equal(t, "pushed", dump(t, at), lines(`a.yaml "pushed"`))
}

func TestGitDirFromEnvironment(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "1", "sub/b.yaml", "1")
	bare := filepath.Join(realDir(t), "files")
	if err := os.Rename(r.path(".git"), bare); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_DIR", bare)
	t.Setenv("GIT_WORK_TREE", r.dir)
	for _, only := range []bool{false, true} {
		repo := openAt(t, r.path("sub"))
		if only {
			gitOnly(repo)
		}
		equal(t, "root", repo.Root(), r.dir)
		equal(t, "index", dump(t, must[*Snapshot](t)(repo.Index(t.Context()))), lines(`a.yaml "1"`, `sub/b.yaml "1"`))
	}
	if openAt(t, t.TempDir()).Git() {
		t.Error("a folder outside GIT_WORK_TREE was taken for part of it")
	}
}

// TestHooksOutsideTheRepository: a repository cannot have a hook written
// anywhere else; its user can.
func TestHooksOutsideTheRepository(t *testing.T) {
	r, _, _, _ := history(t)
	elsewhere := t.TempDir()
	for value, ok := range map[string]bool{".husky": true, elsewhere: false, "../out": false} {
		r.git("config", "core.hooksPath", filepath.ToSlash(value))
		dir, err := r.open().HooksDir(t.Context())
		if (err == nil) != ok || !ok && !errors.Is(err, ErrUntrusted) {
			t.Errorf("%s: %s, %v", value, dir, err)
		}
	}
	r.git("config", "--unset", "core.hooksPath")
	global := filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf("[core]\n\thooksPath = %q\n", filepath.ToSlash(elsewhere))
	if err := os.WriteFile(global, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_CONFIG_GLOBAL", global)
	dir, err := r.open().HooksDir(t.Context())
	if err != nil || dir != elsewhere {
		t.Errorf("%s, %v", dir, err)
	}
}
