//go:build !race

package config

// RaceBuild is whether the race detector watches, which makes everything slow.
const RaceBuild = false
