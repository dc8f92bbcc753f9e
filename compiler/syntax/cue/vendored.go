package cue

import (
	"io/fs"
	"path"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
)

// vendored are the folders of cue.mod in which a module keeps packages of others.
var vendored = []string{"cue.mod/gen", "cue.mod/usr", "cue.mod/pkg"}

// vendoring returns what lets the files of a module import the packages in its
// cue.mod. CUE's loader finds those on a disk only, so the imports of a parsed
// file are turned into ones of the module itself, in which they lie.
func (e *engine) vendoring(root string) func(*ast.File) {
	name := e.moduleName(root)
	return func(f *ast.File) {
		if name == "" {
			return
		}
		for spec := range f.ImportSpecs() {
			imported, err := literal.Unquote(spec.Path.Value)
			if err != nil {
				continue
			}
			dir, _, _ := strings.Cut(imported, ":")
			for _, in := range vendored {
				info, err := fs.Stat(e.files, path.Join(root, in, dir))
				if err == nil && info.IsDir() {
					spec.Path.Value = strconv.Quote(path.Join(name, in, imported))
					break
				}
			}
		}
	}
}

// moduleName returns the name of the module in a folder, without a version, or
// nothing where it has none.
func (e *engine) moduleName(root string) string {
	const file = "cue.mod/module.cue"
	data, err := e.files.ReadFile(path.Join(root, file))
	if err != nil {
		return ""
	}
	f, err := parser.ParseFile(file, data)
	if err != nil {
		return ""
	}
	for _, decl := range f.Decls {
		field, ok := decl.(*ast.Field)
		if !ok {
			continue
		}
		if label, _, err := ast.LabelName(field.Label); err != nil || label != "module" {
			continue
		}
		if lit, ok := field.Value.(*ast.BasicLit); ok {
			name, err := literal.Unquote(lit.Value)
			if err != nil {
				return ""
			}
			name, _, _ = strings.Cut(name, "@")
			return name
		}
	}
	return ""
}
