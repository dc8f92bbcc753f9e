package cli

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view"
)

func newVersionCommand(a *app) *cobra.Command {
	format := oneOf("text", "json")
	cmd := &cobra.Command{
		Use:     "version",
		GroupID: groupTool,
		Short:   "Say which callpolicy this is",
		Example: `  callpolicy version
  callpolicy version --format json`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			if format.word == "json" {
				return build().JSON(a.stdout)
			}
			return build().Text(a.stdout)
		},
	}
	formatFlag(cmd, format)
	return cmd
}

// build is what the Go toolchain noted of how this program was built.
func build() view.Version {
	v := view.Version{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if main := info.Main.Version; main != "" && main != "(devel)" {
		v.Version = main
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.time":
			v.Time = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}
