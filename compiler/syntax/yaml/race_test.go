//go:build race

package yaml

import "time"

const (
	shrink   = 16               // how many times smaller the large inputs of tests are
	patience = 10 * time.Second // what one of them may take
)
