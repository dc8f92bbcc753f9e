package source

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"
)

func TestBlame(t *testing.T) {
	r := newRepo(t)
	first := r.commit("p/a.yaml", "one\ntwo\nthree\n")
	second := r.commit("p/a.yaml", "one\n2\nthree\n", "p/b.yaml", "b")
	r.write("p/a.yaml", "zero\none\n2\nthree\nfour") // not committed; no final line feed
	r.write("p/new.yaml", "x\ny\n")
	r.link("p/link.yaml", "a.yaml")

	date := func(n int) time.Time { return time.Unix(int64(1770000000+60*n), 0).UTC() }
	old, newer := BlameLine{Commit: first, Author: "Ada", Date: date(1)}, BlameLine{Commit: second, Author: "Ada", Date: date(2)}
	cases := []struct {
		rev, file string
		want      []BlameLine
	}{
		{"HEAD", "p/a.yaml", []BlameLine{old, newer, old}},
		{"HEAD~1", "p/a.yaml", []BlameLine{old, old, old}},
		{"", "p/a.yaml", []BlameLine{{}, old, newer, old, {}}},
		{"", "p/link.yaml", []BlameLine{{}, old, newer, old, {}}},
		{"", "p/new.yaml", []BlameLine{{}, {}}},
		{"HEAD", "p/b.yaml", []BlameLine{newer}},
	}
	check := func(t *testing.T) {
		for _, c := range cases {
			got := must[[]BlameLine](t)(r.open().Blame(t.Context(), c.rev, c.file))
			equal(t, c.rev+":"+c.file, fmt.Sprint(got), fmt.Sprint(c.want))
		}
		if _, err := r.open().Blame(t.Context(), "HEAD", "p/new.yaml"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a file that is not in the revision: %v", err)
		}
	}
	t.Run("git command", check)
	t.Run("go-git", func(t *testing.T) {
		withoutGit(t)
		check(t)
	})
}

func TestBlameSparse(t *testing.T) {
	r := newRepo(t)
	id := r.commit("in/a.yaml", "1\n", "out/b.yaml", "1\n")
	r.git("sparse-checkout", "set", "in")
	got := must[[]BlameLine](t)(r.open().Blame(t.Context(), "", "out/b.yaml"))
	if len(got) != 1 || got[0].Commit != id {
		t.Errorf("Blame = %v, want %s", got, id)
	}
}

func TestBlameShallow(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "one\ntwo\n")
	cut := r.commit("a.yaml", "one\ntwo\nthree\n")
	last := r.commit("a.yaml", "one\n2\nthree\n")
	c := r.clone("--depth=2")
	got := must[[]BlameLine](t)(c.open().Blame(t.Context(), "HEAD", "a.yaml"))
	var text strings.Builder
	for _, l := range got {
		fmt.Fprintf(&text, "%s %v\n", l.Commit, l.Oldest)
	}
	equal(t, "blame", text.String(), lines(cut+" true", last+" false", cut+" true"))
}

func TestBlameWithWindowsLineEndings(t *testing.T) {
	r := newRepo(t)
	id := r.commit("a.yaml", "one\r\ntwo\r\n")
	r.write("a.yaml", "one\r\n2\r\n")
	check := func(t *testing.T) {
		got := must[[]BlameLine](t)(r.open().Blame(t.Context(), "", "a.yaml"))
		if len(got) != 2 || got[0].Commit != id || got[1].Commit != "" {
			t.Errorf("Blame = %v, want the first line from %s", got, id)
		}
	}
	t.Run("git command", check)
	t.Run("go-git", func(t *testing.T) {
		withoutGit(t)
		check(t)
	})
}
