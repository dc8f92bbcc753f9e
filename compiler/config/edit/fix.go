package edit

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/filekind"
)

// Fixed is what came of the fixes that diagnostics carry.
type Fixed struct {
	Files   map[string][]byte // the new content of each file that changes, by name as in the diagnostics
	Applied int               // how many fixes are in there
	Skipped int               // how many were left out, since they touch what another fix changes, or what is there no longer
}

// Fix applies the fixes of a list to the files that it is about. It changes the
// bytes that the edits name and no others: a byte-order mark, line ends and
// comments stay as they are. Of fixes that overlap the first of the sorted list
// wins; compile again to see what is left. Read returns the content of a file
// by its name in the diagnostics; Fix writes nothing.
func Fix(list diag.List, read func(file string) ([]byte, error)) (Fixed, error) {
	files := map[string]*edited{}
	fixed := Fixed{Files: map[string][]byte{}}
	for _, d := range list.Sorted() {
		if d.Fix == nil || len(d.Fix.Edits) == 0 {
			continue
		}
		for _, e := range d.Fix.Edits {
			if files[e.File] != nil {
				continue
			}
			data, err := read(e.File)
			if err != nil {
				return Fixed{}, err
			}
			files[e.File] = newEdited(e.File, data)
		}
		if accept(files, d.Fix.Edits) {
			fixed.Applied++
		} else {
			fixed.Skipped++
		}
	}
	for name, f := range files {
		if len(f.accepted) > 0 {
			fixed.Files[name] = f.apply()
		}
	}
	return fixed, nil
}

// accept takes all edits of a fix or, where one of them cannot be made, none.
func accept(files map[string]*edited, edits []diag.Edit) bool {
	pending := map[string][]splice{}
	for _, e := range edits {
		s, ok := files[e.File].splice(e)
		if !ok || overlaps(files[e.File].accepted, s) || overlaps(pending[e.File], s) {
			return false
		}
		pending[e.File] = append(pending[e.File], s)
	}
	for name, splices := range pending {
		files[name].accepted = append(files[name].accepted, splices...)
	}
	return true
}

// edited is a file and what is to be changed in it.
type edited struct {
	data     []byte
	starts   []int // the offset of each line
	accepted []splice
}

// splice replaces the bytes from start up to end.
type splice struct {
	start, end int
	text       string
}

// newEdited finds the lines of a file as its language counts them: YAML has
// more line breaks than CUE. A byte-order mark belongs to no line.
func newEdited(name string, data []byte) *edited {
	e := &edited{data: data}
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		e.starts = []int{len("\ufeff")}
	} else {
		e.starts = []int{0}
	}
	breaks := []string{"\r\n", "\n", "\r", "\u0085", "\u2028", "\u2029"}
	if filekind.Of(name) == filekind.CUE {
		breaks = []string{"\n"}
	}
	for i := e.starts[0]; i < len(data); {
		n := slices.IndexFunc(breaks, func(b string) bool { return bytes.HasPrefix(data[i:], []byte(b)) })
		if n < 0 {
			i++
			continue
		}
		i += len(breaks[n])
		e.starts = append(e.starts, i)
	}
	return e
}

// splice turns an edit into offsets. It is refused where the line is not the
// one that the diagnostic was about: the file has changed since.
func (e *edited) splice(edit diag.Edit) (splice, bool) {
	start, ok1 := e.offset(edit.Start)
	end, ok2 := e.offset(edit.End)
	if !ok1 || !ok2 || end < start {
		return splice{}, false
	}
	const breaks = "\r\n\u0085\u2028\u2029"
	line := string(e.data[e.starts[edit.Start.Line-1]:e.lineEnd(edit.Start.Line)])
	if edit.Text != "" && strings.TrimRight(line, breaks) != strings.TrimRight(edit.Text, breaks) {
		return splice{}, false
	}
	return splice{start, end, edit.NewText}, true
}

func (e *edited) offset(at diag.Pos) (int, bool) {
	if at.Line < 1 || at.Line > len(e.starts) || at.Column < 1 {
		return 0, false
	}
	offset := e.starts[at.Line-1] + at.Column - 1
	return offset, offset <= e.lineEnd(at.Line)
}

// lineEnd returns the offset behind a line and its line break.
func (e *edited) lineEnd(line int) int {
	if line < len(e.starts) {
		return e.starts[line]
	}
	return len(e.data)
}

// overlaps reports whether s touches bytes that one of the others replaces, or
// is at the same place, where their order would be anybody's guess.
func overlaps(others []splice, s splice) bool {
	return slices.ContainsFunc(others, func(o splice) bool {
		return o.start == s.start || s.start < o.end && o.start < s.end
	})
}

// apply returns the file with every accepted change.
func (e *edited) apply() []byte {
	slices.SortFunc(e.accepted, func(a, b splice) int { return cmp.Compare(a.start, b.start) })
	var out bytes.Buffer
	at := 0
	for _, s := range e.accepted {
		out.Write(e.data[at:s.start])
		out.WriteString(s.text)
		at = s.end
	}
	out.Write(e.data[at:])
	return out.Bytes()
}
