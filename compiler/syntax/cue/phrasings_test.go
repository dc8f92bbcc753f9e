package cue

import (
	"os"
	"strings"
	"testing"
)

// TestPhrasingsAreOfThisCUE: CUE's messages are no contract, so the phrasings
// are checked anew with each version of it.
func TestPhrasingsAreOfThisCUE(t *testing.T) {
	mod, err := os.ReadFile("../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(mod), "cuelang.org/go "+checkedWith+"\n") {
		t.Errorf("go.mod has another version than %s: see whether the archives in testdata are what is to be said, and write that version here", checkedWith)
	}
}
