package plan_test

import (
	"testing"

	"callpolicy/compiler/plan"
)

// FuzzOpen: a saved plan is input like any other.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"formatVersion":"1.0","target":"local","plan":null,"inputs":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		saved, err := plan.Open(data)
		if err == nil && saved == nil {
			t.Error("neither a plan nor an error")
		}
	})
}
