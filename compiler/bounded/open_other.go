//go:build !unix

package bounded

// nonblock: no file of this system waits when it is opened.
const nonblock = 0
