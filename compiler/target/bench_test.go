package target

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"testing"
)

// The benchmarks write to memory where there is such a place. To learn about a
// disk, set TMPDIR and BENCH_DISK=1, and leave minutes between two runs: ext4,
// for one, is ten times slower at making files for a minute after it removed
// 100,000 others, and would measure nothing but that.
func benchBase(b *testing.B) string {
	b.Helper()
	if os.Getenv("BENCH_DISK") != "" {
		return b.TempDir()
	}
	return memory(b)
}

// benchUsers makes as many files as there are users, and an index.
const benchUsers = 100_000

// benchTree is the tree of that many users who all share a few bundles.
func benchTree(changed int) listTree {
	var t listTree
	for i := range 256 {
		t = append(t, File{Path: fmt.Sprintf("index/%02x.json", i), Data: make([]byte, 40*1024)})
	}
	t = append(t, File{Path: "manifest.json", Data: fmt.Appendf(nil, "%d", changed)})
	bundles := [2][]byte{make([]byte, 700), make([]byte, 720)}
	for i := range benchUsers {
		data := bundles[0]
		if i%100 < changed {
			data = bundles[1]
		}
		t = append(t, File{
			Path: fmt.Sprintf("users/%02x/u%06d@voorbeeld.example/bundle.json", i/(benchUsers/256+1), i),
			Data: data,
		})
	}
	return t
}

func ownAll(fs.FS) (func(string) bool, string, error) {
	return func(string) bool { return true }, "", nil
}

func benchFolder(b *testing.B, dir string) *Folder {
	b.Helper()
	f, err := Open(dir, ownAll)
	if err != nil {
		b.Fatal(err)
	}
	return f
}

// BenchmarkPlainLoop is what BenchmarkApply is measured against: the same files,
// one after the other, neither safe against anything nor brought to disk.
func BenchmarkPlainLoop(b *testing.B) {
	tree, base, n := benchTree(0), benchBase(b), 0
	for b.Loop() {
		n++
		dir := filepath.Join(base, strconv.Itoa(n))
		last := ""
		for _, file := range tree {
			if d := path.Dir(file.Path); d != last {
				if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(d)), 0o755); err != nil {
					b.Fatal(err)
				}
				last = d
			}
			if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(file.Path)), file.Data, 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkApply writes a target that did not exist.
func BenchmarkApply(b *testing.B) {
	tree, base, n := benchTree(0), benchBase(b), 0
	for b.Loop() {
		n++
		f := benchFolder(b, filepath.Join(base, strconv.Itoa(n)))
		if _, err := f.Apply(b.Context(), tree, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkApplyAgain applies to a target that exists: one where nothing, and
// one where one user in a hundred changes; compared, or known to be unchanged.
func BenchmarkApplyAgain(b *testing.B) {
	trees := [2]listTree{benchTree(0), benchTree(1)}
	f := benchFolder(b, filepath.Join(benchBase(b), "bundles"))
	if _, err := f.Apply(b.Context(), trees[0], Options{}); err != nil {
		b.Fatal(err)
	}
	b.Run("nothing", func(b *testing.B) {
		for b.Loop() {
			if result, err := f.Apply(b.Context(), trees[0], Options{}); err != nil || result.Changed {
				b.Fatal(result, err)
			}
		}
	})
	b.Run("nothing, known", func(b *testing.B) {
		known := func(string) bool { return true }
		for b.Loop() {
			if result, err := f.Apply(b.Context(), trees[0], Options{Unchanged: known}); err != nil || result.Changed {
				b.Fatal(result, err)
			}
		}
	})
	n := 0
	b.Run("one in 100", func(b *testing.B) {
		for b.Loop() {
			n++
			if result, err := f.Apply(b.Context(), trees[n%2], Options{}); err != nil || result.Written != 1+benchUsers/100 {
				b.Fatal(result, err)
			}
		}
	})
}
