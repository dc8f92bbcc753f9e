package house_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"callpolicy/lint/house"
)

func TestOutput(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), house.Output,
		"output", "program", "callpolicy/cmd/callpolicy/internal/view")
}

func TestImportTime(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), house.ImportTime, "globals")
}

func TestPackageName(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), house.PackageName, "helpers", "program")
}

func TestDocumented(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), house.Documented, "documented", "program")
}
