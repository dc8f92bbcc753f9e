package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// formatFlag adds the flag that chooses among the formats of a command. The
// first of them is what it prints without the flag.
func formatFlag(cmd *cobra.Command, format *choice) {
	last := len(format.words) - 1
	cmd.Flags().VarP(format, "format", "f", strings.Join(format.words[:last], ", ")+" or "+format.words[last])
	if len(format.words) > 4 {
		cmd.Flags().Lookup("format").DefValue = "" // it is the first, and the line is long enough
	}
	complete(cmd, "format", format)
}

// outFlag adds the flag for files that are written beside what is printed; see
// package format.
func outFlag(cmd *cobra.Command, out *[]string) {
	cmd.Flags().StringArrayVarP(out, "out", "o", nil, "also write a `FORMAT=FILE`; may be repeated")
}
