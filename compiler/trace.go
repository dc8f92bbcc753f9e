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
	// Watcher, where it is not nil, is told of each stage while it lasts.
	Watcher Watcher

	mu     sync.Mutex
	stages []Stage
}

// Watcher shows somebody who waits what is being done. It is told by many
// goroutines at once, and often, so it must be quick. Stages may lie in another.
type Watcher interface {
	// Begin and End are called for every stage, also for one that failed.
	Begin(stage string)
	End(stage string)
	// Advance says that done parts of all in the innermost stage are behind it.
	Advance(done, all int)
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
	defer done()
	return do()
}

// Advance tells the watcher, if there is one, how far the stage is.
func (t *Trace) Advance(done, all int) {
	if t != nil && t.Watcher != nil {
		t.Watcher.Advance(done, all)
	}
}

// start begins a stage, which ends when the function that it returns is called:
// once, whatever becomes of it. A nil Trace gathers nothing.
func (t *Trace) start(name string) func(...Count) {
	if t == nil {
		return func(...Count) {}
	}
	if t.Watcher != nil {
		t.Watcher.Begin(name)
	}
	began := time.Now()
	return func(counts ...Count) {
		if t.Watcher != nil {
			t.Watcher.End(name)
		}
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
		{"linked anew", s.Linked},
		{"distinct blocks", s.Blocks},
	}
}
