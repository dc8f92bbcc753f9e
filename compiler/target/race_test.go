//go:build race

package target

// fewer is by how much the tests that kill a run do so less often with the race detector: it makes
// them take many times as long, and they prove as much without it.
const fewer = 3
