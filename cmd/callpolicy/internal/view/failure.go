package view

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Failure says why callpolicy could not work and, where that is known, what to
// do about it. Lines of the problem beyond the first are a list that belongs to it.
func Failure(w io.Writer, problem, hint string, s Style) error {
	const name = "callpolicy: "
	out := bufio.NewWriter(w)
	for i, line := range Wrap(name+cleanLines(problem), s.prose()) {
		if i == 0 {
			line = s.Bold(s.Red(strings.TrimSpace(name))) + strings.TrimPrefix(line, strings.TrimSpace(name))
		} else {
			line = "  " + strings.TrimPrefix(line, "  ")
		}
		fmt.Fprintln(out, line)
	}
	if hint != "" {
		label := s.Dim("try")
		for _, line := range Wrap(cleanLines(hint), s.prose()-gutter-3) {
			line = fmt.Sprintf("%*s%s   %s", gutter-3, "", label, line)
			fmt.Fprintln(out, strings.TrimRight(line, " "))
			label = "   "
		}
	}
	return out.Flush()
}
