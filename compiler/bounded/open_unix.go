//go:build unix

package bounded

import "golang.org/x/sys/unix"

// nonblock keeps the opening of a pipe from waiting for somebody to write to it.
const nonblock = unix.O_NONBLOCK
