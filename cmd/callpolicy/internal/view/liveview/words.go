// Package liveview shows what Control Hub holds compared with the policies, what
// a push would do about it, and what became of it. It decides nothing, and shows
// what came from Webex through package harmless alone.
package liveview

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/live"
	"callpolicy/compiler/live/webex"
)

// NotVerified is what stands wherever something is written to Webex.
const NotVerified = "It was tried on simulated organizations, and is not verified against live Webex."

// behavior says a calling behavior in the words of Control Hub.
func behavior(b *webex.Behavior, profiles map[string]string) string {
	if b == nil {
		return "not known"
	}
	switch b.Type {
	case "":
		if b.ProfileID != "" {
			return "only the profile " + profile(b.ProfileID, profiles)
		}
		return "no value of their own"
	case webex.NativeCalling:
		return "Webex App"
	case webex.NativeUCM:
		if b.ProfileID != "" {
			return "Webex App on Unified CM (profile " + profile(b.ProfileID, profiles) + ")"
		}
		return "Webex App on Unified CM (e-mail domain)"
	case webex.CiscoJabber:
		return "Cisco Jabber"
	case webex.ThirdParty:
		return "third-party app"
	case webex.CallingApp:
		return "Webex Calling app"
	}
	return harmless.Line(b.Type)
}

func profile(id string, profiles map[string]string) string {
	if name := profiles[id]; name != "" {
		return harmless.Line(name)
	}
	return "with an id that nobody knows"
}

// text writes for a terminal.
type text struct {
	*bufio.Writer
	style layout.Style
}

func newText(w io.Writer, s layout.Style) text { return text{bufio.NewWriter(w), s} }

// hanging writes a paragraph whose first line begins with a mark.
func (t text) hanging(mark, body string) {
	width := layout.Width(mark)
	for i, line := range layout.Wrap(body, t.style.Prose()-width) {
		if i == 0 {
			fmt.Fprintln(t, mark+line)
		} else {
			fmt.Fprintln(t, strings.Repeat(" ", width)+line)
		}
	}
}

func (t text) line(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

// examples names a few people.
func examples(names []string, all int) string {
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = harmless.Line(name)
	}
	out := strings.Join(shown, ", ")
	if all > len(names) {
		out += ", …"
	}
	return out
}

// people counts people.
func people(n int) string { return layout.Plural(n, "person", "people") }

// whoMoved says who changed something since the base.
func whoMoved(m live.Mover) string {
	switch m {
	case live.We:
		return "the policies changed"
	case live.They:
		return "changed in Control Hub"
	case live.Both:
		return "changed in both"
	case live.NotKnown:
		return "who changed it is not known"
	}
	return ""
}
