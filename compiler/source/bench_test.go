package source

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// BenchmarkRead reads 20,000 files of a packed repository, from a fresh
// Repository each time: the cost of a cold run.
func BenchmarkRead(b *testing.B) {
	const files = 20_000
	r := &testRepo{t: b, dir: b.TempDir()}
	r.git("init", "--quiet", "--initial-branch=main")
	for i := range files {
		r.write(fmt.Sprintf("policies/users/%02x/u%05d.yaml", i%256, i),
			fmt.Sprintf("users:\n  u%05d@voorbeeld.example:\n%s", i, strings.Repeat("    inCall: { screenSharing: false }\n", i%7)))
	}
	r.git("config", "gc.auto", "0")
	r.commit()
	r.git("gc", "--quiet")

	ctx := b.Context()
	revision := func(repo *Repository) (*Snapshot, error) { return repo.At(ctx, "HEAD") }
	index := func(repo *Repository) (*Snapshot, error) { return repo.Index(ctx) }
	work := func(repo *Repository) (*Snapshot, error) { return repo.WorkTree(ctx) }
	cases := []struct {
		name string
		git  bool
		from func(*Repository) (*Snapshot, error)
	}{
		{"revision by go-git", false, revision},
		{"revision by git", true, revision},
		{"index by go-git", false, index},
		{"index by git", true, index},
		{"work tree", false, work},
	}
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				repo, err := Open(ctx, r.dir)
				if err != nil {
					b.Fatal(err)
				}
				if c.git {
					gitOnly(repo)
				}
				snap, err := c.from(repo)
				if err != nil {
					b.Fatal(err)
				}
				n := 0
				err = fs.WalkDir(snap, ".", func(name string, d fs.DirEntry, err error) error {
					if err != nil || d.IsDir() {
						return err
					}
					n++
					_, err = snap.ReadFile(name)
					return err
				})
				if err != nil || n != files {
					b.Fatalf("%d files, %v", n, err)
				}
				if err := repo.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
