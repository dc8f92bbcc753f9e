package view

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler"
)

// Timings shows what a run did, a line for each stage.
func Timings(w io.Writer, stages []compiler.Stage, all time.Duration, s layout.Style) error {
	out := bufio.NewWriter(w)
	for _, stage := range append(stages, compiler.Stage{Name: "all", Time: all}) {
		var counts []string
		for _, c := range stage.Counts {
			counts = append(counts, fmt.Sprintf("%s: %d", c.Name, c.N))
		}
		line := fmt.Sprintf("%-9s %9.1f ms  %s", stage.Name, float64(stage.Time)/float64(time.Millisecond), strings.Join(counts, ", "))
		fmt.Fprintln(out, s.Dim(strings.TrimRight(line, " ")))
	}
	return out.Flush()
}
