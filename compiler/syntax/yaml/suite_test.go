package yaml

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	library "gopkg.in/yaml.v3"

	"callpolicy/compiler/syntax"
)

// suite is where the test suite of the YAML project is kept beside the
// repository, where it is.
const suite = "../../../../shared/yaml-test-suite"

// TestSuite reads the documents of the YAML project's own test suite: a valid one
// is read as what it means or refused, and an invalid one is refused.
func TestSuite(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(suite, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("the test suite of the YAML project is not beside the repository; TestStandard holds cases of our own")
	}
	read, refused := 0, 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var cases []struct {
			Name, Tree, YAML string
			Fail             bool
		}
		if err := library.Unmarshal(data, &cases); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text, tree := "", ""
		for i, c := range cases {
			// What a case leaves out is as in the one before.
			if c.YAML != "" {
				text = c.YAML
			}
			if c.Tree != "" {
				tree = c.Tree
			}
			id := fmt.Sprintf("%s/%d %s", strings.TrimSuffix(filepath.Base(name), ".yaml"), i, c.Name)
			switch same, got := readAs(unseen.Replace(text), unseen.Replace(tree)); {
			case got == "refused":
				refused++
			case c.Fail:
				t.Errorf("%s is invalid, and read as\n%s\n%s", id, got, text)
			case !same:
				t.Errorf("%s is read as\n%s\nand means\n%s\n%s", id, got, tree, text)
			default:
				read++
			}
		}
	}
	t.Logf("%d documents read, %d refused", read, refused)
}

// unseen are the characters that the suite writes for others.
var unseen = strings.NewReplacer("␣", " ", "————»", "\t", "———»", "\t", "——»", "\t", "—»", "\t", "»", "\t", "↵", "", "∎\n", "", "←", "\r", "⇔", "\ufeff")

// readAs reads a text, and tells whether it is the tree of events, and what it
// is; it is "refused" where it has faults.
func readAs(text, events string) (same bool, got string) {
	trees, diags := Parse("f.yaml", []byte(text))
	if len(diags) > 0 {
		return false, "refused"
	}
	r := eventReader{lines: strings.Split(events, "\n")}
	want, read := r.documents(), []string{}
	for _, tree := range trees {
		if s := shape(tree.Root); s != `""` {
			read = append(read, s)
		}
	}
	return strings.Join(read, "\n") == strings.Join(want, "\n"), strings.Join(read, "\n")
}

// shape writes a tree as far as it is the business of YAML.
func shape(n *syntax.Node) string {
	var b strings.Builder
	switch {
	case n.Kind == syntax.Map:
		b.WriteString("{")
		for i := range n.Len() {
			fmt.Fprintf(&b, "%q: %s, ", n.Key(i).Value, shape(n.Val(i)))
		}
		b.WriteString("}")
	case n.Kind == syntax.List:
		b.WriteString("[")
		for i := range n.Items {
			b.WriteString(shape(&n.Items[i]) + ", ")
		}
		b.WriteString("]")
	default:
		fmt.Fprintf(&b, "%q", n.Value)
	}
	return b.String()
}

// eventReader makes shapes of the events of the suite.
type eventReader struct {
	lines   []string
	anchors map[string]string
}

func (r *eventReader) next() string {
	if len(r.lines) == 0 {
		return ""
	}
	line := strings.TrimLeft(r.lines[0], " ")
	r.lines = r.lines[1:]
	return line
}

// documents gives the shape of each document that holds something.
func (r *eventReader) documents() (all []string) {
	for len(r.lines) > 0 {
		line := r.next()
		if !strings.HasPrefix(line, "+DOC") {
			continue
		}
		r.anchors = map[string]string{}
		if s := r.node(r.next()); s != `""` {
			all = append(all, s)
		}
	}
	return all
}

var escapes = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r", `\b`, "\b")

func (r *eventReader) node(line string) (s string) {
	kind, rest, _ := strings.Cut(line, " ")
	anchor := ""
	if strings.HasPrefix(rest, "&") {
		anchor, rest, _ = strings.Cut(rest[1:], " ")
	}
	if a, more, ok := strings.Cut(rest, " &"); ok && (a == "{}" || a == "[]") {
		anchor, rest, _ = strings.Cut(more, " ")
	}
	if strings.HasPrefix(rest, "<") {
		_, rest, _ = strings.Cut(rest, "> ")
	}
	switch kind {
	case "+MAP":
		s = "{"
		for line := r.next(); line != "-MAP" && line != ""; line = r.next() {
			s += r.node(line) + ": "
			s += r.node(r.next()) + ", "
		}
		s += "}"
	case "+SEQ":
		s = "["
		for line := r.next(); line != "-SEQ" && line != ""; line = r.next() {
			s += r.node(line) + ", "
		}
		s += "]"
	case "=ALI":
		return r.anchors[strings.TrimPrefix(rest, "*")]
	case "=VAL":
		s = fmt.Sprintf("%q", escapes.Replace(rest[1:]))
	}
	if anchor != "" {
		r.anchors[anchor] = s
	}
	return s
}
