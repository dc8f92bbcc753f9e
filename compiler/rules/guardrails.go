package rules

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"

	"callpolicy/compiler/confine"
	"callpolicy/compiler/diag"
	cuefile "callpolicy/compiler/syntax/cue"
	"callpolicy/policies"
)

// Source is a file with an organization's own rules.
type Source struct {
	File string // relative to the project folder, slash-separated
	Data []byte
}

// Guardrails are an organization's own rules, compiled. Those of [InProcess]
// may be used in many checks, at the same time.
type Guardrails struct {
	all   []*rule
	cue   *cue.Context // nil: another process evaluates them
	child *confine.Session
}

// Close releases what evaluates the rules. A nil *Guardrails has nothing to release.
func (g *Guardrails) Close() {
	if g != nil && g.child != nil {
		g.child.Close()
	}
}

// rules returns the rules; of no guardrails, none.
func (g *Guardrails) rules() []*rule {
	if g == nil {
		return nil
	}
	return g.all
}

// An Evaluator compiles an organization's own rules, and has CUE match what in
// them is more than plain data.
//
// Files of one package are one instance, as for the cue command; a file without
// a package clause is one of its own. Imports reach CUE's standard library
// alone. A rule that is at fault is in the list and not among the Guardrails,
// which the caller has to close. The error says that compiling itself failed.
type Evaluator interface {
	Compile(ctx context.Context, files []Source) (*Guardrails, diag.List, error)
}

// InProcess evaluates in this process. CUE cannot be interrupted, so a program
// that takes rules from people it does not trust wants [InChild].
func InProcess() Evaluator { return inProcess{} }

type inProcess struct{}

func (inProcess) Compile(ctx context.Context, files []Source) (*Guardrails, diag.List, error) {
	return Compile(ctx, files)
}

// Compile compiles rules as [InProcess] does.
func Compile(ctx context.Context, files []Source) (*Guardrails, diag.List, error) {
	g, err := newGuard(cuecontext.New())
	if err != nil || len(files) == 0 {
		return g.Guardrails, nil, err
	}
	if g.subjects, err = policies.Subjects(g.cue); err != nil {
		return nil, nil, err
	}
	return g.compile(ctx, files)
}

func (g *guard) compile(ctx context.Context, files []Source) (_ *Guardrails, _ diag.List, err error) {
	if g.form, err = policies.Guardrail(g.cue); err != nil {
		return nil, nil, err
	}
	for i, p := range g.packages(files) {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		g.pkg = i
		g.instance(p)
	}
	slices.SortFunc(g.all, func(a, b *rule) int { return strings.Compare(a.id.String(), b.id.String()) })
	return g.Guardrails, g.diags.Sorted(), nil
}

// guard compiles guardrails.
type guard struct {
	*Guardrails
	sources  map[string][]byte
	diags    diag.List
	defined  map[string]diag.Range // rules by id
	reserved map[string]bool       // the beginnings of built-in ids
	form     cue.Value             // what a rule looks like
	keys     []string              // the fields that a rule may have
	shapes   map[string]*shape
	subjects map[string]cue.Value // what rules see, by scope; nil: it is not asked whether they can match
	pkg      int                  // the package that is compiled, as an index into packages
}

func newGuard(ctx *cue.Context) (*guard, error) {
	g := &guard{
		Guardrails: &Guardrails{cue: ctx}, sources: map[string][]byte{}, defined: map[string]diag.Range{},
		reserved: map[string]bool{},
	}
	catalogue, err := policies.Rules()
	if err != nil {
		return g, err
	}
	for i := range catalogue {
		prefix, _, _ := strings.Cut(catalogue[i].ID, ".")
		g.reserved[prefix] = true
	}
	g.shapes, err = shapes()
	g.keys = g.shapes["guardrail"].known()
	return g, err
}

// packages parses the files, by package. What cannot be parsed is reported.
func (g *guard) packages(files []Source) [][]*ast.File {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b Source) int { return strings.Compare(a.File, b.File) })
	var out [][]*ast.File
	index := map[string]int{}
	for _, f := range files {
		g.sources[f.File] = f.Data
		file, err := cuefile.Parse(f.File, f.Data)
		if err != nil {
			g.cueError(err, f.File)
			continue
		}
		name := file.PackageName()
		if name == "" {
			name = "\x00" + f.File
		}
		if _, ok := index[name]; !ok {
			index[name] = len(out)
			out = append(out, nil)
		}
		out[index[name]] = append(out[index[name]], file)
	}
	return out
}

// instance compiles the files of one package.
func (g *guard) instance(files []*ast.File) {
	defer func() {
		// A fault in CUE itself is no reason to lose everybody else's rules.
		if r := recover(); r != nil {
			at := diag.Range{File: files[0].Filename, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}}
			g.invalid(at, "CUE cannot evaluate the file: it failed inside (%v)", r)
		}
	}()
	inst := build.NewContext().NewInstance("guardrails", nil)
	for _, f := range files {
		if err := inst.AddSyntax(f); err != nil {
			g.cueError(err, f.Filename)
			return
		}
	}
	if err := inst.Complete(); err != nil {
		g.cueError(err, files[0].Filename)
		return
	}
	v := g.cue.BuildInstance(inst)
	if err := v.Err(); err != nil {
		g.cueError(err, files[0].Filename)
		return
	}
	top := topOf(files)
	fields, err := v.LookupPath(cue.ParsePath("rules")).Fields()
	if err != nil {
		if v.LookupPath(cue.ParsePath("rules")).Exists() {
			g.cueError(err, files[0].Filename)
		}
		return
	}
	for fields.Next() {
		g.rule(fields.Selector().Unquoted(), fields.Value(), top)
	}
}

// topOf gathers what stands at the top of the files of a package.
func topOf(files []*ast.File) gathered {
	var decls []ast.Decl
	for _, f := range files {
		decls = append(decls, f.Decls...)
	}
	return gather(decls)
}

// asker has CUE match a constraint that is more than plain data.
type asker interface {
	// whole reports whether the constraint matches a subject, or as much of it as
	// the constraint looks at.
	whole(subject *value) (bool, error)

	// part reports whether the constraint says anything of the n-th field that it
	// names, and whether v is what it says.
	part(n int, v *value) (says, fits bool, err error)
}

// here asks CUE in this process.
type here struct {
	cue *cue.Context
	c   *constraint
}

var _ asker = here{}

func (h here) whole(subject *value) (fits bool, err error) {
	defer recovered(&err)
	return unifies(h.cue, subject, h.c.value), nil
}

func (h here) part(n int, v *value) (says, fits bool, err error) {
	defer recovered(&err)
	part := h.c.part(h.c.named[n])
	return part.Exists(), part.Exists() && unifies(h.cue, v, part), nil
}

// recovered turns a fault inside CUE into what is said of rules that cannot be
// evaluated.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = &confine.LimitError{Why: fmt.Sprintf("cannot be evaluated: CUE failed inside (%v)", r)}
	}
}
