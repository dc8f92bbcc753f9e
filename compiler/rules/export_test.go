package rules

import "cuelang.org/go/cue/format"

// syntaxText writes a value in CUE, for the messages of tests.
func (v *value) syntaxText() string {
	b, err := format.Node(v.syntax())
	if err != nil {
		return err.Error()
	}
	return string(b)
}
