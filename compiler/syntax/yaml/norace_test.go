//go:build !race

package yaml

import "time"

const (
	shrink   = 1                // how many times smaller the large inputs of tests are
	patience = 30 * time.Second // what one of them may take
)
