package compiler_test

import (
	"os"
	"testing"

	"callpolicy/compiler"
)

// TestPersonas runs the persona tests of the example: all are as expected.
func TestPersonas(t *testing.T) {
	c, diags, err := compiler.Compile(t.Context(), os.DirFS("../examples/voorbeeld-zorg"), ".", compiler.At(day))
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	r, faults, err := c.Personas(t.Context())
	if err != nil || len(faults) > 0 {
		t.Fatal(err, faults)
	}
	if r.Passed == 0 || r.Failed > 0 {
		t.Errorf("%d passed, %d failed: %+v", r.Passed, r.Failed, r.Tests)
	}
	if faults, err := c.PersonaFaults(); err != nil || len(faults) > 0 {
		t.Error(err, faults)
	}
}
