package source

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain makes git the same on every machine, and keeps the tests apart
// from a hook that they may run in. As a hook itself (see hook_test.go) the
// test binary prints what is staged and ends.
func TestMain(m *testing.M) {
	if os.Getenv("SOURCE_TEST_HOOK") != "" {
		os.Exit(hookMain())
	}
	for _, kv := range os.Environ() {
		if key, _, _ := strings.Cut(kv, "="); strings.HasPrefix(key, "GIT_") {
			//lint:ignore errcheck cannot fail for such a name
			os.Unsetenv(key)
		}
	}
	for key, value := range map[string]string{
		"GIT_CONFIG_GLOBAL":   os.DevNull,
		"GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME":     "Ada", "GIT_AUTHOR_EMAIL": "ada@voorbeeld.example",
		"GIT_COMMITTER_NAME": "Bo", "GIT_COMMITTER_EMAIL": "bo@voorbeeld.example",
	} {
		//lint:ignore errcheck likewise
		os.Setenv(key, value)
	}
	os.Exit(m.Run())
}

// testRepo is a repository made by real git.
type testRepo struct {
	t    testing.TB
	dir  string
	tick int // seconds of the next commit's date
}

func newRepo(t *testing.T, initArgs ...string) *testRepo {
	t.Helper()
	r := &testRepo{t: t, dir: realDir(t)}
	r.git(append([]string{"init", "--quiet", "--initial-branch=main"}, initArgs...)...)
	return r
}

func realDir(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func (r *testRepo) git(args ...string) string {
	r.t.Helper()
	return r.gitEnv(nil, args...)
}

func (r *testRepo) gitEnv(env []string, args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-C", r.dir}, args...)...)
	date := fmt.Sprintf("%d +0200", 1770000000+r.tick)
	cmd.Env = append(append(os.Environ(), "GIT_AUTHOR_DATE="+date, "GIT_COMMITTER_DATE="+date), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

// try runs a git command that may fail.
func (r *testRepo) try(args ...string) error {
	return exec.Command("git", append([]string{"-C", r.dir}, args...)...).Run()
}

func (r *testRepo) path(name string) string { return filepath.Join(r.dir, filepath.FromSlash(name)) }

func (r *testRepo) write(files ...string) {
	r.t.Helper()
	for i := 0; i < len(files); i += 2 {
		name := r.path(files[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[i+1]), 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *testRepo) link(name, target string) {
	r.t.Helper()
	if err := os.MkdirAll(filepath.Dir(r.path(name)), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Symlink(target, r.path(name)); err != nil {
		r.t.Fatal(err)
	}
}

// commit writes the files, stages everything, commits and returns the id.
func (r *testRepo) commit(files ...string) string {
	r.t.Helper()
	r.write(files...)
	r.git("add", "--all")
	return r.record()
}

func (r *testRepo) record(args ...string) string {
	r.t.Helper()
	r.tick += 60
	r.git(append([]string{"commit", "--quiet", "--allow-empty", "--message", fmt.Sprintf("change %d", r.tick)}, args...)...)
	return r.git("rev-parse", "HEAD")
}

// at is the same repository's helper for another folder: a clone, a worktree.
func (r *testRepo) at(dir string) *testRepo { return &testRepo{t: r.t, dir: dir, tick: r.tick} }

func (r *testRepo) clone(args ...string) *testRepo {
	r.t.Helper()
	to := filepath.Join(realDir(r.t), "clone")
	r.git(append(append([]string{"clone", "--quiet"}, args...), "file://"+filepath.ToSlash(r.dir), to)...)
	return r.at(to)
}

func (r *testRepo) open() *Repository {
	r.t.Helper()
	return openAt(r.t, r.dir)
}

func openAt(t testing.TB, dir string) *Repository {
	t.Helper()
	repo, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := repo.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return repo
}

// gitOnly makes a repository use the git command alone.
func gitOnly(r *Repository) *Repository {
	r.objects.goGit, r.objects.why = nil, errUnsupported
	return r
}

// withoutGit takes the git command off PATH for the rest of the test.
func withoutGit(t *testing.T) {
	t.Helper()
	t.Setenv("PATH", t.TempDir())
}

func must[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// dump renders a snapshot: a line a file, with its content.
func dump(t *testing.T, s fs.FS) string {
	t.Helper()
	var out strings.Builder
	err := fs.WalkDir(s, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Type().IsRegular():
			data, err := fs.ReadFile(s, name)
			if err != nil {
				return err
			}
			fmt.Fprintf(&out, "%s %q\n", name, data)
		case d.IsDir():
		default:
			fmt.Fprintf(&out, "%s (%v)\n", name, d.Type())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func lines(s ...string) string { return strings.Join(s, "\n") + "\n" }

func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n--- got\n%s\n--- want\n%s", what, got, want)
	}
}

// listing gives for every file below a folder size, mode and time of change.
func listing(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files[name] = fmt.Sprintf("%v, %d bytes, changed %d", info.Mode(), info.Size(), info.ModTime().UnixNano())
		if strings.HasPrefix(d.Name(), "sharedindex.") {
			// Git notes that a split index is in use by touching its other half, whoever reads it.
			files[name] = fmt.Sprintf("%v, %d bytes", info.Mode(), info.Size())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func unchanged(t *testing.T, before, after map[string]string) {
	t.Helper()
	for name, was := range before {
		if now := after[name]; now != was {
			t.Errorf("%s was %s and is %s", name, was, now)
		}
	}
	for name := range after {
		if before[name] == "" {
			t.Errorf("%s is new", name)
		}
	}
}
