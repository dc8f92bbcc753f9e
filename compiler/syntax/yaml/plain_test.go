package yaml

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"callpolicy/compiler/syntax"
	"callpolicy/compiler/syntax/syntaxtest"
)

// comparePlain holds the reader of plain YAML to say of a file what the parser
// of all of YAML says, if it takes it for plain.
func comparePlain(t *testing.T, data []byte) (plain bool) {
	t.Helper()
	src := newText("f.yaml", data)
	if checkBytes(src, data) != nil {
		return false
	}
	root, plain := readPlain(src.Data)
	if !plain {
		return false
	}
	trees, diags := parseAll("f.yaml", src)
	if len(diags) > 0 {
		t.Fatalf("%q is taken for plain, but there is a fault: %v", data, diags)
	}
	switch {
	case root == nil && len(trees) > 0, root != nil && len(trees) != 1:
		t.Fatalf("%q is taken for plain, but holds %d documents", data, len(trees))
	case root != nil:
		tree := syntax.NewTree("f.yaml", root, src.place)
		if got, want := syntaxtest.Describe([]*syntax.Tree{tree}, nil), syntaxtest.Describe(trees, nil); got != want {
			t.Fatalf("%q is read as\n%s\nand means\n%s", data, got, want)
		}
		if at := different(root, trees[0].Root); at != nil {
			t.Fatalf("%q differs at %d:%d", data, at.Line, at.Col)
		}
	}
	return true
}

// different returns the first node of a tree that is not what it is in another.
func different(n, m *syntax.Node) *syntax.Node {
	if n.Kind != m.Kind || n.Plain != m.Plain || n.Value != m.Value || n.Line != m.Line || n.Col != m.Col ||
		n.File != m.File || n.Anchor != nil || m.Anchor != nil || len(n.Items) != len(m.Items) {
		return n
	}
	for i := range n.Items {
		if at := different(&n.Items[i], &m.Items[i]); at != nil {
			return at
		}
	}
	return nil
}

// TestPlain holds what is plain and what is not.
func TestPlain(t *testing.T) {
	plain := []string{
		"", "\n", "# so\n", "---\n", "--- # so\na: 1\n", "\ufeffa: 1\n", "a: 1", "a: 1\r\nb:\r\n  c: d # so\r\n", "word", "- a\n- b\n",
		"a:\n- b\n- c\nd: 1\n", "a:\n  - b: 1\n    c: 2\n  -\n    d: 3\n  -\n  - e\n", "- - a\n  - b\n-   c: 1\n    d: 2\n",
		"a: { b: [x, yy], \"c\":1, 'd': \"e\", } # so\n", "a: []\nb: {}\n", "a:\n    webex\nb: 1\n", "a:\n# so\n  # so\n\n  b: 1\n",
		"a: 'it''s'\nb: \"it's\"\nc: it's [not], {so}\n", "\"a b\" : 1\n", "a: yes\nb: No\nc: 017\nd: 1_000\ne: 2027-03-01\nf: ~\ng: .inf\nh: -5\n",
		"a:b: http://c:d\n", "é: { ünï: 日本, b: webex }\n", "a: <<\n", "a:   \nb:\n", "a: 1   \n   \n", "  a: 1\n  b: 2\n", "a: \"\tb\" # \t\n",
	}
	for _, text := range plain {
		if !comparePlain(t, []byte(text)) {
			t.Errorf("%q is not taken for plain", text)
		}
	}
	other := []string{
		"a: &x b\n", "a: *x\n", "a: !!str b\n", "<<: { a: 1 }\n", "a: |\n  b\n", "a: >\n  b\n", "a: b\n  c\n", "a: \"b\n  c\"\n", "a: [b,\n  c]\n",
		"a: { b: c\n}\n", "\ta: b\n", "a:\tb\n", "a: b\tc\n", "a: b\t# so\n", "? a\n: b\n", "a: 1\na: 2\n", "a: \"\\n\"\n", "%YAML 1.1\n---\na: 1\n", "a: 1\n---\nb: 1\n",
		"a: 1\n...\n", "--- a\n", "a: b: c\n", "a: - b\n", "a:\n  b: 1\n c: 2\n", "a: [b\n", "a: \"b\" c\n", "a: \"b\"# so\n", "[a]: b\n", "a: [b: c]\n", "a: {b}\n",
		"a: {b: }\n", "a\r", "a\u0085b\n", "a: @b\n", "a:\n- b\n c\n", "- a\nb: 1\n", "a\nb: 1\n", strings.Repeat("k", 1100) + ": 1\n", strings.Repeat("- ", 200) + "a\n", strings.Repeat("[", 200) + strings.Repeat("]", 200),
	}
	for _, text := range other {
		if comparePlain(t, []byte(text)) {
			t.Errorf("%q is taken for plain", text)
		}
	}
}

// TestPlainFiles holds that the files of the examples are plain, but for a few
// that show what else there is.
func TestPlainFiles(t *testing.T) {
	plain, all := 0, 0
	for _, data := range yamlFiles(t) {
		all++
		if comparePlain(t, data) {
			plain++
		}
	}
	if plain*10 < all*9 {
		t.Errorf("of %d files, %d are plain", all, plain)
	}
}

// yamlFiles returns the YAML files of the examples.
func yamlFiles(tb testing.TB) (files [][]byte) {
	tb.Helper()
	for _, pattern := range []string{"../../../examples/*/callpolicy.yaml", "../../../examples/*/policies/*.yaml", "../../../examples/*/policies/*/*.yaml"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			tb.Fatalf("no files for %s: %v", pattern, err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				tb.Fatal(err)
			}
			files = append(files, data)
		}
	}
	return files
}

// TestPlainGenerated compares the two ways to read a file for files of all
// styles, a third of which have some bytes changed.
func TestPlainGenerated(t *testing.T) {
	plain, all := 0, 2000
	for i := range all {
		g := writer{Rand: rand.New(rand.NewPCG(7, uint64(i)))}
		data := g.file()
		if i%3 == 0 {
			for range 1 + g.IntN(3) {
				data[g.IntN(len(data))] = g.pick(" ", "\n", ":", "-", "#", ",", "[", "]", "{", "}", "'", `"`, "?", "\t", "\r", "!", "&", "|", "0", "~", "x")[0]
			}
		}
		if comparePlain(t, data) {
			plain++
		}
	}
	if plain < all/2 {
		t.Errorf("of %d files, %d are plain: too few to prove anything", all, plain)
	}
}

// TestPlainSigns does so for short runs of the signs that mean something in YAML.
func TestPlainSigns(t *testing.T) {
	signs := []string{"a", "b", "1", ".", " ", " ", "  ", "\n", "\n", "\n  ", ": ", ":", "- ", "-", " #", "#", ", ", ",", "[", "]", "{", "}", "'", `"`, "?", "~", "é", "\r\n", "\t", "<<", "---"}
	plain, all := 0, 30_000
	for i := range all {
		r := rand.New(rand.NewPCG(11, uint64(i)))
		var text strings.Builder
		for range 1 + r.IntN(12) {
			text.WriteString(signs[r.IntN(len(signs))])
		}
		if comparePlain(t, []byte(text.String())) {
			plain++
		}
	}
	if plain < all/20 {
		t.Errorf("of %d texts, %d are plain: too few to prove anything", all, plain)
	}
}

// BenchmarkParse reads a file of a thousand people, in plain YAML and with an
// anchor in it.
func BenchmarkParse(b *testing.B) {
	var people strings.Builder
	people.WriteString("users:\n")
	for i := range 1000 {
		fmt.Fprintf(&people, "  # so\n  u%04d@x.example:\n    licenses: [webexCalling]\n    groups: [group-%d, 'group 200']\n    attributes: { department: Department %d, site: Site 1 }\n", i, i%100, i%40)
	}
	for _, test := range []struct{ name, text string }{{"plain", people.String()}, {"any", people.String() + "  x: &x {}\n"}} {
		b.Run(test.name, func(b *testing.B) {
			data := []byte(test.text)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, diags := Parse("f.yaml", data); len(diags) > 0 {
					b.Fatal(diags)
				}
			}
		})
	}
}

// FuzzPlain does so for whatever the fuzzer thinks of.
func FuzzPlain(f *testing.F) {
	for _, data := range yamlFiles(f) {
		f.Add(data[:min(len(data), 2<<10)])
	}
	archive, err := txtar.ParseFile("testdata/broken.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range archive.Files {
		f.Add(file.Data)
	}
	for i := range uint64(40) {
		f.Add((&writer{Rand: rand.New(rand.NewPCG(13, i))}).file())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) <= 4<<10 {
			comparePlain(t, data)
		}
	})
}
