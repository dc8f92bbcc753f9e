package command

import (
	"strings"

	"github.com/spf13/cobra"
)

// FormatFlag adds the flag that chooses among the formats of a command. The
// first of them is what it prints without the flag.
func FormatFlag(cmd *cobra.Command, format *Choice) {
	last := len(format.Words) - 1
	cmd.Flags().VarP(format, "format", "f", strings.Join(format.Words[:last], ", ")+" or "+format.Words[last])
	if len(format.Words) > 4 {
		cmd.Flags().Lookup("format").DefValue = "" // it is the first, and the line is long enough
	}
	Complete(cmd, "format", format)
}

// OutFlag adds the flag for files that are written beside what is printed; see
// package format.
func OutFlag(cmd *cobra.Command, out *[]string) {
	cmd.Flags().StringArrayVarP(out, "out", "o", nil, "also write a `FORMAT=FILE`; may be repeated")
}
