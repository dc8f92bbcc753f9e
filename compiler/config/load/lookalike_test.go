package load_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config/load"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax/cue"
)

// TestLookalikes writes what is right to the eye and wrong to the parser. There
// is one fault, at its place, and its words name what the eye does not see.
func TestLookalikes(t *testing.T) {
	for name, test := range map[string]struct{ file, text, at, why string }{
		"quotes around a truth value":  {"p.yaml", "org: { inCall: { screenSharing: “true” } }\n", "1:33", "typographic"},
		"quotes around a word":         {"p.yaml", "org: { callingBehavior: { webexCalling: { app: ‘webex’ } } }\n", "1:48", "typographic"},
		"quotes around a key":          {"p.yaml", "“org”: {}\n", "1:1", "typographic"},
		"long dashes":                  {"p.yaml", "groups:\n  g:\n    members:\n      – a@company.example\n", "4:7", "longer"},
		"no blank behind dashes":       {"p.yaml", "groups:\n  g:\n    members:\n      -a@company.example\n      -b@company.example\n", "4:7", "dash belongs to the word"},
		"a blank that is none":         {"p.yaml", "org:\n  inCall:\n\u00a0   screenSharing: true\n", "3:1", "U+00A0"},
		"equals signs":                 {"p.yaml", "org:\n  inCall:\n    screenSharing = true\n", "3:5", "colon"},
		"a second dash further right":  {"p.yaml", "groups:\n  g:\n    members:\n      - a@company.example\n       - b@company.example\n", "4:9", "deeper"},
		"no comma between addresses":   {"p.yaml", "groups:\n  g:\n    members: [\n      a@company.example\n      b@company.example ]\n", "4:7", "not separated"},
		"CUE that is indented as YAML": {"p.cue", "org:\n  inCall:\n    screenSharing: true\n    videoOnMobile: true\n", "4:5", "indentation says nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{"callpolicy.yaml": {Data: []byte(projectFile)}, "policies/" + test.file: {Data: []byte(test.text)}}
			_, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
			if err != nil {
				t.Fatal(err)
			}
			var errors int
			for _, d := range diags {
				if d.Severity != diag.Error {
					continue
				}
				errors++
				if at := strings.TrimPrefix(d.Subject.String(), "policies/"+test.file+":"); at != test.at || !strings.Contains(d.Detail, test.why) || d.Hint == "" {
					t.Errorf("%s: %s\n%s\n%s", at, d.Summary, d.Detail, d.Hint)
				}
			}
			if errors != 1 {
				t.Errorf("%d errors: %s", errors, texts(diags))
			}
		})
	}
}
