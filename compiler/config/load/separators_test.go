package load_test

import (
	"strings"
	"testing"

	"callpolicy/compiler/diag"
)

// TestSeparators names files with the separators of every system. A project is the
// same on all of them, so slashes are right and backslashes wrong on each.
func TestSeparators(t *testing.T) {
	t.Parallel()
	const header = "apiVersion: callpolicy/v1\nedition: classic\n"
	for _, c := range []struct{ line, name string }{
		{"policies: [NAME]", "policies/deep"},
		{"policies: [NAME]", "policies/deep/org.yaml"},
		{"policies: [policies]\nroster: [NAME]", "roster/people.csv"},
		{"policies: [policies]\njabber: { base: NAME }", "jabber/base.xml"},
		{"policies: [policies]\ntargets: { local: { dir: NAME } }", "build/bundles"},
	} {
		for _, separator := range []string{"/", `\`} {
			name := strings.ReplaceAll(c.name, "/", separator)
			files := map[string]string{
				"callpolicy.yaml":        header + strings.ReplaceAll(c.line, "NAME", name) + "\n",
				"policies/deep/org.yaml": "org: { inCall: { screenSharing: true } }\n",
				"jabber/base.xml":        "<config version=\"1.0\"></config>\n",
			}
			if strings.Contains(c.line, "roster") {
				files["roster/people.csv"] = "user\na@company.example\n"
			}
			found := loaded(t, files)
			if separator == "/" {
				if found.HasErrors() {
					t.Errorf("%s: %v", name, found)
				}
				continue
			}
			if len(found) != 1 || found[0].ID != diag.SchemaBadValue || !strings.Contains(found[0].Hint, c.name) {
				t.Errorf("%s: %v", name, found)
				continue
			}
			if fix := found[0].Fix; fix == nil || fix.Edits[0].NewText != c.name {
				t.Errorf("%s: the fix is %v", name, fix)
			}
		}
	}
}
