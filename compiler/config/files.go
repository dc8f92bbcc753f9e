package config

import (
	"strconv"
	"strings"

	"callpolicy/compiler/diag"
)

// files is what was read, so that a place can be found again.
type files struct{}

// Path is a policy path: users, u0142@voorbeeld.example, inCall, screenSharing.
// An item of a list is named by its index from 0.
type Path []string

// String writes the path as CUE does: users."u0142@voorbeeld.example".inCall.screenSharing.
func (p Path) String() string {
	var b strings.Builder
	for i, name := range p {
		switch {
		case i > 0 && isIndex(name):
			b.WriteString("[" + name + "]")
			continue
		case i > 0:
			b.WriteByte('.')
		}
		if isIdentifier(name) {
			b.WriteString(name)
		} else {
			b.WriteString(strconv.Quote(name))
		}
	}
	return b.String()
}

func isIndex(s string) bool {
	_, err := strconv.ParseUint(s, 10, 31)
	return err == nil
}

func isIdentifier(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '$'
		if !letter && (i == 0 || r < '0' || r > '9') && (i == 0 || r != '_') {
			return false
		}
	}
	return s != ""
}

// Range returns where the value under a path is written, found again in the
// source when it is asked: the whole scalar, or the key of a mapping or list.
// Where the path leads beyond what is written, it is the nearest parent's key;
// where nothing of it is written, the zero Range.
func (c *Config) Range(path ...string) diag.Range { return diag.Range{} }

// KeyRange is like Range, but always of the key.
func (c *Config) KeyRange(path ...string) diag.Range { return diag.Range{} }
