// Package syntax holds what becomes of the bytes of a policy file: one kind of
// tree in which every value knows its place, whether the file is YAML or CUE.
//
// It knows the two languages and nothing of calling policies: what keys mean
// is the business of package config. A tree is plain data and immutable once
// it is returned; trees of different files share nothing, so files are parsed
// side by side.
//
// Packages yaml and cue below it make the trees, and know nothing of each other.
// What they have in common is here: the tree, and the [Text] of a file, which is
// where lines and columns are counted.
package syntax

import "callpolicy/compiler/diag"

// Kind is the kind of a node. The zero value is invalid.
type Kind uint8

// The kinds of nodes.
const (
	Map    Kind = iota + 1 // keys and values
	List                   // items
	String                 // text, or a word such as yes that YAML 1.2 reads as text
	Bool                   // true or false
	Int                    // a whole number
	Float                  // any other number
	Date                   // an unquoted YAML date or time
	Null                   // an explicit null or ~
	Empty                  // nothing was written after the key
	Hole                   // something that has no value, which has been reported
)

var kindNames = [...]string{
	Map: "a mapping", List: "a list", String: "text", Bool: "true or false", Int: "a number",
	Float: "a number", Date: "a date", Null: "null", Empty: "nothing", Hole: "without a value",
}

// String names the kind in words for a message: "a mapping", "text".
func (k Kind) String() string { return kindNames[k] }

// Node is one value of a file, or one key. The zero Node is invalid.
type Node struct {
	Kind  Kind
	Plain bool   // a scalar written without quotes
	Open  bool   // a Map that lacks fields which could not be evaluated, as has been reported
	Value string // the text of a scalar, as the language reads it

	// Items are the items of a List, or keys and values of a Map in turn:
	// key, value, key, value. A key is always a String.
	Items []Node

	// Line and Col are where the value was written: byte columns, both from 1.
	// For a node that comes from another file than its tree (a CUE reference),
	// File names that file; otherwise it is empty.
	Line, Col int32
	File      string

	// Anchor is the aliased content that this node stands for, where it was
	// written as *name or came in through <<. The node itself then holds the
	// content, and its Line and Col are those of the use.
	Anchor *Node
}

// Len returns the number of pairs of a Map or items of a List.
func (n *Node) Len() int {
	if n.Kind == Map {
		return len(n.Items) / 2
	}
	return len(n.Items)
}

// Key returns the i-th key of a Map.
func (n *Node) Key(i int) *Node { return &n.Items[2*i] }

// Val returns the i-th value of a Map.
func (n *Node) Val(i int) *Node { return &n.Items[2*i+1] }

// Get returns the value under key and the key itself, or nil.
func (n *Node) Get(key string) (value, at *Node) {
	if n == nil || n.Kind != Map {
		return nil, nil
	}
	for i := range n.Len() {
		if k := n.Key(i); k.Value == key {
			return n.Val(i), k
		}
	}
	return nil, nil
}

// Tree is one document: the whole of a YAML document or of a CUE instance. Where
// diagnostics came with it, it is what could be read all the same.
type Tree struct {
	File string // relative to the project folder, slash-separated
	Root *Node  // a Map, or whatever else somebody wrote

	// Places turns a node into a range with its end and the text of its line.
	// It is asked only when somebody wants to see the place, and scans the
	// source then.
	places func(n *Node) diag.Range
}

// NewTree returns the tree of a file. Places turns a node of it into a range; it
// may be called by many goroutines.
func NewTree(file string, root *Node, places func(n *Node) diag.Range) *Tree {
	return &Tree{File: file, Root: root, places: places}
}

// Range returns where n is written, with its end and the text of the line.
func (t *Tree) Range(n *Node) diag.Range { return t.places(n) }

// AnchorRange returns where the content of an aliased node is written, or the
// zero Range for a node that stands for itself.
func (t *Tree) AnchorRange(n *Node) diag.Range {
	if n == nil || n.Anchor == nil {
		return diag.Range{}
	}
	return t.places(n.Anchor)
}
