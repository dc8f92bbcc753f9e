package confine

import "golang.org/x/sys/unix"

// limitProcessMemory lets the system refuse what the watcher would notice too
// late: one huge allocation. It is the second line, so a refusal is no error.
func limitProcessMemory(bytes int64) {
	_ = unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: uint64(bytes), Max: uint64(bytes)})
}
