//go:build !race

package rules

// raceBuild is whether the race detector watches, which makes CUE slow.
const raceBuild = false
