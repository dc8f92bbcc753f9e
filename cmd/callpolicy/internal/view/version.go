package view

import (
	"fmt"
	"io"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
)

// Version is what callpolicy knows of its own build.
type Version struct {
	Version  string `json:"version"`            // of the release, or devel
	Revision string `json:"revision,omitempty"` // the commit it was built from
	Time     string `json:"time,omitempty"`     // of the commit
	Modified bool   `json:"modified"`           // the work tree held changes
	Go       string `json:"go"`
	Platform string `json:"platform"` // system/architecture
}

// Text writes it for people, in one line.
func (v Version) Text(w io.Writer) error {
	var of []string
	if v.Revision != "" {
		revision := v.Revision[:min(len(v.Revision), 12)]
		if v.Modified {
			revision += " with changes"
		}
		of = append(of, revision)
	}
	if day, _, ok := strings.Cut(v.Time, "T"); ok {
		of = append(of, day)
	}
	of = append(of, v.Go, v.Platform)
	_, err := fmt.Fprintf(w, "callpolicy %s (%s)\n", v.Version, strings.Join(of, ", "))
	return err
}

// JSON writes it for programs.
func (v Version) JSON(w io.Writer) error { return harmless.JSON(w, v) }
