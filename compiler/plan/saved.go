package plan

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Inputs is what a plan depends on. A saved plan may be applied only while all
// of it is as it was.
type Inputs struct {
	Source string `json:"source"` // the digest of all files that were read
	Tool   string `json:"tool"`   // the version of callpolicy
	Schema string `json:"schema"` // the digest of the schemas and the rules
	Target string `json:"target"` // the digest of the target's manifest; empty: there was none
}

// Moved names what differs between two inputs, in words for a message.
func (in Inputs) Moved(now Inputs) []string {
	var moved []string
	for _, part := range []struct{ name, was, is string }{
		{"the policy files", in.Source, now.Source},
		{"the version of callpolicy", in.Tool, now.Tool},
		{"the schema and rules of callpolicy", in.Schema, now.Schema},
		{"the target", in.Target, now.Target},
	} {
		if part.was != part.is {
			moved = append(moved, part.name)
		}
	}
	return moved
}

// Saved is a plan that was put aside, to be reviewed and then applied as it is.
type Saved struct {
	FormatVersion string `json:"formatVersion"`
	Kind          string `json:"kind"` // SavedPlan
	TargetName    string `json:"targetName"`
	Inputs        Inputs `json:"inputs"`
	Plan          *Plan  `json:"plan"`
}

const savedKind = "SavedPlan"

// MostSaved is how large a saved plan may be, in bytes: one in which some million
// people change.
const MostSaved = 256 << 20

// Save writes a plan bound to its inputs, as canonical JSON.
func Save(p *Plan, target string, in Inputs) ([]byte, error) {
	data, err := json.MarshalIndent(Saved{FormatVersion, savedKind, target, in, p}, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(data, '\n'), nil
}

// ErrNotPlan says that a file is not a saved plan.
var ErrNotPlan = errors.New("not a saved plan")

// Open reads a saved plan. Only what is needed to apply it is read, which of the
// plan is its base: what else it said is for people and other tools.
func Open(data []byte) (*Saved, error) {
	var s struct {
		FormatVersion string `json:"formatVersion"`
		Kind          string `json:"kind"`
		TargetName    string `json:"targetName"`
		Inputs        Inputs `json:"inputs"`
		Plan          struct {
			Base State `json:"base"`
		} `json:"plan"`
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPlan, err)
	}
	switch {
	case s.Kind != savedKind:
		return nil, ErrNotPlan
	case s.FormatVersion != FormatVersion:
		return nil, fmt.Errorf("%w of format %s, which this version of callpolicy reads; it is of format %s", ErrNotPlan, FormatVersion, s.FormatVersion)
	}
	return &Saved{FormatVersion: s.FormatVersion, Kind: s.Kind, TargetName: s.TargetName, Inputs: s.Inputs, Plan: &Plan{Base: s.Plan.Base}}, nil
}
