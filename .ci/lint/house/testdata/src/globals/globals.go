package globals

import "flag"

var (
	count  int
	table  = map[string]int{}
	record struct{ n int }
	shared = &record
)

func init() { // want `init function`
	count++ // want `package variable count is changed`
}

func change() {
	table["a"] = 1   // want `package variable table is changed`
	(record).n = 2   // want `package variable record is changed`
	*shared = record // want `package variable shared is changed`
	shared.n += 1    // want `package variable shared is changed`
	flag.Usage = nil // want `package variable Usage is changed`
}

type counter struct{ count int }

func (c *counter) init() { c.count++ }

func local() (n int) {
	table := map[string]int{}
	table["a"] = count
	count := 1
	count++
	return count
}
