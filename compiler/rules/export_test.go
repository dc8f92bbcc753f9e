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

// IDs returns the ids of the rules, sorted.
func (g *Guardrails) IDs() []string {
	var ids []string
	for _, r := range g.rules() {
		ids = append(ids, r.id.String())
	}
	return ids
}
