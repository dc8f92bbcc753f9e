package cli

import (
	"bufio"
	"bytes"
	"os"
	"runtime/debug"
	"strconv"
)

// spendMemory makes the garbage collector lazy, since the process ends soon:
// it saves about a third of the time. Near half of the memory that this machine
// or container has it becomes diligent again. Whoever sets GOGC or GOMEMLIMIT
// knows better.
func spendMemory(getenv func(string) string) {
	if getenv("GOGC") != "" || getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(memory() / 2)
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
