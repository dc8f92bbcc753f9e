//go:build !linux

package cue

// limitProcessMemory does nothing: outside Linux the watcher is alone.
func limitProcessMemory(int64) {}
