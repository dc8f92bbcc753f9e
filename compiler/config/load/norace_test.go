//go:build !race

package load

// RaceBuild is whether the race detector watches, which makes everything slow.
const RaceBuild = false
