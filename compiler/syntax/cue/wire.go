package cue

import (
	"errors"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// The parent asks for the faults of files, and for one unit after another. The
// child asks for files and folders.
type (
	childQuestion struct {
		Begin   bool // the first question: it has the project
		Project string
		Syntax  string   // the file whose faults are asked for; empty: a unit is
		Units   []unit   // with the first question for a unit
		Hidden  []string // with them
		Unit    int      // which of them to evaluate
	}
	childAnswer struct {
		Tree  *flatTree
		Diags []byte // see diag.Decode
	}
	fileAnswer struct {
		Data   []byte
		IsDir  bool
		Items  []fileItem // of a folder
		Failed string     // why it cannot be had; empty if it can
		Absent bool       // it failed because there is no such file
	}
	fileItem struct {
		Name  string
		IsDir bool
	}
)

// flatTree is a tree as columns, in the order of a walk. Gob takes a slice of
// numbers in one go, but a tree of structs field by field.
type flatTree struct {
	Strings []string // each once
	Kinds   []byte   // with the bits below
	Values  []int32  // in Strings
	Files   []int32  // in Strings
	Items   []int32  // how many
	Lines   []int32
	Cols    []int32
}

const (
	plainBit = 0x80
	openBit  = 0x40
)

func flatten(root *syntax.Node) *flatTree {
	if root == nil {
		return nil
	}
	f := &flatTree{}
	index := map[string]int32{}
	intern := func(s string) int32 {
		i, ok := index[s]
		if !ok {
			i = int32(len(f.Strings))
			index[s] = i
			f.Strings = append(f.Strings, s)
		}
		return i
	}
	var add func(n *syntax.Node)
	add = func(n *syntax.Node) {
		kind := byte(n.Kind)
		if n.Plain {
			kind |= plainBit
		}
		if n.Open {
			kind |= openBit
		}
		f.Kinds = append(f.Kinds, kind)
		f.Values = append(f.Values, intern(n.Value))
		f.Files = append(f.Files, intern(n.File))
		f.Items = append(f.Items, int32(len(n.Items)))
		f.Lines = append(f.Lines, n.Line)
		f.Cols = append(f.Cols, n.Col)
		for i := range n.Items {
			add(&n.Items[i])
		}
	}
	add(root)
	return f
}

var errFlatTree = errors.New("a tree came back incomplete")

func (f *flatTree) root() (*syntax.Node, error) {
	if f == nil {
		return nil, nil
	}
	size := len(f.Kinds)
	for _, column := range [][]int32{f.Values, f.Files, f.Items, f.Lines, f.Cols} {
		if len(column) != size {
			return nil, errFlatTree
		}
	}
	next := 0
	var take func(n *syntax.Node) error
	take = func(n *syntax.Node) error {
		i := next
		if i >= size || int(f.Items[i]) > size-i || f.Items[i] < 0 ||
			int(f.Values[i]) >= len(f.Strings) || int(f.Files[i]) >= len(f.Strings) {
			return errFlatTree
		}
		next++
		*n = syntax.Node{
			Kind: syntax.Kind(f.Kinds[i] &^ (plainBit | openBit)), Plain: f.Kinds[i]&plainBit != 0, Open: f.Kinds[i]&openBit != 0,
			Value: f.Strings[f.Values[i]], File: f.Strings[f.Files[i]], Line: f.Lines[i], Col: f.Cols[i],
		}
		if f.Items[i] > 0 {
			n.Items = make([]syntax.Node, f.Items[i])
		}
		for k := range n.Items {
			if err := take(&n.Items[k]); err != nil {
				return err
			}
		}
		return nil
	}
	root := &syntax.Node{}
	return root, take(root)
}

func packed(r outcome) (a childAnswer, err error) {
	a.Tree = flatten(r.Root)
	a.Diags, err = r.Diags.Encode()
	return a, err
}

func (a *childAnswer) unpack() (r outcome, err error) {
	if r.Root, err = a.Tree.root(); err == nil {
		r.Diags, err = diag.Decode(a.Diags)
	}
	return r, err
}
