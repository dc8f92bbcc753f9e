package yaml

import (
	"fmt"
	"strings"
	"testing"

	"callpolicy/compiler/syntax"
	"callpolicy/compiler/syntax/syntaxtest"
)

// visit calls do with the path and node of everything in a tree; a key is at
// its path with a slash behind it.
func visit(n *syntax.Node, path string, do func(path string, n *syntax.Node)) {
	do(path, n)
	for i := range n.Len() {
		if n.Kind == syntax.Map {
			k := n.Key(i)
			do(path+"."+k.Value+"/", k)
			visit(n.Val(i), path+"."+k.Value, do)
		} else {
			visit(&n.Items[i], fmt.Sprintf("%s[%d]", path, i), do)
		}
	}
}

// TestPlaces holds the place of one value or key in each kind of YAML: from
// start to end, with what stands there.
func TestPlaces(t *testing.T) {
	tests := []struct {
		name, yaml, path string
		want             string // line:column-line:column and the text between, as far as its first line goes
		anchor           string // the same of the anchor, if any
	}{
		{"block scalar", "a:\n  b: webex\n", ".a.b", "2:6-2:11 webex", ""},
		{"block key", "a:\n  b: webex\n", ".a.b/", "2:3-2:4 b", ""},
		{"block mapping", "a:\n  b: webex\n", ".a", "2:3-2:4 b", ""},
		{"flow scalar", "a: { b: [x, yy] }\n", ".a.b[1]", "1:13-1:15 yy", ""},
		{"flow mapping", "a: { b: [x, yy] }   # so\n", ".a", "1:4-1:18 { b: [x, yy] }", ""},
		{"flow mapping over lines", "a: { b: 1,\n  c: 2 }\n", ".a", "1:4-1:11 { b: 1,", ""},
		{"flow mapping with a comment", "a: { b: 1, # so\n  c: 2 }\n", ".a", "1:4-1:11 { b: 1,", ""},
		{"flow list with quotes", "a: ['it''s ]', \"]\\\"\"] \n", ".a", "1:4-1:22 ['it''s ]', \"]\\\"\"]", ""},
		{"flow list with an apostrophe", "a: [it's, b]\n", ".a", "1:4-1:13 [it's, b]", ""},
		{"value on its own line", "a:\n    webex\n", ".a", "2:5-2:10 webex", ""},
		{"comment behind", "a: webex # the app\n", ".a", "1:4-1:9 webex", ""},
		{"hash inside", "a: we#bex # the app\n", ".a", "1:4-1:10 we#bex", ""},
		{"double quotes", `a: "we\"bex" # so`, ".a", `1:4-1:13 "we\"bex"`, ""},
		{"single quotes", "a: 'it''s'\n", ".a", "1:4-1:11 'it''s'", ""},
		{"quotes over lines", "a: \"one\n  two\"\nb: 1\n", ".a", "1:4-2:7 \"one", ""},
		{"plain over lines", "a: one\n  two\n\n  three  # so\nb: 1\n", ".a", "1:4-4:8 one", ""},
		{"plain over lines, CRLF", "a: one\r\n  two\r\nb: 1\r\n", ".a", "1:4-2:6 one", ""},
		{"text block", "a: |\n  one\n  two\n", ".a", "1:4-1:5 |", ""},
		{"folded block", "a: >-\n  one\n", ".a", "1:4-1:5 >", ""},
		{"list with dashes", "a:\n  - x\n  - y: 1\n", ".a", "2:3-2:4 -", ""},
		{"item with a dash", "a:\n  - x\n  - y: 1\n", ".a[0]", "2:5-2:6 x", ""},
		{"mapping with a dash", "a:\n  - x\n  - y: 1\n", ".a[1]", "3:5-3:6 y", ""},
		{"negative number", "a: -5\n", ".a", "1:4-1:6 -5", ""},
		{"number", "a: 1_000\n", ".a", "1:4-1:9 1_000", ""},
		{"bool", "a: True\n", ".a", "1:4-1:8 True", ""},
		{"null", "a: ~\n", ".a", "1:4-1:5 ~", ""},
		{"quoted key", "\"a b\": 1\n", ".a b/", "1:1-1:6 \"a b\"", ""},
		{"explicit key", "? a\n: b\n", ".a/", "1:3-1:4 a", ""},
		{"empty value", "a:\nb: 1\n", ".b", "2:4-2:5 1", ""},
		{"CRLF", "a:\r\n  b: webex\r\n", ".a.b", "2:6-2:11 webex", ""},
		{"old Mac", "a:\r  b: webex\r", ".a.b", "2:6-2:11 webex", ""},
		{"byte-order mark", "\ufeffa: webex\n", ".a", "1:4-1:9 webex", ""},
		{"byte-order mark and key", "\ufeffa: webex\n", ".a/", "1:1-1:2 a", ""},
		{"tab between", "a:\twebex\t# so\n", ".a", "1:4-1:9 webex", ""},
		{"tab in braces", "a: {\tb:\t1 }\n", ".a.b", "1:9-1:10 1", ""},
		{"no ASCII before", "é: { ünï: 日本, b: webex }\n", ".é.b", "1:25-1:30 webex", ""},
		{"no ASCII itself", "é: { ünï: 日本, b: webex }\n", ".é.ünï", "1:14-1:20 日本", ""},
		{"outside the first plane", "a: [😀, webex]\n", ".a[1]", "1:11-1:16 webex", ""},
		{"second document", "a: 1\n---\nb: webex\n", ".b", "3:4-3:9 webex", ""},
		{"document on the line of its start", "--- {b: webex}\n", ".b", "1:9-1:14 webex", ""},
		{"after an end of document", "a: 1\n...\n---\nb: webex\n", ".b", "4:4-4:9 webex", ""},
		{"JSON", "{\"a\": {\"b\": \"webex\"}}\n", ".a.b", "1:13-1:20 \"webex\"", ""},
		{"JSON with tabs", "{\n\t\"a\": {\n\t\t\"b\":\t\"webex\"\n\t}\n}\n", ".a.b", "3:8-3:15 \"webex\"", ""},
		{"JSON key", "{\n\t\"a\": {\n\t\t\"b\":\t\"webex\"\n\t}\n}\n", ".a.b/", "3:3-3:6 \"b\"", ""},
		{"JSON escapes", `{"a": "\"\u00e9", "b": 1}`, ".b", "1:24-1:25 1", ""},
		{"anchor", "a: &x webex\nb: *x\n", ".a", "1:7-1:12 webex", ""},
		{"alias", "a: &x webex\nb: *x # so\n", ".b", "2:4-2:6 *x", "1:7-1:12 webex"},
		{"in an alias", "a: &x { y: webex }\nb: *x\n", ".b.y", "2:4-2:6 *x", "1:12-1:17 webex"},
		{"key in an alias", "a: &x { y: webex }\nb: *x\n", ".b.y/", "2:4-2:6 *x", "1:9-1:10 y"},
		{"alias in a list", "a: &x webex\nb: [1, *x, 2]\n", ".b[1]", "2:8-2:10 *x", "1:7-1:12 webex"},
		{"alias in an alias", "a: &x webex\nb: &y [*x]\nc: *y\n", ".c[0]", "3:4-3:6 *y", "1:7-1:12 webex"},
		{"alias of a mapping", "a: &x\n  y: 1\nb: *x\n", ".b", "3:4-3:6 *x", "1:4-1:6 &x"},
		{"alias as a key", "a: &x webex\nb: { *x : 1 }\n", ".b.webex/", "2:6-2:8 *x", "1:7-1:12 webex"},
		{"value of an alias key", "a: &x webex\nb: { *x : 1 }\n", ".b.webex", "2:11-2:12 1", ""},
		{"anchor on a key", "&x a: webex\n", ".a/", "1:4-1:5 a", ""},
		{"merge", "a: &x { y: 1, z: 2 }\nb: { <<: *x, z: 3 }\n", ".b.y", "2:10-2:12 *x", "1:12-1:13 1"},
		{"merge, own key", "a: &x { y: 1, z: 2 }\nb: { <<: *x, z: 3 }\n", ".b.z", "2:17-2:18 3", ""},
		{"merge, own key before", "a: &x { y: 1, z: 2 }\nb: { z: 3, <<: *x }\n", ".b.z", "2:9-2:10 3", ""},
		{"merge of a list", "a: &x { y: 1 }\nb: &w { y: 2, z: 3 }\nc: { <<: [*x, *w] }\n", ".c.y", "3:11-3:13 *x", "1:12-1:13 1"},
		{"merge of a list, the second", "a: &x { y: 1 }\nb: &w { y: 2, z: 3 }\nc: { <<: [*x, *w] }\n", ".c.z", "3:15-3:17 *w", "2:18-2:19 3"},
		{"merge of a merge", "a: &x { y: 1 }\nb: &w { <<: *x }\nc: { <<: *w }\n", ".c.y", "3:10-3:12 *w", "1:12-1:13 1"},
		{"merge written out", "b: { <<: { y: 1 } }\n", ".b.y", "1:15-1:16 1", ""},
		{"quoted sign is no merge", "b: { \"<<\": 1 }\n", ".b.<<", "1:12-1:13 1", ""},
		{"tag that says nothing", "a: !!str webex\n", ".a", "1:10-1:15 webex", ""},
		{"anchor and tag", "a: !!str &x webex\n", ".a", "1:13-1:18 webex", ""},
		{"anchor on the line before", "a: &x\n  webex\n", ".a", "1:4-1:6 &x", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			trees, diags := Parse("f.yaml", []byte(test.yaml))
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			found := false
			for _, tree := range trees {
				visit(tree.Root, "", func(path string, n *syntax.Node) {
					if path != test.path {
						return
					}
					found = true
					if got := short(syntaxtest.Range(tree.Range(n))); got != test.want {
						t.Errorf("got %q, want %q", got, test.want)
					}
					if got := tree.AnchorRange(n); got.IsZero() != (test.anchor == "") || test.anchor != "" && short(syntaxtest.Range(got)) != test.anchor {
						t.Errorf("got anchor %q, want %q", syntaxtest.Range(got), test.anchor)
					}
				})
			}
			if !found {
				t.Errorf("there is no %s", test.path)
			}
		})
	}
}

// short leaves the file name and the signs around the text out.
func short(s string) string {
	s = strings.TrimPrefix(s, "f.yaml:")
	place, text, _ := strings.Cut(s, " `")
	return place + " " + strings.TrimSuffix(strings.TrimSuffix(text, "`"), "…")
}

func TestValues(t *testing.T) {
	tests := []struct {
		yaml  string
		kind  syntax.Kind
		value string
		plain bool
	}{
		{"a: yes", syntax.String, "yes", true},
		{"a: on", syntax.String, "on", true},
		{"a: 'yes'", syntax.String, "yes", false},
		{"a: TRUE", syntax.Bool, "true", true},
		{"a: False", syntax.Bool, "false", true},
		{"a: 10", syntax.Int, "10", true},
		{"a: 017", syntax.Int, "017", true},
		{"a: 1.5", syntax.Float, "1.5", true},
		{"a: .inf", syntax.Float, ".inf", true},
		{"a: 2027-03-01", syntax.Date, "2027-03-01", true},
		{"a: '2027-03-01'", syntax.String, "2027-03-01", false},
		{"a: null", syntax.Null, "null", true},
		{"a: ~", syntax.Null, "~", true},
		{"a:", syntax.Empty, "", true},
		{"a: ''", syntax.String, "", false},
		{"a: |\n  x\n  y\n", syntax.String, "x\ny\n", false},
		{"a: >\n  x\n  y\n", syntax.String, "x y\n", false},
		{"a: !!str 10", syntax.String, "10", true},
		{"a: \"\\u00e9\"", syntax.String, "é", false},
		{"a: <<", syntax.String, "<<", true},
		{"a: {b}", syntax.Map, "", false},
	}
	for _, test := range tests {
		trees, diags := Parse("f.yaml", []byte(test.yaml))
		if len(diags) > 0 || len(trees) != 1 {
			t.Errorf("%s: %v", test.yaml, diags)
			continue
		}
		n, _ := trees[0].Root.Get("a")
		if n.Kind != test.kind || n.Value != test.value || n.Plain != test.plain {
			t.Errorf("%s: got %v %q plain %v", test.yaml, n.Kind, n.Value, n.Plain)
		}
	}
}

func TestNothingWritten(t *testing.T) {
	for _, text := range []string{"", "\n", "# only a comment\n", "---\n", "---\n---\n", "\ufeff", "null\n"} {
		trees, diags := Parse("f.yaml", []byte(text))
		if wantTrees := strings.Contains(text, "null"); len(diags) > 0 || (len(trees) > 0) != wantTrees {
			t.Errorf("%q: %d trees, %v", text, len(trees), diags)
		}
	}
}

// A fault behind the first document, or behind the end of the first value, is a fault.
func TestNothingIsPassedOver(t *testing.T) {
	for _, text := range []string{"{a: 1}\nb: 2\n", "a: 1\n---\nb: [\n", "{a: 1} x\n", "{a: 1}}\n", "a: 1\n...\n}\n", "a: &x [{b: 1}]\nc: {<<: *x}\n"} {
		if _, diags := Parse("f.yaml", []byte(text)); len(diags) != 1 {
			t.Errorf("%q: %v", text, diags)
		}
	}
}
