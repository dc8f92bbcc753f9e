package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/plan"
)

// hospital is a large repository: users in files of ten thousand, a fifth of
// them in a group with a template, with attributes of their own.
func hospital(users int, org string, override func(i int) bool) fstest.MapFS {
	fsys := fstest.MapFS{
		"callpolicy.yaml":   {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\n")},
		"policies/org.yaml": {Data: []byte(org)},
	}
	var shared strings.Builder
	shared.WriteString("templates:\n")
	for i := range 20 {
		fmt.Fprintf(&shared, "  t%d: { rank: %d, inCall: { videoOnMobile: true, screenSharing: false } }\n", i, i+1)
	}
	shared.WriteString("groups:\n")
	for i := range 100 {
		template := ""
		if i%5 == 0 {
			template = fmt.Sprintf("template: t%d", i/5)
		}
		fmt.Fprintf(&shared, "  g%d: { %s }\n", i, template)
	}
	fsys["policies/shared.yaml"] = &fstest.MapFile{Data: []byte(shared.String())}
	for file := range (users + 9999) / 10000 {
		var b strings.Builder
		b.WriteString("users:\n")
		for i := file * 10000; i < min(users, (file+1)*10000); i++ {
			license := []string{"webexCalling", "unifiedCM"}[i%2]
			fmt.Fprintf(&b, "  u%06d@big.example:\n    licenses: [%s]\n    groups: [g%d]\n    attributes: { number: \"%d\" }\n", i, license, i%100, i)
			if override(i) {
				b.WriteString("    inCall: { screenSharing: false }\n")
			}
		}
		fsys[fmt.Sprintf("policies/users-%d.yaml", file)] = &fstest.MapFile{Data: []byte(b.String())}
	}
	return fsys
}

func nobody(int) bool { return false }

// BenchmarkCompare measures plans of a hundred thousand users.
func BenchmarkCompare(b *testing.B) {
	const org = "org: { inCall: { videoOnMobile: true } }\n"
	_, base := loaded(b, hospital(100_000, org, nobody))
	for _, c := range []struct {
		name, org string
		override  func(int) bool
		changed   int
	}{
		{"Unchanged", org, nobody, 0},
		{"OrgToggle", "org: { inCall: { videoOnMobile: false } }\n", nobody, 80_000},
		{"IdleOrgEdit", "org: {}\n", nobody, 0},
		{"Overrides", org, func(i int) bool { return i%20 == 1 }, 5_000},
	} {
		b.Run(c.name, func(b *testing.B) {
			_, head := loaded(b, hospital(100_000, c.org, c.override))
			b.ReportAllocs()
			for b.Loop() {
				p, err := plan.Compare(b.Context(), base, head)
				if err != nil || p.Summary.Changed != c.changed {
					b.Fatal(err, p.Summary)
				}
			}
		})
	}
}
