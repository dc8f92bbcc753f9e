package config

import (
	"strconv"
	"strings"
)

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
