package load

import (
	"fmt"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/diag"
)

// Each file is small enough, and all together are not: one finding says so, the
// same for any number of workers.
func TestTooMuchAltogether(t *testing.T) {
	fsys := fstest.MapFS{"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\n")}}
	for i := range 100 {
		fsys[fmt.Sprintf("policies/%02d.yaml", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "users:\n  u%d@company.example: { no: %d }\n", i, i)}
	}
	for workers := 1; workers < 5; workers++ {
		_, diags, err := Load(t.Context(), Request{FS: fsys, Dir: ".", Workers: workers, Most: 1000})
		if err != nil || len(diags) != 1 || diags[0].ID != diag.LoadTooLarge || diags[0].Subject.File != "callpolicy.yaml" {
			t.Errorf("%d workers: %v, %v", workers, diags, err)
		}
	}
}
