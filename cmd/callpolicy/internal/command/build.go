package command

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"callpolicy/cmd/callpolicy/internal/view"
)

// Build is what the Go toolchain noted of how this program was built.
func Build() view.Version {
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

// program tells this program from others that may make something else of the
// same files: other releases and commits, and of what is being worked on, every
// single build.
func program() string {
	v := Build()
	if v.Revision != "" && !v.Modified {
		return v.Version + " " + v.Revision
	}
	name, err := os.Executable()
	if err != nil {
		return v.Version
	}
	info, err := os.Stat(name)
	if err != nil {
		return v.Version
	}
	return fmt.Sprintf("%s %d %d", v.Version, info.Size(), info.ModTime().UnixNano())
}
