package load_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"gopkg.in/yaml.v3"

	"callpolicy/compiler/config/load"
	"callpolicy/compiler/syntax/cue"
)

// large is an organization of 20,000 people in 20 files.
func large() fstest.MapFS {
	fsys := fstest.MapFS{"callpolicy.yaml": {Data: []byte(projectFile)}}
	var groups strings.Builder
	groups.WriteString("templates:\n  desk: { rank: 10, inCall: { videoOnMobile: false } }\ngroups:\n")
	for i := range 40 {
		fmt.Fprintf(&groups, "  group-%d: { template: desk, description: Group }\n", i)
	}
	fsys["policies/groups.yaml"] = &fstest.MapFile{Data: []byte(groups.String())}
	for f := range 20 {
		var b strings.Builder
		b.WriteString("users:\n")
		for i := range 1000 {
			fmt.Fprintf(&b, "  u%02d%04d@company.example:\n    licenses: [webexCalling]\n    groups: [group-%d, group-%d]\n    attributes: { department: Department %d, site: Site %d }\n",
				f, i, i%40, (i+f)%40, i%30, f)
			if i%20 == 0 {
				b.WriteString("    inCall: { screenSharing: false }\n")
			}
		}
		fsys[fmt.Sprintf("policies/users/site-%02d.yaml", f)] = &fstest.MapFile{Data: []byte(b.String())}
	}
	return fsys
}

// BenchmarkLoad loads it.
func BenchmarkLoad(b *testing.B) {
	fsys := large()
	b.ReportAllocs()
	for b.Loop() {
		cfg, diags, err := load.Load(b.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
		if err != nil || len(diags) > 0 || len(cfg.Users) != 20_000 {
			b.Fatal(err, diags)
		}
	}
}

// BenchmarkFloor is what [BenchmarkLoad] cannot be faster than: the same files,
// as many at a time as there are processors, through the parser alone.
func BenchmarkFloor(b *testing.B) {
	fsys := large()
	b.ReportAllocs()
	for b.Loop() {
		var wg sync.WaitGroup
		for name := range fsys {
			wg.Go(func() {
				data, err := fsys.ReadFile(name)
				if err != nil {
					b.Error(err)
				}
				var doc yaml.Node
				if err := yaml.Unmarshal(data, &doc); err != nil {
					b.Error(err)
				}
			})
		}
		wg.Wait()
	}
}
