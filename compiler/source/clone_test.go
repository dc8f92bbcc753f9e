package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// history makes the repository that the clones below are made of: a commit to
// base on, a newer one on main, and one on topic, which is checked out.
func history(t *testing.T, initArgs ...string) (r *testRepo, base, main, topic string) {
	t.Helper()
	r = newRepo(t, initArgs...)
	r.git("config", "uploadpack.allowFilter", "true")
	r.git("config", "uploadpack.allowAnySHA1InWant", "true")
	r.commit("policies/org.yaml", "first")
	base = r.commit("policies/org.yaml", "base", "policies/users/a.yaml", "a", "other/x.txt", "x")
	main = r.commit("policies/org.yaml", "main")
	r.git("checkout", "--quiet", "-b", "topic", base)
	topic = r.commit("policies/users/b.yaml", "b", "policies/users/a.yaml", "a2")
	return r, base, main, topic
}

const (
	filesAtBase  = "other/x.txt \"x\"\npolicies/org.yaml \"base\"\npolicies/users/a.yaml \"a\"\n"
	filesAtTopic = "other/x.txt \"x\"\npolicies/org.yaml \"base\"\npolicies/users/a.yaml \"a2\"\npolicies/users/b.yaml \"b\"\n"
)

// TestClones reads the same history in every kind of repository. Where go-git
// can do it, it must do so without the git command; where it cannot, the
// command must, and without one the error must name it.
func TestClones(t *testing.T) {
	kinds := []struct {
		name    string
		make    func(t *testing.T) (r *testRepo, dir string)
		needGit bool // for revisions
		index   bool // the git command is needed for the index only
	}{
		{name: "plain", make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			return r, r.dir
		}},
		{name: "packed", make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			r.git("gc", "--quiet")
			return r, r.dir
		}},
		{name: "subfolder", make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			return r, r.path("policies/users")
		}},
		{name: "clone", make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			c := r.clone()
			c.git("branch", "main", "origin/main")
			return c, c.dir
		}},
		{name: "linked worktree", make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			r.git("checkout", "--quiet", "main")
			w := r.at(filepath.Join(realDir(t), "linked"))
			r.git("worktree", "add", "--quiet", w.dir, "topic")
			return w, w.path("policies")
		}},
		{name: "linked worktree of a bare repository", make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			b := r.clone("--bare")
			w := r.at(filepath.Join(realDir(t), "linked"))
			b.git("worktree", "add", "--quiet", w.dir, "topic")
			return w, w.dir
		}},
		{name: "submodule", make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			super := newRepo(t)
			super.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", r.dir, "sub")
			s := super.at(super.path("sub"))
			s.git("branch", "main", "origin/main")
			return s, s.dir
		}},
		{name: "shared", make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			r.git("gc", "--quiet")
			to := filepath.Join(realDir(t), "shared")
			r.git("clone", "--quiet", "--shared", r.dir, to)
			again := filepath.Join(realDir(t), "again") // borrows from one that borrows
			r.git("clone", "--quiet", "--shared", to, again)
			c := r.at(again)
			c.git("fetch", "--quiet", r.dir, "main:main")
			return c, c.dir
		}},
		{name: "reference", make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			c := r.clone("--reference", r.dir)
			c.git("branch", "main", "origin/main")
			return c, c.dir
		}},
		{name: "relative alternates", make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			lender := filepath.Join(filepath.Dir(r.dir), filepath.Base(r.dir)+"-lender")
			//lint:ignore errcheck a test's leftovers
			t.Cleanup(func() { os.RemoveAll(lender) })
			r.git("clone", "--quiet", "--bare", r.dir, lender)
			rel := must[string](t)(filepath.Rel(r.path(".git/objects"), filepath.Join(lender, "objects")))
			r.write(".git/objects/info/alternates", filepath.ToSlash(rel)+"\n")
			r.git("repack", "-adlq")
			r.git("prune-packed")
			return r, r.dir
		}},
		{name: "sparse checkout", make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			r.git("sparse-checkout", "set", "policies/users")
			return r, r.dir
		}},
		{name: "sparse index", needGit: false, index: true, make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			r.git("sparse-checkout", "set", "--cone", "--sparse-index", "policies/users")
			return r, r.dir
		}},
		{name: "sparse checkout disabled again", make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			r.git("sparse-checkout", "set", "policies/users")
			r.git("sparse-checkout", "disable")
			return r, r.dir
		}},
		{name: "split index", index: true, make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			r.git("update-index", "--split-index")
			r.write("policies/users/b.yaml", "b")
			r.git("add", "--all")
			return r, r.dir
		}},
		{name: "index version 4, untracked cache", make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			r.git("update-index", "--index-version=4", "--force-untracked-cache")
			return r, r.dir
		}},
		{name: "index without checksum", index: true, make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			r.git("-c", "index.skipHash=true", "read-tree", "HEAD")
			if !gitAtLeast(t, 2, 40) { // older ones always write it
				data := must[[]byte](t)(os.ReadFile(r.path(".git/index")))
				copy(data[len(data)-20:], make([]byte, 20))
				r.write(".git/index", string(data))
			}
			return r, r.dir
		}},
		{name: "index locked", make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			r.write(".git/index.lock", "")
			return r, r.dir
		}},
		{name: "sha256", needGit: true, make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t, "--object-format=sha256")
			return r, r.dir
		}},
		{name: "packed refs", make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			r.git("pack-refs", "--all")
			return r, r.dir
		}},
		{name: "multi-pack index and commit graph", make: func(t *testing.T) (*testRepo, string) {
			r, _, _, _ := history(t)
			r.git("repack", "--quiet", "-d", "--write-midx")
			r.git("commit-graph", "write", "--reachable")
			return r, r.dir
		}},
	}
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			r, dir := k.make(t)
			before := listing(t, gitDirOf(t, r))
			t.Run("git command", func(t *testing.T) { readHistory(t, gitOnly(openAt(t, dir)), r) })
			t.Run("both", func(t *testing.T) { readHistory(t, openAt(t, dir), r) })
			t.Run("no git command", func(t *testing.T) {
				want := strings.TrimSpace(r.git("rev-parse", "HEAD"))
				withoutGit(t)
				repo := openAt(t, dir)
				switch {
				case k.needGit:
					needsGit(t, func() error { _, err := repo.At(t.Context(), "HEAD"); return err }())
					needsGit(t, func() error { _, err := repo.Index(t.Context()); return err }())
					equal(t, "work tree", dump(t, must[*Snapshot](t)(repo.WorkTree(t.Context()))), filesAtTopic)
				case k.index:
					needsGit(t, func() error { _, err := repo.Index(t.Context()); return err }())
					readRevisions(t, repo, want)
				default:
					readRevisions(t, repo, want)
					readTrees(t, repo)
				}
			})
			unchanged(t, before, listing(t, gitDirOf(t, r)))
		})
	}
}

func gitDirOf(t *testing.T, r *testRepo) string {
	t.Helper()
	return r.git("rev-parse", "--path-format=absolute", "--git-common-dir")
}

func gitAtLeast(t *testing.T, major, minor int) bool {
	t.Helper()
	out := must[[]byte](t)(exec.Command("git", "version").Output())
	var x, y int
	if _, err := fmt.Sscanf(string(out), "git version %d.%d", &x, &y); err != nil {
		t.Fatal(err)
	}
	return x > major || x == major && y >= minor
}

func needsGit(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ErrGitNeeded) || !strings.Contains(err.Error(), "install git") {
		t.Errorf("error %v, want that git is needed", err)
	}
}

func readHistory(t *testing.T, repo *Repository, r *testRepo) {
	t.Helper()
	readRevisions(t, repo, r.git("rev-parse", "HEAD"))
	readTrees(t, repo)
	for _, rev := range []string{"HEAD", "HEAD~1", "main", "topic", "main~2", "HEAD^"} {
		at := must[*Snapshot](t)(repo.At(t.Context(), rev))
		equal(t, rev, at.Revision(), r.git("rev-parse", rev))
	}
	base := must[string](t)(repo.MergeBase(t.Context(), "main", "HEAD"))
	equal(t, "merge base", base, r.git("merge-base", "main", "HEAD"))
}

func readRevisions(t *testing.T, repo *Repository, head string) {
	t.Helper()
	ctx := t.Context()
	id, ok, err := repo.Head(ctx)
	if id != head || !ok || err != nil {
		t.Errorf("Head = %s, %v, %v, want %s", id, ok, err, head)
	}
	topic := must[*Snapshot](t)(repo.At(ctx, head[:8]))
	equal(t, "topic", dump(t, topic), filesAtTopic)
	base := must[*Snapshot](t)(repo.At(ctx, must[string](t)(repo.MergeBase(ctx, "main", "HEAD"))))
	equal(t, "base", dump(t, base), filesAtBase)
	changed := must[[]string](t)(repo.Changed(ctx, base, topic))
	equal(t, "changed", strings.Join(changed, " "), "policies/users/a.yaml policies/users/b.yaml")
	data := must[[]byte](t)(topic.ReadFile("policies/users/b.yaml"))
	if blob, ok := topic.Blob("policies/users/b.yaml"); !ok || blob != repo.BlobID(data) {
		t.Errorf("Blob = %q, %v, want %s", blob, ok, repo.BlobID(data))
	}
}

func readTrees(t *testing.T, repo *Repository) {
	t.Helper()
	ctx := t.Context()
	work := must[*Snapshot](t)(repo.WorkTree(ctx))
	equal(t, "work tree", dump(t, work), filesAtTopic)
	equal(t, "index", dump(t, must[*Snapshot](t)(repo.Index(ctx))), filesAtTopic)
	if clean, err := repo.Clean(ctx, work); !clean || err != nil {
		t.Errorf("Clean = %v, %v, want true", clean, err)
	}
}

func TestShallow(t *testing.T) {
	for _, only := range []bool{false, true} {
		t.Run(fmt.Sprintf("git command %v", only), func(t *testing.T) {
			ctx := t.Context()
			r, base, main, topic := history(t)
			c := r.clone("--depth=1", "--no-single-branch")
			repo := c.open()
			if only {
				gitOnly(repo)
			}
			equal(t, "files", dump(t, must[*Snapshot](t)(repo.At(ctx, "HEAD"))), filesAtTopic)

			_, err := repo.MergeBase(ctx, "origin/main", "HEAD")
			wantShallow(t, err, "git fetch --unshallow", "fetch-depth: 0")
			_, err = repo.At(ctx, "HEAD~1")
			wantShallow(t, err, "git fetch --unshallow", "fetch-depth: 0")
			_, err = repo.At(ctx, base)
			wantShallow(t, err, "git fetch --depth=1 origin "+base)
			_, err = repo.At(ctx, base[:9])
			wantShallow(t, err, "git fetch --unshallow")
			equal(t, "base of itself", must[string](t)(repo.MergeBase(ctx, topic, "HEAD")), topic)

			// The commands that the messages give must cure it.
			c.git("fetch", "--quiet", "--depth=1", "origin", base)
			equal(t, "base", dump(t, must[*Snapshot](t)(c.open().At(ctx, base))), filesAtBase)
			c.git("fetch", "--quiet", "--unshallow")
			equal(t, "merge base", must[string](t)(c.open().MergeBase(ctx, main, "HEAD")), base)
		})
	}
}

func TestShallowSingleBranch(t *testing.T) {
	r, base, _, _ := history(t)
	c := r.clone("--depth=1")
	_, err := c.open().MergeBase(t.Context(), "origin/main", "HEAD")
	const command = "git fetch --depth=1 origin +refs/heads/main:refs/remotes/origin/main"
	wantShallow(t, err, "`"+command+"`", "git fetch --unshallow", "fetch-depth: 0")
	_, err = c.open().MergeBase(t.Context(), "main", "HEAD")
	wantShallow(t, err, "`"+command+"` and use origin/main")

	c.git(strings.Fields(strings.TrimPrefix(command, "git "))...)
	c.git("fetch", "--quiet", "--unshallow")
	equal(t, "merge base", must[string](t)(c.open().MergeBase(t.Context(), "origin/main", "HEAD")), base)
}

// TestShallowDeepEnough has the base, and no reason to look behind the cut.
func TestShallowDeepEnough(t *testing.T) {
	r, base, _, _ := history(t)
	c := r.clone("--depth=2", "--no-single-branch")
	if n := c.git("rev-list", "--count", "--all"); n != "3" {
		t.Fatalf("%s commits in the clone, want 3", n)
	}
	equal(t, "merge base", must[string](t)(c.open().MergeBase(t.Context(), "origin/main", "HEAD")), base)
}

func wantShallow(t *testing.T, err error, cures ...string) {
	t.Helper()
	if !errors.Is(err, ErrShallow) {
		t.Errorf("error %v, want ErrShallow", err)
		return
	}
	for _, cure := range cures {
		if !strings.Contains(err.Error(), cure) {
			t.Errorf("error %q does not name %q", err, cure)
		}
	}
}

func TestPartialClone(t *testing.T) {
	for _, only := range []bool{false, true} {
		t.Run(fmt.Sprintf("git command %v", only), func(t *testing.T) {
			r, base, _, _ := history(t)
			c := r.clone("--filter=blob:none")
			repo := c.open()
			if only {
				gitOnly(repo)
			}
			ctx := t.Context()
			at := must[*Snapshot](t)(repo.At(ctx, base))
			changed := must[[]string](t)(repo.Changed(ctx, at, must[*Snapshot](t)(repo.At(ctx, "HEAD"))))
			equal(t, "changed without any blob", fmt.Sprint(changed), "[policies/users/a.yaml policies/users/b.yaml]")
			equal(t, "files", dump(t, at), filesAtBase)
			equal(t, "work tree", dump(t, must[*Snapshot](t)(repo.WorkTree(ctx))), filesAtTopic)
		})
	}
}

// TestPartialCloneFetchesOnce: a connection for each file would take minutes.
func TestPartialCloneFetchesOnce(t *testing.T) {
	r := newRepo(t)
	r.git("config", "uploadpack.allowFilter", "true")
	r.git("config", "uploadpack.allowAnySHA1InWant", "true")
	var files []string
	for i := range 20 {
		files = append(files, fmt.Sprintf("users/%d/u.yaml", i), fmt.Sprint("old ", i))
	}
	old := r.commit(files...)
	for i := range 20 {
		files[2*i+1] = fmt.Sprint("new ", i)
	}
	r.commit(files...)
	c := r.clone("--filter=blob:none")
	packs := func() int {
		return len(must[[]string](t)(filepath.Glob(c.path(".git/objects/pack/*.pack"))))
	}
	before := packs()
	at := must[*Snapshot](t)(c.open().At(t.Context(), old))
	for i := range 20 {
		data := must[[]byte](t)(at.ReadFile(fmt.Sprintf("users/%d/u.yaml", i)))
		equal(t, "content", string(data), fmt.Sprint("old ", i))
	}
	if n := packs() - before; n != 1 {
		t.Errorf("%d fetches, want 1", n)
	}
}

func TestPartialCloneOutOfReach(t *testing.T) {
	r, base, _, _ := history(t)
	c := r.clone("--filter=blob:none")
	t.Run("no git command", func(t *testing.T) {
		withoutGit(t)
		at := must[*Snapshot](t)(c.open().At(t.Context(), base))
		_, err := at.ReadFile("policies/users/a.yaml")
		needsGit(t, err)
	})
	t.Run("no remote", func(t *testing.T) {
		c.git("config", "remote.origin.url", filepath.Join(t.TempDir(), "gone"))
		at := must[*Snapshot](t)(c.open().At(t.Context(), base))
		if _, err := at.ReadFile("policies/users/a.yaml"); err == nil || !strings.Contains(err.Error(), "partial clone") {
			t.Errorf("error %v, want one that explains the partial clone", err)
		}
	})
}

func TestBare(t *testing.T) {
	for _, only := range []bool{false, true} {
		r, base, _, _ := history(t)
		b := r.clone("--bare")
		repo := b.open()
		if only {
			gitOnly(repo)
		}
		ctx := t.Context()
		equal(t, "root", repo.Root(), "")
		equal(t, "files", dump(t, must[*Snapshot](t)(repo.At(ctx, "topic"))), filesAtTopic)
		equal(t, "merge base", must[string](t)(repo.MergeBase(ctx, "main", "topic")), base)
		if _, err := repo.WorkTree(ctx); !errors.Is(err, ErrNoWorkTree) {
			t.Errorf("work tree: %v, want ErrNoWorkTree", err)
		}
		if _, err := repo.Index(ctx); !errors.Is(err, ErrNoWorkTree) {
			t.Errorf("index: %v, want ErrNoWorkTree", err)
		}
		equal(t, "rel", must[string](t)(repo.Rel(b.dir)), ".")
	}
}

// TestBareLookalike: files under review are not taken for a repository.
func TestBareLookalike(t *testing.T) {
	r := newRepo(t)
	r.commit("tenant/HEAD", "ref: refs/heads/main\n", "tenant/objects/x", "", "tenant/refs/x", "",
		"tenant/config", "[core]\n\tbare = true\n")
	equal(t, "root", openAt(t, r.path("tenant")).Root(), r.dir)
}

func TestUnborn(t *testing.T) {
	for _, only := range []bool{false, true} {
		r := newRepo(t)
		r.write("a.yaml", "1", "b.yaml", "2")
		r.git("add", "a.yaml")
		repo := r.open()
		if only {
			gitOnly(repo)
		}
		ctx := t.Context()
		if id, ok, err := repo.Head(ctx); id != "" || ok || err != nil {
			t.Errorf("Head = %q, %v, %v, want none", id, ok, err)
		}
		_, err := repo.At(ctx, "HEAD")
		if !errors.Is(err, ErrUnborn) {
			t.Errorf("At(HEAD): %v, want ErrUnborn", err)
		}
		work := must[*Snapshot](t)(repo.WorkTree(ctx))
		equal(t, "index", dump(t, must[*Snapshot](t)(repo.Index(ctx))), lines(`a.yaml "1"`))
		equal(t, "work tree", dump(t, work), lines(`a.yaml "1"`, `b.yaml "2"`))
		if clean, err := repo.Clean(ctx, work); clean || err != nil {
			t.Errorf("Clean = %v, %v, want false", clean, err)
		}
		if rev, ok := repo.DefaultBranch(ctx); ok {
			t.Errorf("DefaultBranch = %s, want none", rev)
		}
		blame := must[[]BlameLine](t)(repo.Blame(ctx, "", "a.yaml"))
		if len(blame) != 1 || blame[0] != (BlameLine{}) {
			t.Errorf("Blame = %v, want one line that is not committed", blame)
		}
	}
}

func TestPlainFolder(t *testing.T) {
	dir := realDir(t)
	r := &testRepo{t: t, dir: dir}
	r.write("policies/org.yaml", "1")
	repo := r.open()
	ctx := t.Context()
	if repo.Git() {
		t.Error("Git = true")
	}
	equal(t, "root", repo.Root(), dir)
	work := must[*Snapshot](t)(repo.WorkTree(ctx))
	equal(t, "files", dump(t, work), lines(`policies/org.yaml "1"`))
	equal(t, "description", work.Describe(), "the folder")
	for name, err := range map[string]error{
		"At":    func() error { _, err := repo.At(ctx, "HEAD"); return err }(),
		"Index": func() error { _, err := repo.Index(ctx); return err }(),
		"Blame": func() error { _, err := repo.Blame(ctx, "", "policies/org.yaml"); return err }(),
	} {
		if !errors.Is(err, ErrNotGit) {
			t.Errorf("%s: %v, want ErrNotGit", name, err)
		}
	}
	if _, err := Open(ctx, filepath.Join(dir, "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent folder: %v, want that it does not exist", err)
	}
	if _, err := Open(ctx, filepath.Join(dir, "policies/org.yaml")); err == nil {
		t.Error("a file was opened as a folder")
	}
}

// TestBrokenGitFile is a linked worktree in a container that lacks the rest.
func TestBrokenGitFile(t *testing.T) {
	r, _, _, _ := history(t)
	w := r.at(filepath.Join(realDir(t), "linked"))
	r.git("worktree", "add", "--quiet", w.dir, "main")
	if err := os.Rename(r.path(".git"), r.path("elsewhere")); err != nil {
		t.Fatal(err)
	}
	repo := openAt(t, w.path("policies"))
	equal(t, "root", repo.Root(), w.dir)
	must[*Snapshot](t)(repo.WorkTree(t.Context()))
	if _, err := repo.At(t.Context(), "HEAD"); !errors.Is(err, ErrNotGit) || !strings.Contains(err.Error(), "linked worktree") {
		t.Errorf("error %v, want ErrNotGit that explains linked worktrees", err)
	}
}

func TestCanceled(t *testing.T) {
	r, _, _, _ := history(t)
	for _, only := range []bool{false, true} {
		repo := r.open()
		if only {
			gitOnly(repo)
		}
		ctx, cancel := context.WithCancel(t.Context())
		at := must[*Snapshot](t)(repo.At(ctx, "HEAD"))
		must[[]byte](t)(at.ReadFile("policies/org.yaml"))
		cancel()
		if _, err := at.ReadFile("policies/org.yaml"); !errors.Is(err, context.Canceled) {
			t.Errorf("read after cancel: %v", err)
		}
		if _, err := repo.At(ctx, "HEAD"); !errors.Is(err, context.Canceled) {
			t.Errorf("At after cancel: %v", err)
		}
		// The repository itself goes on.
		equal(t, "files", dump(t, must[*Snapshot](t)(repo.At(t.Context(), "HEAD"))), filesAtTopic)
	}
}

// TestPartialCloneHeaders: to log in, a CI system leaves a header in the
// repository's configuration, or in a file that this includes. That much is
// taken over, and nothing else of it.
func TestPartialCloneHeaders(t *testing.T) {
	r, _, _, _ := history(t)
	c := r.clone("--filter=blob:none")
	c.write(".git/more", "[http \"https://example.invalid/\"]\n\textraheader = \"AUTHORIZATION: basic two\"\n\tproxy = evil\n[core]\n\tsshCommand = evil\n")
	c.git("config", "http.https://example.invalid/.extraheader", "AUTHORIZATION: \"one\"")
	c.git("config", "include.path", "more")
	c.git("config", "includeIf.gitdir:/elsewhere/.path", "more")
	c.git("config", "core.sshCommand", "evil")
	c.git("config", "credential.helper", "evil")
	repo := c.open()
	got := repo.layout.fetchConfig("origin")
	for _, want := range []string{
		"[extensions]\n\tpartialClone = \"origin\"\n", "[remote \"origin\"]\n\turl = \"" + strings.ReplaceAll(c.git("config", "remote.origin.url"), `\`, `\\`) + "\"\n",
		"[http \"https://example.invalid/\"]\n\textraheader = \"AUTHORIZATION: \\\"one\\\"\"\n", "extraheader = \"AUTHORIZATION: basic two\"\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the configuration lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "evil") || strings.Count(got, "basic two") != 1 {
		t.Errorf("the configuration has what it must not have:\n%s", got)
	}
}
