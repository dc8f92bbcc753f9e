package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPreCommit installs the hooks that we ship with the real pre-commit, as a
// user does, and commits.
func TestPreCommit(t *testing.T) {
	t.Parallel()
	program := needs(t, "pre-commit")
	shipped := filepath.Join(t.TempDir(), "callpolicy")
	copySources(t, shipped)
	us := terminal{t: t, dir: shipped, env: gitIdentity(t)}
	us.ok("git", "init", "--quiet", "--initial-branch", "main")
	us.ok("git", "add", "--all", "--force")
	us.ok("git", "commit", "--quiet", "--message", "As released")
	us.ok("git", "tag", "v0.0.1")
	us.ok(program, "validate-manifest", ".pre-commit-hooks.yaml")

	user := us
	user.dir = filepath.Join(t.TempDir(), "policies")
	// What was built or downloaded for these tests already need not be once more.
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOFLAGS", "GOPROXY", "GOSUMDB"} {
		value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		user.env = append(user.env, name+"="+strings.TrimSpace(string(value)))
	}
	user.env = append(user.env, "PRE_COMMIT_HOME="+filepath.Join(t.TempDir(), "pre-commit"))
	if err := os.Mkdir(user.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	user.ok("git", "init", "--quiet", "--initial-branch", "main")
	user.write(".pre-commit-config.yaml", "repos:\n"+
		"  - repo: "+filepath.ToSlash(shipped)+"\n"+
		"    rev: v0.0.1\n"+
		"    hooks:\n"+
		"      - id: callpolicy-validate\n")
	user.ok(program, "validate-config")
	user.ok(program, "install")

	t.Log("a good commit passes")
	if err := os.CopyFS(user.dir, os.DirFS(filepath.Join(shipped, "examples", "starter"))); err != nil {
		t.Fatal(err)
	}
	user.ok("git", "add", "--all")
	user.says("callpolicy validate.*Passed", user.ok("git", "commit", "--message", "Policies"))

	t.Log("a bad one is stopped, with our message")
	const file = "policies/groups.yaml"
	good := user.read(file)
	bad := strings.ReplaceAll(good, "template: front-desk", "template: front-dsk")
	user.write(file, bad)
	user.ok("git", "add", file)
	out := user.fails("git", "commit", "--message", "A slip")
	user.says("there is no calling template called front-dsk", out)
	user.says(`policies/groups\.yaml:5:15`, out)
	user.says("The commit was stopped", out)

	t.Log("mending it without staging that does not hide it")
	user.write(file, good)
	user.says("front-dsk", user.fails("git", "commit", "--message", "A slip"))
	if got := user.read(file); got != good {
		t.Errorf("the file on disk was changed:\n%s", got)
	}

	t.Log("a fault that is not staged does not stop a commit")
	user.write(file, strings.ReplaceAll(good, "desk2@", "desk9@"))
	user.ok("git", "add", file)
	user.write(file, bad)
	user.fails("git", "diff", "--quiet") // it is there, and not staged
	user.write("policies/users.yaml", user.read("policies/users.yaml")+"  desk9@company.example: {}\n")
	user.ok("git", "add", "policies/users.yaml")
	user.says("Passed", user.ok("git", "commit", "--message", "Another desk"))
	if got := user.read(file); got != bad {
		t.Errorf("the file on disk was changed:\n%s", got)
	}

	t.Log("a file that is removed may leave references behind")
	user.ok("git", "checkout", "--quiet", ".")
	user.ok("git", "rm", "--quiet", "policies/templates.yaml")
	user.says("front-desk", user.fails("git", "commit", "--message", "Less"))
	user.ok("git", "reset", "--quiet", "--hard")

	t.Log("a commit that touches no policy file is none of its business")
	user.write(file, bad)
	user.ok("git", "commit", "--quiet", "--no-verify", "--all", "--message", "Past the hook")
	user.write("README.md", "Our policies\n")
	user.ok("git", "add", "README.md")
	user.says("Passed", user.ok("git", "commit", "--message", "Words"))
	user.write("policies/users.yaml", user.read("policies/users.yaml")+"  desk8@company.example: {}\n")
	user.ok("git", "add", "policies/users.yaml")
	user.says("front-dsk", user.fails("git", "commit", "--message", "A policy file again"))
	user.ok("git", "reset", "--quiet", "--hard", "HEAD~2")

	t.Log("the plan is for information")
	user.write(".pre-commit-config.yaml", strings.ReplaceAll(user.read(".pre-commit-config.yaml"), "-validate", "-plan"))
	user.write("policies/org.yaml", strings.ReplaceAll(user.read("policies/org.yaml"), "screenSharing: true", "screenSharing: false"))
	user.ok("git", "add", "--all")
	user.says("screenSharing", user.ok("git", "commit", "--message", "No screen sharing"))
}

// needs returns the path of a program that the tests cannot do without. Those of
// "make quick" do without everything but Go and git.
func needs(t *testing.T, program string) string {
	t.Helper()
	if testing.Short() {
		t.Skipf("needs %s: make test runs it", program)
	}
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%s is needed to test what callpolicy ships: .ci/install installs it", program)
	}
	return path
}

// copySources copies what a release of callpolicy holds.
func copySources(t *testing.T, to string) {
	t.Helper()
	const from = "../.."
	err := filepath.WalkDir(from, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		switch {
		case rel == ".git" && !e.IsDir():
			return nil // in a work tree it is a file that leads to the repository itself
		case e.IsDir() && (rel == ".git" || rel == "bin" || rel == "build" || rel == ".ci"):
			return filepath.SkipDir
		case e.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case !e.Type().IsRegular():
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}
