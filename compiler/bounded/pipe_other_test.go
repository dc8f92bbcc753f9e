//go:build !unix

package bounded_test

import "testing"

// makePipe: on this system no name of a folder is a pipe.
func makePipe(*testing.T, string) bool { return false }
