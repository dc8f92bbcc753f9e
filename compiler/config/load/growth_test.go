package load

import (
	"fmt"
	"io/fs"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/syntax/cue"
)

// TestFaultsGrowWithTheFiles loads ever larger files full of one kind of fault,
// and counts what is allocated, which follows what is done: ten times the faults
// may take little more than ten times as much.
func TestFaultsGrowWithTheFiles(t *testing.T) {
	one := func(text string) fstest.MapFS { return fstest.MapFS{"policies/a.yaml": {Data: []byte(text)}} }
	for name, project := range map[string]func(n int) fstest.MapFS{
		"unknown groups, near ones": func(n int) fstest.MapFS {
			return one("groups:\n" + lines("  group-of-people-number-%06d: {}\n", n) +
				"users:\n" + lines("  u%d@b.example: { licenses: [], groups: [group-of-people-nunber-%06[1]d] }\n", n))
		},
		"unknown members, near users": func(n int) fstest.MapFS {
			return one("users:\n" + lines("  user%06d@new.example: { licenses: [] }\n", n) +
				"groups:\n  everybody:\n    members:\n" + lines("      - user%06d@old.example\n", n))
		},
		"unknown templates and licenses": func(n int) fstest.MapFS {
			return one("templates:\n" + lines("  template-%06d: { rank: %[1]d }\n", n) + "groups:\n" + lines("  g%d: { template: tenplate-%06[1]d }\n", n) +
				"users:\n" + lines("  u%d@b.example: { licenses: [license-%06[1]d] }\n", n))
		},
		"duplicates in one file and the next": func(n int) fstest.MapFS {
			files := fstest.MapFS{}
			for i := range 20 {
				files[fmt.Sprintf("policies/f%02d.yaml", i)] = &fstest.MapFile{Data: []byte("users:\n" + lines("  u%d@b.example: {licenses: []}\n", n/10))}
			}
			return files
		},
	} {
		t.Run(name, func(t *testing.T) {
			var last float64
			for _, n := range []int{50, 500, 5000} {
				files := project(n)
				files["callpolicy.yaml"] = &fstest.MapFile{Data: []byte("apiVersion: callpolicy/v1\nedition: classic\n")}
				counted := &countedFS{MapFS: files}
				faults := 0
				count := testing.AllocsPerRun(1, func() {
					_, diags, err := Load(t.Context(), Request{FS: counted, Dir: ".", CUE: cue.InProcess(), Workers: 1})
					if err != nil {
						t.Fatal(err)
					}
					faults = len(diags)
				})
				if faults < n*9/10 {
					t.Errorf("%d faults of %d", faults, n)
				}
				if last > 0 && count > 10*last*math.Log2(float64(n))/math.Log2(float64(n)/10) {
					t.Errorf("%d faults take %.0f allocations, and a tenth of them %.0f", n, count, last)
				}
				if most := 2 * 4 * len(files); counted.opened > most { // two runs, and in each a file is read, and read again to find places
					t.Errorf("%d files were opened %d times", len(files), counted.opened)
				}
				last = count
			}
		})
	}
}

func lines(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// countedFS counts how often a file is read.
type countedFS struct {
	fstest.MapFS
	opened int
}

func (c *countedFS) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, ".yaml") {
		c.opened++
	}
	return c.MapFS.Open(name)
}

func (c *countedFS) ReadFile(name string) ([]byte, error) {
	c.opened++
	return c.MapFS.ReadFile(name)
}
