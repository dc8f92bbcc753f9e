package compiler

import (
	"sync"
	"time"

	"callpolicy/compiler/config"
)

// Trace gathers what was done, stage by stage. The counts depend on the input
// alone, so that a test can hold them; the times are the machine's. It may be
// used by many goroutines.
type Trace struct {
	mu     sync.Mutex
	stages []Stage
}

// Stage is one step of the work.
type Stage struct {
	Name   string
	Time   time.Duration
	Counts []Count
}

// Count says how much of something there was.
type Count struct {
	Name string
	N    int
}

// Stages returns the stages so far, in the order in which they ended.
func (t *Trace) Stages() []Stage {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stages
}

// Stage does a step of the caller's own as a stage of the trace.
func (t *Trace) Stage(name string, do func() error) error {
	done := t.start(name)
	err := do()
	done()
	return err
}

// start begins a stage, which ends when the function that it returns is called.
// A nil Trace gathers nothing.
func (t *Trace) start(name string) func(...Count) {
	if t == nil {
		return func(...Count) {}
	}
	began := time.Now()
	return func(counts ...Count) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.stages = append(t.stages, Stage{name, time.Since(began), counts})
	}
}

// loaded counts what loading took.
func loaded(cfg *config.Config) []Count {
	s := cfg.Stats
	return []Count{
		{"files", s.Files},
		{"bytes read", int(s.Bytes)},
		{"parsed", s.Parsed},
		{"from the cache", s.Kept},
		{"users", len(cfg.Users)},
		{"distinct blocks", s.Blocks},
	}
}
