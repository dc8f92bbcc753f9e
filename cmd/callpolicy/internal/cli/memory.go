package cli

import (
	"bufio"
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
)

// How much garbage the process may hold before it is collected, since it ends
// soon: several times what is in use, within these bounds. The lower one is what
// most runs never reach; the upper one keeps a million users within a gigabyte.
const (
	garbageTimes = 4
	leastGarbage = 128 << 20
	mostGarbage  = 320 << 20
)

// spendMemory makes the garbage collector lazy, which saves about a third of the
// time. Near half of the memory that this machine or container has it becomes
// diligent again. Whoever sets GOGC or GOMEMLIMIT knows better.
func spendMemory(getenv func(string) string) {
	if getenv("GOGC") != "" || getenv("GOMEMLIMIT") != "" {
		return
	}
	limit := memory() / 2
	debug.SetMemoryLimit(limit)
	// Nothing is known of the heap yet. The runtime never starts with less than
	// 4 MB, of which this is the percentage.
	least := min(leastGarbage, limit/4)
	debug.SetGCPercent(int(least * 100 / (4 << 20)))
	adaptGC(least)
}

// adaptGC adapts the collector after each of its rounds: the object here is
// garbage at once, so it is cleaned up by the next round.
func adaptGC(least int64) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	runtime.AddCleanup(new([16]byte), func(least int64) {
		metrics.Read(live)
		used := max(int64(live[0].Value.Uint64()), 4<<20)
		garbage := min(max(garbageTimes*used, least), max(mostGarbage, used/2))
		debug.SetGCPercent(int(garbage * 100 / used))
		adaptGC(least)
	}, least)
}

// memory returns how many bytes of memory there are for this process, as far as
// the system says so in a file; elsewhere a cautious guess.
func memory() int64 {
	const guess = 4 << 30
	total := int64(guess)
	if data, err := os.ReadFile("/proc/meminfo"); err == nil {
		for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
			fields := bytes.Fields(lines.Bytes())
			if len(fields) < 2 || string(fields[0]) != "MemTotal:" {
				continue
			}
			if kib, err := strconv.ParseInt(string(fields[1]), 10, 64); err == nil {
				total = kib << 10
			}
		}
	}
	for _, name := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		data, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if limit, err := strconv.ParseInt(string(bytes.TrimSpace(data)), 10, 64); err == nil && limit > 0 {
			total = min(total, limit)
		}
	}
	return total
}
