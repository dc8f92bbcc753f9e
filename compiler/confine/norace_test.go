//go:build !race

package confine

// raceBuild is whether the race detector watches: it maps more memory than a
// child may have, so the system refuses before the watcher sees any.
const raceBuild = false
