//go:build race

package plan_test

// fewer is by how much the generated cases are fewer with the race detector: it makes
// them take many times as long, and they prove as much without it.
const fewer = 4
