package compiler_test

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are those for whoever works on callpolicy.
var pages = []string{"../docs/ARCHITECTURE.md", "../docs/CONTRIBUTING.md"}

// TestMap holds the table of rooms in the map to the one that imports are held
// to; UPDATE=1 writes it.
func TestMap(t *testing.T) {
	const begin, end = "writes what is between these two lines -->\n", "<!-- end of rooms -->"
	page, err := os.ReadFile(pages[0])
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(page), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no place for the rooms", pages[0])
	}
	want := before + begin + roomTable(t) + end + after
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(pages[0], []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(page) {
		t.Errorf("the rooms in %s are not those of compiler/imports_test.go; UPDATE=1 writes them anew", pages[0])
	}
}

// roomTable writes the table of rooms: what each is for, and what it may import.
func roomTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("\n| Room | What it is for | May import | Libraries |\n| --- | --- | --- | --- |\n")
	for _, r := range rooms {
		var ours []string
		for name := range strings.FieldsSeq(r.ours) {
			ours = append(ours, roomName(name))
		}
		var libraries []string
		for name := range strings.FieldsSeq(r.libraries) {
			libraries = append(libraries, name)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.name, purpose(t, r.name), strings.Join(ours, ", "), strings.Join(libraries, ", "))
	}
	b.WriteString("\nThe libraries go by these names:\n\n")
	for _, name := range slices.Sorted(maps.Keys(libraries)) {
		fmt.Fprintf(&b, "- %s: `%s`\n", name, strings.Join(libraries[name], "`, `"))
	}
	fmt.Fprintf(&b, "\nAny room but `%s` may also use `%s`.\n\n", leaf, strings.Join(everybodys, "`, `"))
	return b.String()
}

// roomName is a room as the table names it, without the folders that say nothing.
func roomName(name string) string {
	return strings.TrimPrefix(strings.TrimPrefix(name, "compiler/"), "cmd/callpolicy/internal/")
}

// purpose is the first sentence of a package's comment, without the name.
func purpose(t *testing.T, room string) string {
	t.Helper()
	for _, file := range sourceOf(t, room) {
		if file.Doc == nil {
			continue
		}
		text := new(doc.Package).Synopsis(file.Doc.Text())
		for _, prefix := range []string{"Package " + path.Base(room) + " ", "Command " + path.Base(room) + " "} {
			text = strings.TrimPrefix(text, prefix)
		}
		return strings.TrimSuffix(strings.NewReplacer("[", "", "]", "").Replace(text), ".")
	}
	t.Errorf("the package %s says nothing of itself", room)
	return ""
}

// sourceOf parses the files of a room, tests left aside.
func sourceOf(t *testing.T, room string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", room, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// TestMapNames holds what the pages name to what there is: functions, methods,
// types and constants of our packages, and files and folders.
func TestMapNames(t *testing.T) {
	byName := map[string]string{} // rooms by the name of their package
	for _, r := range rooms {
		byName[path.Base(r.name)] = r.name
	}
	declared := map[string]map[string]bool{}
	name := regexp.MustCompile("`([a-z]+)((?:\\.[A-Za-z]+)+)`")
	file := regexp.MustCompile("`((?:[A-Za-z._-]+/)+(?:[A-Za-z_-]+\\.[a-z]+)?)`")
	names, files := 0, 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range name.FindAllStringSubmatch(string(text), -1) {
			room, ours := byName[m[1]]
			if !ours || strings.HasSuffix(m[2], ".json") {
				continue // a setting, a file, or another's package
			}
			names++
			if declared[room] == nil {
				declared[room] = declarations(sourceOf(t, room))
			}
			if !declared[room][m[2][1:]] {
				t.Errorf("%s: %s declares no %s", page, room, m[2][1:])
			}
		}
		for _, m := range file.FindAllStringSubmatch(string(text), -1) {
			files++
			if _, err := os.Stat(filepath.Join("..", m[1])); err != nil && m[1] != "policies/org.yaml" {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
	if names < 40 || files < 20 {
		t.Errorf("only %d names and %d files were looked at", names, files)
	}
}

// declarations lists what some files declare at the top: functions, methods as
// Type.Method, types, constants and variables.
func declarations(files []*ast.File) map[string]bool {
	all := map[string]bool{}
	for _, file := range files {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				all[ownerOf(d)+d.Name.Name] = true
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						all[spec.Name.Name] = true
						if s, ok := spec.Type.(*ast.StructType); ok {
							for _, field := range s.Fields.List {
								for _, n := range field.Names {
									all[spec.Name.Name+"."+n.Name] = true
								}
							}
						}
					case *ast.ValueSpec:
						for _, n := range spec.Names {
							all[n.Name] = true
						}
					}
				}
			}
		}
	}
	return all
}

// ownerOf is the type of a method and a dot, or nothing.
func ownerOf(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	of := d.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	if index, ok := of.(*ast.IndexExpr); ok {
		of = index.X
	}
	if name, ok := of.(*ast.Ident); ok {
		return name.Name + "."
	}
	return ""
}
