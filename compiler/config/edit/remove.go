// Package edit finds exact edits of policy files: which bytes to take out or to
// put in so that the file says one thing more or less, while everything else in
// it stays as it was written. Where that cannot be done without thought, in CUE
// or behind an alias, it says so and offers nothing.
//
// It reads and changes text that it is given; writing files is for the caller.
package edit

import (
	"bytes"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/filekind"
	"callpolicy/compiler/syntax"
)

// Remover finds out what to take out of YAML files to remove entries from them.
// It keeps the file that it looked at last, so ask file by file.
type Remover struct {
	cfg   *config.Config
	file  string
	lines [][]byte // with their line breaks
}

// NewRemover returns a remover for the files of a configuration.
func NewRemover(cfg *config.Config) *Remover { return &Remover{cfg: cfg} }

// Edits returns what to take out to remove the value under a path, which is as
// for [Config.Range]. Mappings that would be empty without it go as well, but
// never the entry of the user, template or group itself. There are no edits
// where a file cannot be mended without thought: what is written in CUE, in the
// roster or behind an alias, or shares its line with something else.
func (r *Remover) Edits(p ...string) []diag.Edit {
	at, ok := r.cfg.Place(p)
	if !ok || r.cfg.FromRoster(p...) {
		return nil
	}
	file := r.cfg.Sources.Docs[at.File].File
	if filekind.Of(file) == filekind.CUE || !r.read(file) {
		return nil
	}
	var top *syntax.Node
	if p[0] != "org" && len(p) > 1 {
		_, top, _ = r.cfg.Sources.Entry(p[0], r.cfg.Written(p[1], at), at)
		p = p[1:]
	} else if tree := r.cfg.Sources.Tree(at.File); tree != nil {
		top, _ = tree.Root.Get(p[0])
	}
	in, i := lonely(top, p[1:])
	if in == nil || in.Anchor != nil {
		return nil
	}
	if b := r.from(in); len(b) == 0 {
		return nil
	} else if b[0] == '{' {
		return r.fromFlow(in, i)
	}
	return r.fromBlock(in, i)
}

// lonely follows a path to the mapping and the pair to remove: the outermost
// that holds nothing else.
func lonely(n *syntax.Node, p []string) (in *syntax.Node, pair int) {
	type step struct {
		in   *syntax.Node
		pair int
	}
	var steps []step
	for _, name := range p {
		if n == nil || n.Kind != syntax.Map || n.Anchor != nil {
			return nil, 0
		}
		found := -1
		for i := range n.Len() {
			if n.Key(i).Value == name {
				found = i
			}
		}
		if found < 0 || n.Key(found).Anchor != nil {
			return nil, 0
		}
		steps = append(steps, step{n, found})
		n = n.Val(found)
	}
	if len(steps) == 0 || n.Anchor != nil {
		return nil, 0
	}
	last := len(steps) - 1
	for last > 0 && steps[last].in.Len() == 1 {
		last--
	}
	return steps[last].in, steps[last].pair
}

func (r *Remover) read(file string) bool {
	if r.file == file {
		return true
	}
	lines := LinesOf(r.cfg.Sources.Data(file))
	if lines == nil {
		return false
	}
	r.file, r.lines = file, lines
	return true
}

// from returns the rest of the line from a node on.
func (r *Remover) from(n *syntax.Node) []byte {
	if int(n.Line) > len(r.lines) || n.Line < 1 || int(n.Col) > len(r.lines[n.Line-1]) || n.Col < 1 {
		return nil
	}
	return r.lines[n.Line-1][n.Col-1:]
}

func (r *Remover) edit(start, end diag.Pos) []diag.Edit {
	text := strings.TrimRight(string(r.lines[start.Line-1]), "\r\n")
	return []diag.Edit{{Range: diag.Range{File: r.file, Start: start, End: end, Text: text}}}
}

func posOf(n *syntax.Node) diag.Pos { return diag.Pos{Line: int(n.Line), Column: int(n.Col)} }

// fromBlock takes out whole lines: from the one of the key to the next that is
// not indented further.
func (r *Remover) fromBlock(in *syntax.Node, i int) []diag.Edit {
	key, value := in.Key(i), in.Val(i)
	first := int(key.Line)
	if first > len(r.lines) || strings.TrimLeft(string(r.lines[first-1][:key.Col-1]), " ") != "" {
		return nil // something else begins this line
	}
	next := first + 1
	if b := r.from(value); len(b) > 0 && (b[0] == '{' || b[0] == '[') {
		end, ok := r.flowEnd(posOf(value), true)
		if !ok || !nothing(r.lines[end.Line-1][end.Column-1:]) {
			return nil
		}
		next = end.Line + 1
	}
	for ; next <= len(r.lines); next++ {
		if line := r.lines[next-1]; !nothing(line) && indent(line) <= int(key.Col)-1 {
			break
		}
	}
	for next > first+1 && nothing(r.lines[next-2]) {
		next-- // what is said behind it, or nothing, is not its own
	}
	if next > len(r.lines) {
		last := len(r.lines)
		return r.edit(diag.Pos{Line: first, Column: 1}, diag.Pos{Line: last, Column: len(r.lines[last-1]) + 1})
	}
	return r.edit(diag.Pos{Line: first, Column: 1}, diag.Pos{Line: next, Column: 1})
}

// nothing reports whether a line holds no more than blanks and a comment.
func nothing(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 || line[0] == '#'
}

func indent(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " ")) }

// fromFlow takes a pair out of braces, and a comma with it.
func (r *Remover) fromFlow(in *syntax.Node, i int) []diag.Edit {
	start := posOf(in.Key(i))
	if i+1 < in.Len() {
		next := posOf(in.Key(i + 1))
		for line := start.Line; line < next.Line; line++ {
			if bytes.ContainsRune(r.lines[line-1], '#') {
				return nil // a comment would be left without what it is about
			}
		}
		return r.edit(start, next)
	}
	value := in.Val(i)
	if value.Kind == syntax.Empty {
		return nil
	}
	end, ok := r.flowEnd(posOf(value), false)
	if !ok {
		return nil
	}
	if i == 0 {
		if b := r.lines[end.Line-1]; end.Column <= len(b) && b[end.Column-1] == ' ' && start.Column > 1 && r.lines[start.Line-1][start.Column-2] == ' ' {
			end.Column++
		}
		return r.edit(start, end)
	}
	before := bytes.TrimRight(r.lines[start.Line-1][:start.Column-1], " \t")
	for start.Line > 1 && len(before) == 0 {
		start.Line--
		before = bytes.TrimRight(r.lines[start.Line-1], " \t\r\n")
	}
	if !bytes.HasSuffix(before, []byte(",")) || bytes.ContainsRune(before, '#') {
		return nil
	}
	start.Column = len(before)
	return r.edit(start, end)
}

// flowEnd returns where a value in braces, or within some, ends.
func (r *Remover) flowEnd(at diag.Pos, block bool) (diag.Pos, bool) {
	depth, fresh := 0, true
	for line := at.Line; line <= len(r.lines); line++ {
		b := bytes.TrimRight(r.lines[line-1], "\r\n")
		i := 0
		if line == at.Line {
			i = at.Column - 1
		}
		last := i
		for ; i < len(b); i++ {
			c := b[i]
			here := diag.Pos{Line: line, Column: i + 1}
			switch {
			case (c == '"' || c == '\'') && fresh:
				n := bytes.IndexByte(b[i+1:], c)
				if n < 0 || c == '"' && slices.Contains(b[i+1:i+1+n], '\\') {
					return here, false // over several lines, or with escapes
				}
				i += n + 1
			case c == '{' || c == '[':
				depth++
			case (c == '}' || c == ']') && depth == 0:
				return diag.Pos{Line: line, Column: last + 1}, line > at.Line || last > at.Column-1
			case c == '}' || c == ']':
				if depth--; depth == 0 {
					return diag.Pos{Line: line, Column: i + 2}, true
				}
			case c == ',' && depth == 0:
				return diag.Pos{Line: line, Column: last + 1}, true
			case c == '#' && (i == 0 || b[i-1] == ' '):
				if !block || depth == 0 {
					return here, false
				}
				i = len(b)
				continue
			case c == '&' || c == '*' || c == '!':
				if fresh {
					return here, false
				}
			}
			if c != ' ' && c != '\t' {
				last = i + 1
			}
			fresh = c == ' ' || c == ',' || c == '{' || c == '[' || c == ':' && fresh
		}
	}
	return at, false
}
