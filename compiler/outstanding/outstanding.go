// Package outstanding remembers what is still to be reset in Control Hub: values
// that were set for single people, that the policies no longer hold, and that
// stay until somebody resets them there. A target keeps them beside its bundles.
//
// It compares bundles alone, so it needs nothing of what led to them, and it
// knows of no page: what there is to click, package runbook says.
package outstanding

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"callpolicy/compiler/bundle"
)

// FormatVersion is the version of the file.
const FormatVersion = "1.0"

// Entry is a value that Control Hub keeps for somebody until it is reset.
type Entry struct {
	User    string `json:"user"`            // the e-mail address in lower case
	Setting string `json:"setting"`         // inCall.<toggle>, callingBehavior.<service>
	Keeps   Value  `json:"keeps"`           // the value that stays
	Since   string `json:"since,omitempty"` // the revision that gave it up; empty: not under git
	Step    string `json:"step"`            // the id of the runbook's step

	// Said is what somebody said about it; nil: nothing. Nobody has looked whether
	// it is so.
	Said *Said `json:"said,omitempty"`
}

// Said is what somebody said: that a reset was done, or that the value is kept.
type Said struct {
	By     string `json:"by"`
	Date   string `json:"date,omitempty"`   // 2027-03-01
	Ticket string `json:"ticket,omitempty"` // of the system for such things
	Reason string `json:"reason,omitempty"` // why the value is kept; empty: it was reset
}

// Open reports whether the entry still has to be asked for.
func (e *Entry) Open() bool { return e.Said == nil }

// Value is a value that stays: a toggle, or a calling behavior.
type Value struct {
	On      *bool  `json:"on,omitempty"`
	App     string `json:"app,omitempty"`
	Profile string `json:"ucManagerProfile,omitempty"`
}

// List is everything that is outstanding, by user and setting.
type List []Entry

type file struct {
	FormatVersion string `json:"formatVersion"`
	Outstanding   List   `json:"outstanding"`
}

// Parse reads what [List.Encode] wrote.
func Parse(data []byte) (List, error) {
	var f file
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&f); err != nil {
		return nil, err
	}
	if f.FormatVersion != FormatVersion {
		return nil, fmt.Errorf("it has format version %q, and this callpolicy knows %q only", f.FormatVersion, FormatVersion)
	}
	return f.Outstanding.sorted(), nil
}

// Encode writes the list as JSON; nil where nothing is outstanding.
func (l List) Encode() ([]byte, error) {
	if len(l) == 0 {
		return nil, nil
	}
	data, err := json.MarshalIndent(file{FormatVersion, l.sorted()}, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(data, '\n'), nil
}

func (l List) sorted() List {
	out := slices.Clone(l)
	slices.SortFunc(out, func(a, b Entry) int { return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.Setting, b.Setting)) })
	return out
}

// Open returns the entries of which nobody said anything.
func (l List) Open() List {
	return slices.DeleteFunc(slices.Clone(l), func(e Entry) bool { return !e.Open() })
}

// Of returns the entries of one user.
func (l List) Of(user string) List {
	return slices.DeleteFunc(slices.Clone(l), func(e Entry) bool { return e.User != strings.ToLower(user) })
}

// Users counts the people whom the list is about.
func (l List) Users() int {
	users := map[string]bool{}
	for _, e := range l {
		users[e.User] = true
	}
	return len(users)
}

// Say notes what somebody said about a setting of a user, and reports whether
// that was outstanding.
func (l List) Say(user, setting string, said Said) bool {
	found := false
	for i := range l {
		if l[i].User == strings.ToLower(user) && About(l[i].Setting, setting) {
			l[i].Said = &said
			found = true
		}
	}
	return found
}

// About reports whether a setting is meant: videoOnMobile, inCall.videoOnMobile,
// callingBehavior, callingBehavior.unifiedCM.
func About(setting, meant string) bool {
	return setting == meant || strings.TrimPrefix(setting, "inCall.") == meant || strings.HasPrefix(setting, meant+".")
}

// In reads what is outstanding in a target, given by what can be read of it. A
// target that holds nothing has nothing outstanding. The error is one of package
// bundle.
func In(fsys fs.FS) (List, error) {
	m, err := bundle.ReadManifest(fsys)
	if errors.Is(err, bundle.ErrNoManifest) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	data, err := m.ReadOutstanding(fsys)
	if err != nil || data == nil {
		return nil, err
	}
	l, err := Parse(data)
	if err != nil {
		return nil, &bundle.DamagedError{File: bundle.OutstandingFile, Err: err}
	}
	return l, nil
}

// StepID is the id of a step of a runbook: of its kind, of what it is about, and
// of what comes of it.
func StepID(kind, what, after string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + what + "\x00" + after))
	return hex.EncodeToString(sum[:5])
}
