package source

import (
	"fmt"
	"strings"
	"testing"
)

func TestChanged(t *testing.T) {
	r := newRepo(t)
	r.write("same/a.yaml", "1", "p/edited.yaml", "1", "p/removed.yaml", "1", "p/file-to-folder", "1", "p/folder-to-file/x.yaml", "1",
		"p/to-link.yaml", "other.yaml", "q/edited.yaml", "1", "p/mode.yaml", "1")
	r.link("p/link.yaml", "edited.yaml")
	base := r.commit()
	r.git("rm", "--quiet", "-r", "p/file-to-folder", "p/folder-to-file", "p/removed.yaml", "p/link.yaml", "p/to-link.yaml")
	r.write("p/edited.yaml", "2", "p/added/deep.yaml", "1", "p/file-to-folder/y.yaml", "1", "p/folder-to-file", "1", "q/edited.yaml", "2")
	r.link("p/link.yaml", "mode.yaml")
	r.link("p/to-link.yaml", "other.yaml") // equal bytes, yet no longer a file
	r.git("add", "--all")
	r.git("update-index", "--chmod=+x", "p/mode.yaml") // no change of content
	r.record()

	const inP = "p/added/deep.yaml p/edited.yaml p/file-to-folder p/file-to-folder/y.yaml p/folder-to-file p/folder-to-file/x.yaml " +
		"p/link.yaml p/removed.yaml p/to-link.yaml"
	cases := map[string]string{
		"": inP + " q/edited.yaml", "p": inP, "q": "q/edited.yaml", "same": "", "absent": "", "p/edited.yaml": "p/edited.yaml",
		"p/edited.yaml q": "p/edited.yaml q/edited.yaml", "p p/edited.yaml": inP, "p/edited.yaml/x": "",
		"p/link.yaml": "p/edited.yaml p/link.yaml", // a name through a link: the link, and what is behind it
	}
	for where, s := range three(t, r) {
		at := must[*Snapshot](t)(s.repo.At(t.Context(), base))
		for under, want := range cases {
			for order, pair := range [][2]*Snapshot{{at, s}, {s, at}} {
				got := must[[]string](t)(s.repo.Changed(t.Context(), pair[0], pair[1], strings.Fields(under)...))
				equal(t, fmt.Sprintf("%s under %q, %d", where, under, order), strings.Join(got, " "), want)
			}
		}
	}
	if _, err := r.open().Changed(t.Context(), nil, nil, "../x"); err == nil {
		t.Error("a name outside was accepted")
	}
}

func TestClean(t *testing.T) {
	r := newRepo(t)
	r.commit("p/a.yaml", "1", "p/b.yaml", "1", "q/c.yaml", "1", ".gitignore", "build/\n")
	clean := func(want bool, under ...string) {
		t.Helper()
		for _, repo := range []*Repository{r.open(), gitOnly(r.open())} {
			work := must[*Snapshot](t)(repo.WorkTree(t.Context()))
			if got := must[bool](t)(repo.Clean(t.Context(), work, under...)); got != want {
				t.Errorf("Clean(%v) = %v, want %v", under, got, want)
			}
		}
	}
	clean(true)
	clean(true, "p", "q/c.yaml")
	r.write("p/untracked.yaml", "1", "build/bundle.json", "{}", "build/deep/x", "1")
	clean(true)
	clean(true, "p")
	clean(false, "p", "p/untracked.yaml")
	clean(false, "build/bundle.json")
	r.write("q/c.yaml", "2")
	clean(false)
	clean(true, "p")
	r.git("add", "q/c.yaml") // staged is not committed
	clean(false, "q")
	r.git("rm", "--quiet", "p/b.yaml")
	clean(false, "p")
	clean(true, "p/a.yaml")
}

// TestCleanKnowsWhatWasRead: the verdict is on the bytes that were compiled,
// not on what an editor saved since.
func TestCleanKnowsWhatWasRead(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "1")
	repo := r.open()
	work := must[*Snapshot](t)(repo.WorkTree(t.Context()))
	must[[]byte](t)(work.ReadFile("a.yaml"))
	r.write("a.yaml", "2")
	if !must[bool](t)(repo.Clean(t.Context(), work, "a.yaml")) {
		t.Error("what was read is not clean")
	}
}

func TestLineEndingsAreNoChange(t *testing.T) {
	r := newRepo(t)
	r.git("config", "core.autocrlf", "true")
	r.commit("a.yaml", "one\r\ntwo\r\n", "b.yaml", "one\n")
	if r.git("cat-file", "-s", "HEAD:a.yaml") != "8" {
		t.Fatal("git did not convert the line endings")
	}
	repo := r.open()
	work := must[*Snapshot](t)(repo.WorkTree(t.Context()))
	if !must[bool](t)(repo.Clean(t.Context(), work)) {
		t.Error("converted line endings are not clean")
	}
	r.write("a.yaml", "one\r\nthree\r\n")
	work = must[*Snapshot](t)(repo.WorkTree(t.Context()))
	if must[bool](t)(repo.Clean(t.Context(), work)) {
		t.Error("an edit is clean")
	}
}
