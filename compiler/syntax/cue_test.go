package syntax

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"
)

func repo(t *testing.T, archive string) (fstest.MapFS, []string) {
	t.Helper()
	files := fstest.MapFS{}
	var cue []string
	for _, f := range txtar.Parse([]byte(archive)).Files {
		files[f.Name] = &fstest.MapFile{Data: f.Data}
		if strings.HasSuffix(f.Name, ".cue") && strings.HasPrefix(f.Name, "policies/") {
			cue = append(cue, f.Name)
		}
	}
	return files, cue
}

func dump(b *strings.Builder, t *Tree, n *Node, indent string) {
	for i := range n.Len() {
		if n.Kind == Map {
			k, v := n.Key(i), n.Val(i)
			fmt.Fprintf(b, "%s%s @%s", indent, k.Value, place(t, k))
			dumpValue(b, t, v, indent)
			continue
		}
		fmt.Fprintf(b, "%s-", indent)
		dumpValue(b, t, &n.Items[i], indent)
	}
}

func dumpValue(b *strings.Builder, t *Tree, v *Node, indent string) {
	if v.Kind == Map || v.Kind == List {
		fmt.Fprintf(b, ": %s @%s\n", v.Kind, place(t, v))
		dump(b, t, v, indent+"  ")
		return
	}
	r := t.Range(v)
	fmt.Fprintf(b, ": %s %q @%s-%d:%d\n", v.Kind, v.Value, place(t, v), r.End.Line, r.End.Column)
}

func place(t *Tree, n *Node) string {
	if n.File != "" {
		return fmt.Sprintf("%s:%d:%d", n.File, n.Line, n.Col)
	}
	return fmt.Sprintf("%d:%d", n.Line, n.Col)
}

func TestTry(t *testing.T) {
	src, err := os.ReadFile(os.Getenv("CUETRY"))
	if err != nil {
		t.Skip()
	}
	fs, files := repo(t, string(src))
	trees, diags, err := InProcess().Evaluate(t.Context(), CUERequest{FS: fs, Project: ".", Files: files})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, tree := range trees {
		fmt.Fprintf(&b, "== %s\n", tree.File)
		dump(&b, tree, tree.Root, "")
	}
	for _, d := range diags {
		fmt.Fprintf(&b, "%s-%d:%d: %s [%s] %s\n", d.Subject, d.Subject.End.Line, d.Subject.End.Column, d.Summary, d.ID, d.Path)
		fmt.Fprintf(&b, "    because %s\n    try %s\n", d.Detail, d.Hint)
		for _, r := range d.Related {
			fmt.Fprintf(&b, "    see %s %s\n", r.Range, r.Message)
		}
	}
	t.Log("\n" + b.String())
}
