package report

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// fingerprints returns a name for each diagnostic by which other programs know
// it again in the next report, so that they can tell new faults from old ones.
// It is drawn from what the fault is (rule, policy path, file, the words of the
// line) and not from the line number, which moves with every edit above it.
// Equal faults are told apart by their order.
func fingerprints(r Report) []string {
	seen := map[string]int{}
	prints := make([]string, len(r.Diagnostics))
	for i, d := range r.Diagnostics {
		key := strings.Join([]string{
			d.ID.String(),
			d.Path,
			r.repositoryPath(d.Subject.File),
			strings.Join(strings.Fields(d.Subject.Text), " "),
		}, "\x00")
		sum := sha256.Sum256([]byte(key + "\x00" + strconv.Itoa(seen[key])))
		seen[key]++
		prints[i] = hex.EncodeToString(sum[:16])
	}
	return prints
}
