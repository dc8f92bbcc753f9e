package cue

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"callpolicy/compiler/bounded"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// sources is the repository as CUE gets to see it: files lose their byte-order
// mark and are bounded in size, and each is read once. It also turns places
// into ranges, for which it parses a file when somebody first asks.
type sources struct {
	repo    fs.FS
	project string
	hidden  []string // files that cannot be read and were reported, over which CUE would give up on their neighbors

	mu    sync.Mutex
	files map[string]*source
}

// source is the content of one file.
type source struct {
	text []byte
	err  error

	places *syntax.Text // of the text; nil until somebody asks for a place
	ends   map[int]int  // where the expression or label that begins at an offset ends
	brace  map[int]int  // where the struct or list in brackets that begins at an offset ends

	calls   map[int]int  // where the call whose parenthesis opens at an offset begins
	clauses map[int]bool // where a loop or condition begins, and the struct behind it
}

var (
	errTooLarge = errors.New("the file is too large")

	_ fs.ReadFileFS = (*sources)(nil)
	_ fs.ReadDirFS  = (*sources)(nil)
	_ fs.StatFS     = (*sources)(nil)
)

func newSources(repo fs.FS, project string) *sources {
	return &sources{repo: repo, project: path.Clean("/" + project)[1:], files: map[string]*source{}}
}

// ReadFile returns the content of a file without its byte-order mark. The
// caller must not change it.
func (f *sources) ReadFile(name string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.source(name)
	return s.text, s.err
}

func (f *sources) source(name string) *source {
	s := f.files[name]
	if s == nil {
		s = &source{}
		s.text, s.err = readBounded(f.repo, name)
		f.files[name] = s
	}
	return s
}

func readBounded(repo fs.FS, name string) ([]byte, error) {
	file, err := repo.Open(name)
	if _, large := errors.AsType[*bounded.TooLargeError](err); large { // it was measured
		return nil, fmt.Errorf("%s: %w", name, errTooLarge)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", name, err)
	case len(text) > maxFile:
		return nil, fmt.Errorf("%s: %w", name, errTooLarge)
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), nil
}

// Open opens a file or a folder for package load.
func (f *sources) Open(name string) (fs.File, error) {
	file, err := f.repo.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		return file, nil
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	text, err := f.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return &openSource{Reader: bytes.NewReader(text), info: info}, nil
}

type openSource struct {
	*bytes.Reader
	info fs.FileInfo
}

func (o *openSource) Stat() (fs.FileInfo, error) { return o.info, nil }
func (o *openSource) Close() error               { return nil }

// ReadDir lists a folder.
func (f *sources) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(f.repo, name)
	if len(f.hidden) == 0 {
		return entries, err
	}
	return slices.DeleteFunc(slices.Clone(entries), func(e fs.DirEntry) bool {
		return slices.Contains(f.hidden, path.Join(name, e.Name()))
	}), err
}

// Stat describes a file or a folder.
func (f *sources) Stat(name string) (fs.FileInfo, error) { return fs.Stat(f.repo, name) }

// rel names a file as diagnostics do: relative to the project folder.
func (f *sources) rel(name string) string {
	base := f.project
	up := ""
	for base != "" {
		if rest, ok := strings.CutPrefix(name, base+"/"); ok {
			return up + rest
		}
		up += "../"
		if base = path.Dir(base); base == "." {
			base = ""
		}
	}
	return up + name
}

// abs is the inverse of rel.
func (f *sources) abs(name string) string { return path.Join(f.project, name) }

// at returns the range of what begins at a position.
func (f *sources) at(pos token.Pos) diag.Range {
	if !pos.HasAbsPos() || path.Ext(pos.Filename()) != ".cue" {
		return diag.Range{} // of one of CUE's own packages, which nobody can look at
	}
	return f.offset(strings.TrimPrefix(pos.Filename(), "/"), pos.Offset(), syntax.String)
}

// top returns the first line of a file, for which the file is not parsed.
func (f *sources) top(name string) diag.Range {
	text, _ := f.ReadFile(name)
	r := syntax.NewCUEText(f.rel(name), text).WholeLine(1)
	r.Text = printable([]byte(r.Text))
	return r
}

// holds reports whether a name is that of a CUE file of the repository with so
// many bytes. CUE's own packages have places too, which nobody can look at.
func (f *sources) holds(name string, offset int) bool {
	if path.Ext(name) != ".cue" {
		return false
	}
	text, err := f.ReadFile(name)
	return err == nil && offset <= len(text)
}

// begin returns where what is at a position begins, and whether it is a loop or
// condition, and so no value.
func (f *sources) begin(pos token.Pos) (start token.Pos, clause bool) {
	name := strings.TrimPrefix(pos.Filename(), "/")
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.source(name)
	s.index(f.rel(name))
	if from, ok := s.calls[pos.Offset()]; ok && pos.File() != nil {
		pos = pos.File().Pos(from, pos.RelPos())
	}
	return pos, s.clauses[pos.Offset()]
}

// span returns the range of a node of the syntax.
func (f *sources) span(n ast.Node) diag.Range {
	r := f.at(n.Pos())
	if end := n.End(); end.HasAbsPos() && !r.IsZero() {
		p := end.Position()
		r.End = diag.Pos{Line: p.Line, Column: p.Column}
	}
	return r
}

// clip ends a range with its line.
func clip(r diag.Range) diag.Range {
	if r.End.Line != r.Start.Line {
		r.End = diag.Pos{Line: r.Start.Line, Column: r.Start.Column + 1}
	}
	return r
}

// node returns the range of a node of a tree of the given file.
func (f *sources) node(file string, n *syntax.Node) diag.Range {
	if n.File != "" {
		file = n.File
	}
	name := f.abs(file)
	f.mu.Lock()
	s := f.source(name)
	s.index(f.rel(name))
	offset := -1
	if n.Line >= 1 && int(n.Line) <= s.places.Lines() {
		offset = s.places.Offset(int(n.Line), int(n.Col))
	}
	f.mu.Unlock()
	if offset < 0 { // the file is not what it was when it was evaluated
		p := diag.Pos{Line: int(n.Line), Column: int(n.Col)}
		return diag.Range{File: file, Start: p, End: p}
	}
	return f.offset(name, offset, n.Kind)
}

// offset returns the range of the value of the given kind that begins at an offset.
func (f *sources) offset(name string, offset int, kind syntax.Kind) diag.Range {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.source(name)
	s.index(f.rel(name))
	offset = min(max(offset, 0), len(s.text))
	end, ok := s.ends[offset]
	end = max(end, offset)
	if e, isBracket := s.brace[offset]; isBracket && (!ok || kind == syntax.Map || kind == syntax.List) {
		end, ok = e, true
	}
	if !ok && offset < len(s.text) && s.text[offset] != '\n' {
		end = offset + 1
	}
	return s.rng(offset, end)
}

// rng returns the range between two offsets, with the text of its line.
func (s *source) rng(from, to int) diag.Range {
	r := s.places.Span(from, to)
	r.Text = printable([]byte(r.Text))
	return r
}

// printable replaces what is not text, byte for byte, so that columns stay.
func printable(line []byte) string {
	if isText(line) {
		return string(line)
	}
	out := make([]byte, 0, len(line))
	for len(line) > 0 {
		r, n := utf8.DecodeRune(line)
		if r == 0 || r == utf8.RuneError && n == 1 {
			out = append(out, '?')
		} else {
			out = append(out, line[:n]...)
		}
		line = line[n:]
	}
	return string(out)
}

// index finds the lines of the file, and where everything that is written in it ends.
func (s *source) index(name string) {
	if s.places != nil {
		return
	}
	s.places = syntax.NewCUEText(name, s.text)
	s.ends, s.brace, s.calls, s.clauses = map[int]int{}, map[int]int{}, map[int]int{}, map[int]bool{}
	if tooDeep(s.text) >= 0 || !isText(s.text) {
		return
	}
	file, _ := parseFile(name, s.text) // as far as it can be read
	if file == nil {
		return
	}
	ast.Walk(file, func(n ast.Node) bool {
		ends := s.ends
		switch n := n.(type) {
		case *ast.StructLit:
			if !n.Lbrace.HasAbsPos() {
				return true
			}
			ends = s.brace
		case *ast.ListLit:
			ends = s.brace
		case *ast.CallExpr:
			if n.Lparen.HasAbsPos() && n.Pos().HasAbsPos() {
				s.calls[n.Lparen.Offset()] = n.Pos().Offset()
			}
		case *ast.Comprehension:
			for _, clause := range n.Clauses {
				s.clauses[clause.Pos().Offset()] = true
			}
			s.clauses[n.Value.Pos().Offset()] = true
			return true
		case *ast.BinaryExpr:
			if n.Op == token.AND || n.Op == token.OR {
				return true // puts values together, and is never a value's own place
			}
		case ast.Expr, ast.Label, *ast.Attribute, *ast.ImportSpec:
		default:
			return true
		}
		from, to := n.Pos(), n.End()
		if !from.HasAbsPos() || !to.HasAbsPos() {
			return true
		}
		// The outermost node comes first and is the whole of what was written.
		if _, ok := ends[from.Offset()]; !ok {
			ends[from.Offset()] = to.Offset()
		}
		return true
	}, nil)
}
