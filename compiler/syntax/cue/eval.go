package cue

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/ast/astutil"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	cueerrors "cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/load"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
	"cuelang.org/go/mod/modfile"
	"cuelang.org/go/mod/module"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// engine evaluates units. It is used by one goroutine.
type engine struct {
	files  *sources
	units  []unit
	loaded map[string]*build.Instance // by name of the unit; of the units within a module
	marks  marks

	blanked map[*ast.File]bool // those that lost names which nobody knows
	dropped map[place]bool     // imports that failed and were reported, by the place of the import
}

// place is where something begins in a file of the repository.
type place struct {
	file   string
	offset int
}

func placeAt(pos token.Pos) place {
	return place{strings.TrimPrefix(pos.Filename(), "/"), pos.Offset()}
}

func newEngine(files *sources, units []unit) *engine {
	return &engine{files: files, units: units}
}

// evaluate returns the tree of a unit, or what is wrong with it.
func (e *engine) evaluate(u *unit) (result outcome) {
	defer func() {
		// A fault in the evaluator is no reason to lose everybody else's policies.
		if r := recover(); r != nil {
			result = outcome{Diags: diag.List{diag.New(diag.LoadCueError, e.files.offset(u.Files[0], 0, syntax.String),
				"CUE cannot evaluate %s: it failed inside (%s)", u.name(), oneLine(fmt.Sprint(r)))}}
		}
	}()
	p := &places{files: e.files, marks: &e.marks, unit: u, left: maxValues}
	var (
		inst  *build.Instance
		v     cue.Value
		err   error
		diags diag.List
	)
	// An import that fails keeps CUE from looking any further. Without it, there
	// may be others that fail, and what else is wrong can be seen.
	for again := true; again; {
		inst = e.instance(u)
		if e.lacks(inst) {
			return outcome{Diags: diags} // what is wrong with an imported file was reported there
		}
		e.marks.mark(inst)
		loaded := inst.Err == nil
		if loaded {
			v, err = e.build(inst)
		} else {
			err = inst.Err
		}
		again = e.drop(u, err)
		if again || !loaded {
			diags.Add(p.report(v, err)...)
		}
		if !again && !loaded {
			return outcome{Diags: diags}
		}
	}
	if err != nil {
		diags.Add(p.report(v, err)...)
		if !e.blank(inst, err) {
			return outcome{Diags: diags}
		}
		// CUE evaluates nothing while a name is unknown. Without those names it
		// finds what else is wrong.
		if v, err = e.build(inst); err != nil {
			return outcome{Diags: diags}
		}
	}
	if err := v.Validate(); err != nil {
		unknown := diags
		for _, d := range p.report(v, err) {
			if !slices.ContainsFunc(unknown, func(u *diag.Diagnostic) bool {
				return u.Subject.Start == d.Subject.Start && u.Subject.File == d.Subject.File
			}) {
				diags.Add(d)
			}
		}
	}
	p.blanked = slices.ContainsFunc(inst.Files, func(f *ast.File) bool { return e.blanked[f] })
	root := p.tree(v)
	if p.left < 0 {
		return outcome{Diags: diag.List{diag.New(diag.LoadCueLimit, e.files.offset(u.Files[0], 0, syntax.String),
			"%s comes to more than %d values", u.name(), maxValues).
			Because("Structs that refer to structs that refer to structs multiply.")}}
	}
	diags.Add(p.incomplete...)
	return outcome{Root: root, Diags: slices.DeleteFunc(diags, p.misspelled)}
}

// misspelled reports whether a fault is that a field is missing which is there
// under a misspelled name, as has been reported.
func (p *places) misspelled(d *diag.Diagnostic) bool { return p.meant[d.Path] }

// build returns the value of an instance, or what its compilation says. A
// context of its own lets the value go when its tree is made.
func (e *engine) build(inst *build.Instance) (cue.Value, error) {
	values, err := cuecontext.New(cuecontext.CUE_DEBUG("")).BuildInstances([]*build.Instance{inst})
	if err != nil {
		return cue.Value{}, err
	}
	return values[0], nil
}

// blank replaces the unknown names that err complains of by _, and reports
// whether there are any.
func (e *engine) blank(inst *build.Instance, err error) bool {
	unknown := map[token.Pos]bool{}
	for _, err := range cueerrors.Errors(err) {
		if format, _ := err.Msg(); format == unknownFormat {
			unknown[err.Position()] = true
		}
	}
	if len(unknown) == 0 {
		return false
	}
	for _, file := range inst.Files {
		e.blankOut(file, func(id *ast.Ident) bool { return unknown[id.Pos()] })
	}
	inst.Err = nil // the compilation left its errors there
	return true
}

// drop marks the imports that err complains of, to be left out when the files of
// the unit are parsed again. It reports whether there are any new ones.
func (e *engine) drop(u *unit, err error) bool {
	more := false
	for _, err := range cueerrors.Errors(err) {
		for _, pos := range append([]token.Pos{err.Position()}, err.InputPositions()...) {
			spec := e.marks.importAt(pos)
			if spec == nil || !slices.Contains(u.Files, placeAt(pos).file) || e.dropped[placeAt(spec.Path.Pos())] {
				continue
			}
			if e.dropped == nil {
				e.dropped = map[place]bool{}
			}
			e.dropped[placeAt(spec.Path.Pos())] = true
			more = true
		}
	}
	if more {
		delete(e.loaded, u.name())
	}
	return more
}

// without takes the dropped imports out of a file, and what is named after them.
func (e *engine) without(file *ast.File) {
	if len(e.dropped) == 0 {
		return
	}
	gone := map[ast.Node]bool{}
	file.Decls = slices.DeleteFunc(file.Decls, func(d ast.Decl) bool {
		imports, ok := d.(*ast.ImportDecl)
		if !ok {
			return false
		}
		imports.Specs = slices.DeleteFunc(imports.Specs, func(spec *ast.ImportSpec) bool {
			if e.dropped[placeAt(spec.Path.Pos())] {
				gone[spec] = true
			}
			return gone[spec]
		})
		return len(imports.Specs) == 0
	})
	if len(gone) == 0 {
		return
	}
	e.blankOut(file, func(id *ast.Ident) bool { return id.Node != nil && gone[id.Node] })
}

// blankOut replaces what is taken from certain names, and what is called by
// them, by something that has no value and goes with everything.
func (e *engine) blankOut(file *ast.File, which func(*ast.Ident) bool) {
	var root func(x ast.Node) *ast.Ident
	root = func(x ast.Node) *ast.Ident {
		switch x := x.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			return root(x.X)
		case *ast.IndexExpr:
			return root(x.X)
		case *ast.CallExpr:
			return root(x.Fun)
		}
		return nil
	}
	astutil.Apply(file, func(c astutil.Cursor) bool {
		id := root(c.Node())
		if id == nil || !which(id) {
			return true
		}
		if e.blanked == nil {
			e.blanked = map[*ast.File]bool{}
		}
		e.blanked[file] = true
		any := &ast.Ident{NamePos: c.Node().Pos(), Name: "_"}
		switch around := c.Parent().Node().(type) {
		case *ast.Field, *ast.EmbedDecl:
			c.Replace(any)
			return false
		case *ast.BinaryExpr:
			if around.Op == token.AND {
				c.Replace(any)
				return false
			}
		}
		// What computes something of it must not be told that it is nothing to compute with.
		c.Replace(&ast.SelectorExpr{X: any, Sel: ast.NewIdent("unknown")})
		return false
	}, nil)
}

// lacks reports whether a package that the instance imports has lost a file.
func (e *engine) lacks(inst *build.Instance) bool {
	return slices.ContainsFunc(inst.Imports, func(imported *build.Instance) bool {
		return e.lacks(imported) || slices.ContainsFunc(e.files.hidden, func(name string) bool {
			return path.Dir(name) == strings.TrimPrefix(imported.Dir, "/")
		})
	})
}

// instance puts the files of a unit together. Within a module that is the
// business of CUE's loader; elsewhere the unit's own files are all there is.
func (e *engine) instance(u *unit) *build.Instance {
	if u.Module != "" {
		if e.loaded == nil {
			e.load()
		}
		if e.loaded[u.name()] == nil {
			e.loaded[u.name()] = e.loadArgs(u.Module, u.arg())[0]
		}
		return e.loaded[u.name()]
	}
	ctx := build.NewContext(build.Loader(func(pos token.Pos, path string) *build.Instance {
		if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
			return nil // the standard library
		}
		missing := build.NewContext().NewInstance("", nil)
		missing.Err = cueerrors.Newf(pos, importFormat, path)
		return missing
	}))
	inst := ctx.NewInstance(u.Dir, nil)
	for _, name := range u.Files {
		text, err := e.files.ReadFile(name)
		if err != nil {
			inst.Err = cueerrors.Append(inst.Err, cueerrors.Promote(err, "read"))
			continue
		}
		file, err := parse(name, text)
		if err != nil {
			inst.Err = cueerrors.Append(inst.Err, cueerrors.Promote(err, "parse"))
			continue
		}
		e.without(file)
		if err := inst.AddSyntax(file); err != nil {
			inst.Err = cueerrors.Append(inst.Err, err)
		}
	}
	if inst.Err == nil {
		if err := inst.Complete(); err != nil {
			inst.Err = cueerrors.Promote(err, "load")
		}
	}
	return inst
}

// load loads every unit within a module, each module at once: reading the
// module file and following the imports is most of the work.
func (e *engine) load() {
	e.loaded = map[string]*build.Instance{}
	byModule := map[string][]*unit{}
	for i := range e.units {
		u := &e.units[i]
		if u.Module != "" && u.Package != "" {
			byModule[u.Module] = append(byModule[u.Module], u)
		} else if u.Module != "" {
			e.loaded[u.name()] = e.loadArgs(u.Module, u.arg())[0]
		}
	}
	for root, units := range byModule {
		var args []string
		for _, u := range units {
			args = append(args, u.arg())
		}
		instances := e.loadArgs(root, args...)
		for i, u := range units {
			if len(instances) != len(units) { // they have one fault in common
				e.loaded[u.name()] = e.loadArgs(root, u.arg())[0]
			} else {
				e.loaded[u.name()] = instances[i]
			}
		}
	}
}

// arg names the unit as an argument of the cue command run in its module.
func (u *unit) arg() string {
	name := u.Dir
	if u.Package == "" {
		name = u.Files[0]
	}
	if u.Module != "." {
		name = strings.TrimPrefix(strings.TrimPrefix(name, u.Module), "/")
	}
	switch {
	case u.Package == "":
		return "./" + name
	case name == "" || name == ".":
		return ".:" + u.Package
	default:
		return "./" + name + ":" + u.Package
	}
}

func (e *engine) loadArgs(module string, args ...string) []*build.Instance {
	vendor := e.vendoring(module)
	return load.Instances(args, &load.Config{
		Dir:        path.Join("/", module),
		FS:         e.files,
		FromFSPath: func(name string) string { return strings.TrimPrefix(name, "/") },
		Env:        []string{"CUE_REGISTRY=none"},
		Registry:   noRegistry{},
		ParseFile: func(name string, src any, cfg parser.Config) (*ast.File, error) {
			text, ok := src.([]byte)
			if !ok {
				return nil, fmt.Errorf("%s: unexpected source %T", name, src)
			}
			file, err := parse(name, text, cfg)
			if err == nil {
				e.without(file)
				vendor(file)
			}
			return file, err
		},
	})
}

// parse parses a file that the plan may not have seen, such as one of an
// imported package, with the plan's precautions.
func parse(name string, text []byte, opts ...parser.Option) (*ast.File, error) {
	pos := func(offset int) token.Pos {
		f := token.NewFile(name, -1, len(text))
		f.SetLinesForContent(text)
		return f.Pos(offset, token.NoRelPos)
	}
	if offset, why := notText(text); offset >= 0 {
		return nil, cueerrors.Newf(pos(offset), notCUEFormat, why)
	}
	if offset := tooDeep(text); offset >= 0 {
		return nil, cueerrors.Newf(pos(offset), notCUEFormat, "it nests too deep")
	}
	file, err := parseFile(name, text, opts...)
	if err != nil {
		var all cueerrors.Error
		for _, e := range cueerrors.Errors(err) {
			all = cueerrors.Append(all, cueerrors.Newf(e.Position(), notCUEFormat, syntaxWords(e)))
		}
		return nil, all
	}
	if attr := externAttribute(file); attr != nil {
		return nil, cueerrors.Newf(attr.Pos(), externFormat)
	}
	return file, nil
}

// noRegistry is the only registry of modules there is: an empty one.
type noRegistry struct{}

var errNoRegistry = errors.New("imports resolve inside the repository and the standard library only")

func (noRegistry) ModFile(context.Context, module.Version) (*modfile.File, error) {
	return nil, errNoRegistry
}

func (noRegistry) Fetch(context.Context, module.Version) (module.SourceLoc, error) {
	return module.SourceLoc{}, errNoRegistry
}

func (noRegistry) ModuleVersions(context.Context, string) ([]string, error) { return nil, nil }
