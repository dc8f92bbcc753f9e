package view

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
)

// failureMargin is the width of what stands left of a hint's label.
const failureMargin = 2

// Failure says why callpolicy could not work and, where that is known, what to
// do about it. Lines of the problem beyond the first are a list that belongs to it.
func Failure(w io.Writer, problem, hint string, s layout.Style) error {
	const name = "callpolicy: "
	out := bufio.NewWriter(w)
	for i, line := range layout.Wrap(name+harmless.Lines(problem), s.Prose()) {
		if i == 0 {
			line = s.Bold(s.Red(strings.TrimSpace(name))) + strings.TrimPrefix(line, strings.TrimSpace(name))
		} else {
			line = "  " + strings.TrimPrefix(line, "  ")
		}
		fmt.Fprintln(out, line)
	}
	if hint != "" {
		label := s.Dim("try")
		for _, line := range layout.Wrap(harmless.Lines(hint), s.Prose()-failureMargin-len("try   ")) {
			line = fmt.Sprintf("%*s%s   %s", failureMargin, "", label, line)
			fmt.Fprintln(out, strings.TrimRight(line, " "))
			label = "   "
		}
	}
	return out.Flush()
}
