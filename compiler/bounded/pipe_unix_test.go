//go:build unix

package bounded_test

import (
	"testing"

	"golang.org/x/sys/unix"
)

func makePipe(t *testing.T, name string) bool {
	t.Helper()
	if err := unix.Mkfifo(name, 0o644); err != nil {
		t.Fatal(err)
	}
	return true
}
