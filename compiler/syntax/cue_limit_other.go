//go:build !linux

package syntax

// limitProcessMemory does nothing: outside Linux the watcher is alone.
func limitProcessMemory(int64) {}
