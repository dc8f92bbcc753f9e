package source

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestRevisionSyntax(t *testing.T) {
	refused := []string{
		"", "-", "--all", "-n1", "HEAD:path", "HEAD:", ":path", ":0:path", ":/text", "HEAD^{/text}", "HEAD^{tree}", "HEAD^{blob}",
		"a..b", "a...b", "..", "^HEAD", "HEAD^!", "HEAD^@", "HEAD^-", "HEAD@{yesterday}", "HEAD@{1 day ago}", "HEAD@{", "@{", "HEAD@{}",
		"HEAD@{99999999999}", "HEAD~99999999999999999999", "a b", "a\nb", "a\x00b", "a*", "a?", "a[b", `a\b`, "/a", "a/", "a//b",
		".a", "a/.b", "a.", "a.lock", "~1", "^", "$(reboot)", "`reboot`", "a;b", "a|b", "a'b", `a"b`, "HEAD~x", "HEAD^x",
	}
	for _, text := range refused {
		if r, err := parseRevision(text); !errors.Is(err, ErrRevisionSyntax) || !strings.Contains(err.Error(), "give one commit") {
			t.Errorf("%q: %+v, %v, want ErrRevisionSyntax", text, r, err)
		}
	}
	accepted := map[string]string{
		"HEAD": "HEAD []", "@": "HEAD []", "@~2": "HEAD [{1 2}]", "HEAD~": "HEAD [{1 1}]", "HEAD^^2~3": "HEAD [{1 1} {2 1} {1 3}]",
		"HEAD^0": "HEAD [{0 1}]", "v1^{}": "v1 [{0 0}]", "v1^{commit}~1": "v1 [{0 0} {1 1}]", "origin/main": "origin/main []",
		"feature/ünïcode-1_2.3": "feature/ünïcode-1_2.3 []", "user@host": "user@host []", "v1.0-3-gabcdef0": "v1.0-3-gabcdef0 []",
		"HEAD@{1}": "HEAD@{1} []", "@{-1}": "@{-1} []", "main@{upstream}~1": "main@{upstream} [{1 1}]", "@{u}": "@{u} []",
		"refs/heads/main": "refs/heads/main []", "release(1)": "release(1) []",
	}
	for text, want := range accepted {
		r, err := parseRevision(text)
		if got := fmt.Sprintf("%s %v", r.name, r.steps); err != nil || got != want {
			t.Errorf("%q: %s, %v, want %s", text, got, err, want)
		}
	}
}

func FuzzRevisionSyntax(f *testing.F) {
	for _, text := range []string{"HEAD~1", "@{u}", "a..b", "-x", "HEAD^{commit}^2", "v1@{0}~3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseRevision(text)
		if err != nil {
			return
		}
		if strings.HasPrefix(r.name, "-") || strings.ContainsAny(r.name, ":\x00\n *?[\\^~") || r.name == "" || strings.Contains(r.name, "..") {
			t.Errorf("%q gives the name %q", text, r.name)
		}
	})
}

// TestRevisions compares with what git itself makes of each name.
func TestRevisions(t *testing.T) {
	r := newRepo(t)
	first := r.commit("a.yaml", "1")
	r.git("tag", "light")
	r.git("tag", "--annotate", "--message", "x", "heavy")
	r.git("tag", "--annotate", "--message", "x", "heavier", "heavy")
	r.git("checkout", "--quiet", "-b", "topic/one")
	r.commit("b.yaml", "1")
	r.git("checkout", "--quiet", "main")
	r.commit("a.yaml", "2")
	r.tick += 60
	r.git("merge", "--quiet", "--no-edit", "topic/one")
	r.git("branch", "both", "main~1")
	r.git("tag", "both", first) // git prefers the tag
	r.git("branch", "beef", "HEAD^")
	r.git("branch", first[:6], "HEAD^") // a branch that looks like an id
	c := r.clone()
	c.git("branch", "--quiet", "local", "origin/topic/one")
	c.commit("c.yaml", "1")

	names := []string{
		"HEAD", "@", "HEAD~1", "HEAD^", "HEAD~1^2", "HEAD^^2", "main", "heads/main", "refs/heads/main", "origin/main", "origin",
		"origin/topic/one", "remotes/origin/main", "light", "heavy", "heavier", "heavier^{}", "heavy^{commit}", "heavy^0", "tags/heavy",
		"both", first, strings.ToUpper(first), first[:12], first[:7], "local~1", "HEAD@{1}", "main@{0}", "@{u}", "main@{upstream}",
		"local@{u}", "origin/beef", "light-0-g" + first[:7], "origin/HEAD",
	}
	for _, repo := range []*Repository{c.open(), gitOnly(c.open())} {
		for _, name := range names {
			at, err := repo.At(t.Context(), name)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			equal(t, name, at.Revision(), c.git("rev-parse", name+"^{commit}"))
		}
		for _, name := range []string{
			"absent", "origin/absent", "HEAD~99", "HEAD^9", "main~1^7", "0000000000000000000000000000000000000000", "abcdef0123456789",
			"HEAD:a.yaml", "HEAD@{99}", "beef@{u}", "main@{u}@{u}x", "a.yaml", c.git("rev-parse", "HEAD^{tree}"), c.git("rev-parse", "HEAD:a.yaml"),
		} {
			if at, err := repo.At(t.Context(), name); !errors.Is(err, ErrUnknownRevision) && !errors.Is(err, ErrRevisionSyntax) {
				t.Errorf("%s: %v, %v, want that there is none", name, at, err)
			}
		}
		must[*Snapshot](t)(repo.At(t.Context(), first[:6]))
	}
	// Inside the clone the branch with the short name exists, and wins over the id.
	inside := must[*Snapshot](t)(r.open().At(t.Context(), first[:6]))
	equal(t, "a branch like an id", inside.Revision(), r.git("rev-parse", "refs/heads/"+first[:6]))
}

func TestRevisionsNeverReadAsHead(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "1")
	before := r.git("rev-parse", "HEAD")
	head := r.commit("a.yaml", "2")
	at := must[*Snapshot](t)(r.open().At(t.Context(), "HEAD@{1}"))
	equal(t, "HEAD@{1}", at.Revision(), before)
	withoutGit(t)
	repo := r.open()
	for _, name := range []string{"HEAD@{1}", "HEAD@{0}", "main@{u}", "FETCH_HEAD"} {
		_, err := repo.At(t.Context(), name)
		needsGit(t, err)
	}
	if at, err := repo.At(t.Context(), "HEAD:a.yaml"); !errors.Is(err, ErrRevisionSyntax) {
		t.Errorf("HEAD:a.yaml: %v, %v; HEAD is %s", at, err, head)
	}
}

func TestUnknownRevisionNamesTheCure(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "1")
	single := r.clone("--single-branch")
	const absent = "1234567890123456789012345678901234567890"
	for name, cure := range map[string]string{
		"origin/topic": "git fetch origin +refs/heads/topic:refs/remotes/origin/topic` and use origin/topic",
		"topic":        "git fetch origin +refs/heads/topic:refs/remotes/origin/topic` and use origin/topic",
		absent:         "git fetch origin " + absent,
		"abcdef12":     "git branch --all",
	} {
		_, err := single.open().At(t.Context(), name)
		if !errors.Is(err, ErrUnknownRevision) || !strings.Contains(err.Error(), cure) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %q", name, err, cure)
		}
	}
	if _, err := r.open().At(t.Context(), "topic"); err == nil || !strings.Contains(err.Error(), "git branch --all") {
		t.Errorf("without a remote: %v", err)
	}
}

func TestDefaultBranch(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "1")
	r.git("branch", "--move", "main", "trunk")
	want := func(where *testRepo, want string) {
		t.Helper()
		for _, repo := range []*Repository{where.open(), gitOnly(where.open())} {
			rev, ok := repo.DefaultBranch(t.Context())
			if rev != want || ok != (want != "") {
				t.Errorf("DefaultBranch = %q, %v, want %q", rev, ok, want)
			}
		}
	}
	want(r, "")
	clone := r.clone()
	want(clone, "origin/trunk")
	r.git("branch", "master")
	want(r, "master")
	r.git("branch", "main")
	want(r, "main")
	clone.git("symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
	want(clone, "")
	clone.git("fetch", "--quiet")
	want(clone, "origin/main")
	clone.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone")
	want(clone, "origin/main")
}

// TestMergeBase compares with git over random histories, merged crosswise and
// with clocks that go wrong.
func TestMergeBase(t *testing.T) {
	const commits = 30
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 7)) // reproducible on purpose
		r := newRepo(t)
		ids := grow(r, random, commits)
		repos := []*Repository{r.open(), gitOnly(r.open())}
		for range 40 {
			a, b := ids[random.IntN(commits)], ids[random.IntN(commits)]
			var bases []string
			if r.try("merge-base", a, b) == nil {
				bases = strings.Fields(r.git("merge-base", "--all", a, b))
			}
			for _, repo := range repos {
				base, err := repo.MergeBase(t.Context(), a, b)
				switch {
				case len(bases) == 0 && !errors.Is(err, ErrNoMergeBase):
					t.Errorf("seed %d: %s and %s have the base %s, %v, want ErrNoMergeBase", seed, a, b, base, err)
				case len(bases) > 0 && (err != nil || !slices.Contains(bases, base)):
					t.Errorf("seed %d: %s and %s have the base %s, %v, want one of %v", seed, a, b, base, err, bases)
				case len(bases) > 1:
					equal(t, "the newest", base, newest(r, bases))
				}
			}
		}
	}
}

// grow makes a random history in one go and returns its commits.
func grow(r *testRepo, random *rand.Rand, n int) []string {
	r.t.Helper()
	var script strings.Builder
	for i := 1; i <= n; i++ {
		date := 1770000000 + 100*i - random.IntN(3)*random.IntN(400)
		fmt.Fprintf(&script, "commit refs/heads/b%d\nmark :%d\ncommitter Bo <bo@voorbeeld.example> %d +0000\ndata 1\nx\n", i, i, date)
		var parents []int
		for range min(random.IntN(4), i-1) {
			if p := max(1, i-1-random.IntN(6)); !slices.Contains(parents, p) {
				parents = append(parents, p)
			}
		}
		for k, p := range parents {
			fmt.Fprintf(&script, "%s :%d\n", []string{"from", "merge", "merge"}[k], p)
		}
		script.WriteString("\n")
	}
	r.write("script", script.String())
	r.git("-c", "alias.import=!git fast-import --quiet <script", "import")
	ids := make([]string, n)
	for i := range ids {
		ids[i] = r.git("rev-parse", fmt.Sprint("b", i+1))
	}
	return ids
}

func newest(r *testRepo, ids []string) string {
	r.t.Helper()
	dates := strings.Fields(r.git(append([]string{"show", "--no-patch", "--format=%ct:%H"}, ids...)...))
	slices.SortFunc(dates, func(a, b string) int {
		x, p, _ := strings.Cut(a, ":")
		y, q, _ := strings.Cut(b, ":")
		if x != y {
			return strings.Compare(y, x)
		}
		return strings.Compare(p, q)
	})
	_, id, _ := strings.Cut(dates[0], ":")
	return id
}

func TestMergeBaseWithoutCommonHistory(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "1")
	r.git("checkout", "--quiet", "--orphan", "other")
	r.commit("b.yaml", "1")
	_, err := r.open().MergeBase(t.Context(), "main", "other")
	if !errors.Is(err, ErrNoMergeBase) || !strings.Contains(err.Error(), "--base-exact") {
		t.Errorf("error %v, want ErrNoMergeBase", err)
	}
}

func TestReplacementsAreNotHonored(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "real")
	r.write("b.yaml", "made up")
	other := r.git("hash-object", "-w", "b.yaml")
	r.git("replace", r.git("rev-parse", "HEAD:a.yaml"), other)
	for _, repo := range []*Repository{r.open(), gitOnly(r.open())} {
		equal(t, "content", dump(t, must[*Snapshot](t)(repo.At(t.Context(), "HEAD"))), lines(`a.yaml "real"`))
	}
}
