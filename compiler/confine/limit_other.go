//go:build !linux

package confine

// limitProcessMemory does nothing: outside Linux the watcher is alone.
func limitProcessMemory(int64) {}
