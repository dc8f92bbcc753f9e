package load_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config/load"
	"callpolicy/compiler/syntax/cue"
)

// BenchmarkRoster loads people who are in a roster, one in a hundred of whom has
// an entry in a policy file as well; and, to compare, as many from YAML alone.
func BenchmarkRoster(b *testing.B) {
	for _, users := range []int{100_000, 1_000_000} {
		var csv, entries, yaml bytes.Buffer
		csv.WriteString("user,licenses,groups,department,site\n")
		entries.WriteString("groups: { g0: {}, g1: {}, g2: {} }\nusers:\n")
		yaml.WriteString("groups: { g0: {}, g1: {}, g2: {} }\nusers:\n")
		for i := range users {
			fmt.Fprintf(&csv, "u%07d@voorbeeld.example,webexCalling,g%d;g%d,Department %d,Site %d\n", i, i%3, (i+1)%3, i%40, i%10)
			fmt.Fprintf(&yaml, "  u%07d@voorbeeld.example: { licenses: [webexCalling], groups: [g%d, g%d], attributes: { department: Department %d, site: Site %d } }\n",
				i, i%3, (i+1)%3, i%40, i%10)
			if i%100 == 0 {
				fmt.Fprintf(&entries, "  u%07d@voorbeeld.example: { inCall: { videoOnMobile: false } }\n", i)
			}
		}
		run := func(b *testing.B, files fstest.MapFS) {
			b.ReportAllocs()
			for b.Loop() {
				cfg, diags, err := load.Load(context.Background(), load.Request{FS: files, Dir: ".", CUE: cue.InProcess()})
				if err != nil || len(diags) > 0 || len(cfg.Users) != users {
					b.Fatal(err, diags)
				}
			}
		}
		b.Run(fmt.Sprintf("csv-%d", users), func(b *testing.B) {
			run(b, fstest.MapFS{
				"callpolicy.yaml":   {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\nroster: [people.csv]\n")},
				"people.csv":        {Data: csv.Bytes()},
				"policies/all.yaml": {Data: entries.Bytes()},
			})
		})
		b.Run(fmt.Sprintf("yaml-%d", users), func(b *testing.B) {
			if users > 100_000 && testing.Short() {
				b.Skip("YAML takes its time")
			}
			run(b, fstest.MapFS{
				"callpolicy.yaml":   {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\n")},
				"policies/all.yaml": {Data: yaml.Bytes()},
			})
		})
	}
}
