package runbook

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"callpolicy/compiler/outstanding"
)

// Progress is which steps were ticked. It is kept in a file of the repository,
// so that colleagues see it, and outlives the runbook that it began with.
type Progress struct {
	FormatVersion string `json:"formatVersion"`
	Kind          string `json:"kind"` // RunbookProgress
	Done          []Tick `json:"done"` // in the order in which they were ticked
}

// Tick is a step that was done.
type Tick struct {
	ID     string   `json:"id"`
	Kind   Kind     `json:"kind"`
	What   string   `json:"what"`
	After  string   `json:"after"`
	Title  string   `json:"title"`
	People []string `json:"people,omitempty"` // whom it named
}

// Past is a step that was ticked and is not to be done now.
type Past struct {
	Tick
	State string `json:"state"` // overtaken, moot
	By    string `json:"by,omitempty"`
}

// The states of past steps.
const (
	Overtaken = "overtaken" // a newer change asks for something else instead
	Moot      = "moot"      // nothing asks for it anymore
)

const progressKind = "RunbookProgress"

// ErrNotProgress says that a file does not hold what was ticked.
var ErrNotProgress = errors.New("not the progress of a runbook")

// NewProgress returns the progress of somebody who has done nothing yet.
func NewProgress() *Progress {
	return &Progress{FormatVersion: FormatVersion, Kind: progressKind, Done: []Tick{}}
}

// ParseProgress reads what [Progress.Encode] wrote.
func ParseProgress(data []byte) (*Progress, error) {
	p := new(Progress)
	if err := json.Unmarshal(data, p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotProgress, err)
	}
	if p.Kind != progressKind || p.FormatVersion != FormatVersion {
		return nil, ErrNotProgress
	}
	return p, nil
}

// Encode writes the progress as JSON, a line for each part of a tick, so that
// two people who tick at the same time can merge.
func (p *Progress) Encode() ([]byte, error) {
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(data, '\n'), nil
}

// UnknownStepError is the error where a runbook has no step of an id.
type UnknownStepError struct{ ID string }

func (e *UnknownStepError) Error() string { return fmt.Sprintf("there is no step %q", e.ID) }

// Tick notes that a step of a runbook is done, for everybody whom it names. The
// id may be cut short as long as it is plain which is meant. The error is an
// [*UnknownStepError].
func (p *Progress) Tick(book *Runbook, id string) error {
	var found *Step
	for _, s := range book.Steps {
		if id != "" && strings.HasPrefix(s.ID, id) {
			if found != nil {
				return &UnknownStepError{id}
			}
			found = s
		}
	}
	if found == nil {
		return &UnknownStepError{id}
	}
	t := Tick{ID: found.ID, Kind: found.Kind, What: found.What, After: found.After, Title: found.Title}
	for _, who := range found.People {
		t.People = append(t.People, who.User)
	}
	p.Done = slices.DeleteFunc(p.Done, func(have Tick) bool {
		// Opposite values of one thing cannot both be done.
		return have.Kind == t.Kind && have.What == t.What && have.People == nil && t.People == nil || have.ID == t.ID
	})
	p.Done = append(p.Done, t)
	p.Apply(book)
	return nil
}

// Apply marks the steps that are done, and tells what became of the others that
// were ticked.
func (p *Progress) Apply(book *Runbook) {
	book.Past, book.Summary.Done = nil, 0
	for _, t := range p.Done {
		if s := find(book, func(s *Step) bool { return s.ID == t.ID }); s != nil {
			s.tick(t)
			continue
		}
		past := Past{Tick: t, State: Moot}
		past.People = nil // they are of no use to a reader
		if s := find(book, func(s *Step) bool { return s.What == t.What && related(s.Kind, t.Kind) }); s != nil {
			past.State, past.By = Overtaken, s.ID
		}
		book.Past = append(book.Past, past)
	}
	for _, s := range book.Steps {
		if s.Done {
			book.Summary.Done++
		}
	}
}

// Say shows what people say of resets. Nobody has looked, so none is done by that.
func (r *Runbook) Say(ticks []outstanding.Tick) {
	for _, s := range r.Steps {
		if s.Kind != ResetInCall && s.Kind != ResetBehavior && s.Kind != ResetRequest {
			continue
		}
		setting := strings.TrimPrefix(s.What, "users.")
		for i := range s.People {
			for _, t := range ticks {
				if strings.EqualFold(t.User, s.People[i].User) && outstanding.About(setting, t.Setting) {
					s.People[i].Said = t.String()
				}
			}
		}
	}
}

func find(book *Runbook, is func(*Step) bool) *Step {
	if i := slices.IndexFunc(book.Steps, is); i >= 0 {
		return book.Steps[i]
	}
	return nil
}

// related reports whether steps of two kinds that are about one thing may stand
// in for each other.
func related(a, b Kind) bool {
	one := func(k Kind) Kind {
		switch k {
		case TemplateCreate, TemplateChange, TemplateDelete:
			return TemplateChange
		case TemplateAssign, TemplateRelease:
			return TemplateAssign
		case GroupJoin, GroupLeave:
			return GroupJoin
		case BehaviorRequest, BehaviorByHand, ResetRequest, ResetBehavior:
			return BehaviorByHand
		case InCallByHand, ResetInCall:
			return InCallByHand
		case LicenseAdd, LicenseChange, LicenseRemove, UnifiedCMRemove:
			return LicenseAdd
		case ProfileCreate, ProfileChange:
			return ProfileChange
		case TemplateRank, OrgBehavior, OrgInCall, JabberService:
		}
		return k
	}
	return one(a) == one(b)
}

// tick marks a step as done; where it names people, for those that were named
// when it was ticked.
func (s *Step) tick(t Tick) {
	if len(s.People) == 0 {
		s.Done = true
		return
	}
	s.Done = true
	for i := range s.People {
		if s.People[i].Done = slices.Contains(t.People, s.People[i].User); !s.People[i].Done {
			s.Done = false
		}
	}
}
