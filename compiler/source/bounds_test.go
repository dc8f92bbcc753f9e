package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"

	"callpolicy/compiler/bounded"
)

// A file that is too large is refused by its size, wherever it is: on disk, in a
// revision and in the index, read by go-git or by git.
func TestLargeFilesAreMeasured(t *testing.T) {
	r := newRepo(t)
	r.write("policies/large.cue", strings.Repeat("\n", 5<<20))
	r.write("policies/small.cue", "org: {}\n")
	r.git("add", ".")
	r.git("commit", "-qm", "large")
	for _, only := range []bool{false, true} {
		repo := r.open()
		if only {
			gitOnly(repo)
		}
		for what, snap := range map[string]*Snapshot{
			"work tree": must[*Snapshot](t)(repo.WorkTree(t.Context())),
			"revision":  must[*Snapshot](t)(repo.At(t.Context(), "HEAD")),
			"index":     must[*Snapshot](t)(repo.Index(t.Context())),
		} {
			_, err := snap.ReadFile("policies/large.cue")
			large, ok := errors.AsType[*bounded.TooLargeError](err)
			if !ok || large.Name != "policies/large.cue" || large.Size != 5<<20 {
				t.Errorf("%s, git alone %t: %v", what, only, err)
			}
			if _, err := snap.Open("policies/large.cue"); !errors.As(err, &large) {
				t.Errorf("%s, git alone %t: opened, %v", what, only, err)
			}
			if data, err := snap.ReadFile("policies/small.cue"); string(data) != "org: {}\n" {
				t.Errorf("%s, git alone %t: %q, %v", what, only, data, err)
			}
		}
	}
}

// What changed is told of files that are too large to be read, too.
func TestLargeFileChanged(t *testing.T) {
	r := newRepo(t)
	r.write("large.cue", strings.Repeat("\n", 5<<20))
	r.git("add", ".")
	r.git("commit", "-qm", "large")
	repo := r.open()
	at := must[*Snapshot](t)(repo.At(t.Context(), "HEAD"))
	changed := must[[]string](t)(repo.Changed(t.Context(), at, must[*Snapshot](t)(repo.WorkTree(t.Context()))))
	equal(t, "unchanged", fmt.Sprint(changed), "[]")
	r.write("large.cue", strings.Repeat(" ", 5<<20))
	changed = must[[]string](t)(repo.Changed(t.Context(), at, must[*Snapshot](t)(repo.WorkTree(t.Context()))))
	equal(t, "changed", fmt.Sprint(changed), "[large.cue]")
}

// A dozen objects that stand for 10^10 names.
func TestTreeWithoutEnd(t *testing.T) {
	r := newRepo(t)
	r.write("empty", "")
	id := r.git("hash-object", "-w", "empty")
	mode, kind := "100644", "blob"
	for range 10 {
		var tree strings.Builder
		for i := range 10 {
			fmt.Fprintf(&tree, "%s %s %s\t%d.yaml\n", mode, kind, id, i)
		}
		cmd := exec.CommandContext(t.Context(), "git", "-C", r.dir, "mktree")
		cmd.Stdin = strings.NewReader(tree.String())
		id = strings.TrimSpace(string(must[[]byte](t)(cmd.Output())))
		mode, kind = "040000", "tree"
	}
	commit := r.git("commit-tree", "-m", "bomb", id)
	snap := must[*Snapshot](t)(r.open().At(t.Context(), commit))
	listed := 0
	err := fs.WalkDir(snap, ".", func(_ string, _ fs.DirEntry, err error) error {
		listed++
		return err
	})
	if _, many := errors.AsType[*TooManyError](err); !many || listed > mostNames+1 {
		t.Errorf("%d names, %v", listed, err)
	}
}

// What is in the place of a file by the time it is read is not opened where that
// would wait.
func TestPipeInThePlaceOfAFile(t *testing.T) {
	r := newRepo(t)
	r.write("policies/a.yaml", "org: {}\n")
	snap := must[*Snapshot](t)(r.open().WorkTree(t.Context()))
	must[[]fs.DirEntry](t)(snap.ReadDir("policies")) // it is a file now
	if err := os.Remove(r.path("policies/a.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := makePipe(r.path("policies/a.yaml")); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	_, err := snap.ReadFile("policies/a.yaml")
	if _, special := errors.AsType[*bounded.SpecialError](err); !special {
		t.Errorf("error %v", err)
	}
}

// Reading many objects leaves none of their files open.
func TestLooseObjectsAreClosed(t *testing.T) {
	r := newRepo(t)
	const many = 300
	for i := range many {
		r.write(fmt.Sprintf("policies/%d.yaml", i), fmt.Sprintf("users: { u%d@company.example: {} }\n", i))
	}
	r.git("-c", "gc.auto=0", "add", ".")
	r.git("-c", "gc.auto=0", "commit", "-qm", "loose")
	snap := must[*Snapshot](t)(r.open().At(t.Context(), "HEAD"))
	for i := range many {
		must[[]byte](t)(snap.ReadFile(fmt.Sprintf("policies/%d.yaml", i)))
	}
	open, err := os.ReadDir("/proc/self/fd")
	if err == nil && len(open) > many/2 {
		t.Errorf("%d files are open", len(open))
	}
}
