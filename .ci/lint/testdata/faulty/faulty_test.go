package faulty

import (
	"os"
	"testing"
)

func TestTempDir(t *testing.T) {
	if _, err := os.MkdirTemp("", ""); err != nil { // want usetesting
		t.Fatal(err)
	}
}

func check(t *testing.T, ok bool) { // want thelper
	if !ok {
		t.Fatal("not ok")
	}
}

func TestCheck(t *testing.T) {
	body := func(t *testing.T, ok bool) { check(t, ok) }
	body(t, true)
}
