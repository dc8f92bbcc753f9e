// Package confine has work on input of people who are not to be trusted done in
// a child process, within a deadline and a limit of memory.
//
// CUE is a language, a program in it can run without end, and its evaluation
// cannot be canceled: only a process can be ended. A [Run] starts one, which may
// do all kinds of work: a [Session] speaks with one [Service] of it. All sessions
// of a run share one deadline and one limit of memory. Once a limit is reached
// the child is ended, and nothing more is asked in that run.
//
// The package knows nothing of CUE: what questions and answers are is agreed
// between whoever opens a session and the service. Both are values of
// encoding/gob. A child reads no file: what it needs it asks its parent for.
package confine

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Limits bound what all the work of a run may cost. A zero field means its default.
type Limits struct {
	Time   time.Duration // how long a child may work, all in all; 15 seconds by default
	Memory int64         // how many bytes a child may hold; 1 GiB by default
}

const (
	defaultTime   = 15 * time.Second
	defaultMemory = 1 << 30

	startTime = 10 * time.Second // what a child may take to start, on a machine that is busy
)

// Run is where the work of one run of the program is done. It may be used by
// many goroutines; the child does one thing at a time. It needs no end: the
// child lives while a session is open.
type Run struct {
	command func(context.Context) *exec.Cmd
	limits  Limits

	mu    sync.Mutex // whoever talks to the child has it
	child *child     // nil while none is needed
	open  int        // sessions
	next  int        // the number of the next session
	left  time.Duration
	over  *LimitError
}

// New returns a run. Command returns a fresh command that runs [Serve] on its
// standard input and output, and ends with it; usually it is the program itself
// with a hidden sub-command. The child gets the environment that command sets,
// or next to none, and never the variables that change how CUE works.
func New(command func(context.Context) *exec.Cmd, limits Limits) *Run {
	if limits.Time <= 0 {
		limits.Time = defaultTime
	}
	if limits.Memory <= 0 {
		limits.Memory = defaultMemory
	}
	return &Run{command: command, limits: limits, left: limits.Time}
}

// LimitError says that an answer went over a limit, and that there will be none
// to any other question of the run.
type LimitError struct {
	Why    string // "takes more than 1024 MiB of memory to evaluate"
	Before bool   // the limit was reached before the question was asked
}

func (e *LimitError) Error() string { return "the CUE evaluation " + e.Why }

// Session is a conversation with one service of the child. Its questions are
// asked one after another.
type Session struct {
	run     *Run
	ctx     context.Context // of everything that is asked
	service string
	look    func(name string) any
	number  int
	child   *child // that knows of the session; nil before the first question
}

// Open begins a session with a service, which the caller has to close; it asks
// nothing once ctx is done. While the service looks for an answer it may ask for
// something by name, which look returns; without look it may not.
func (r *Run) Open(ctx context.Context, service string, look func(name string) any) *Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open++
	r.next++
	return &Session{run: r, ctx: ctx, service: service, look: look, number: r.next}
}

// Close ends the session, and the child with the last one.
func (s *Session) Close() {
	r := s.run
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open--; r.child == nil {
		return
	}
	if r.open == 0 {
		r.end()
	} else if s.child == r.child {
		_ = r.child.enc.Encode(header{Session: s.number, Ends: true}) // if the child is gone, the next question says so
	}
}

// Ask sends a question and waits for the answer. The error is a [LimitError]
// where a limit was the reason; then, as after every other error, the child is gone.
func (s *Session) Ask(question, answer any) error {
	r, ctx := s.run, s.ctx
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.over != nil:
		return &LimitError{r.over.Why, true}
	case ctx.Err() != nil:
		return ctx.Err()
	case s.child == nil && r.child == nil:
		if err := r.start(ctx); err != nil {
			return err
		}
	case s.child != nil && s.child != r.child:
		return errGone
	}
	h := header{Session: s.number}
	if s.child == nil {
		h.Service, s.child = s.service, r.child
	}
	began := time.Now()
	err := r.await(ctx, r.left, r.late(), func() error { return s.child.ask(h, question, answer, s.look) })
	r.left -= time.Since(began)
	return err
}

// Spend counts what the parent itself took for work that is as little to be
// trusted. The error says that there is no time left.
func (s *Session) Spend(took time.Duration) error {
	r := s.run
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over != nil {
		return &LimitError{r.over.Why, true}
	}
	if r.left -= took; r.left < 0 {
		r.over = r.late()
		return r.over
	}
	return nil
}

// late says that the time is up.
func (r *Run) late() *LimitError {
	return &LimitError{Why: fmt.Sprintf("takes longer than the %s that a run has for all of its CUE", r.limits.Time)}
}

var (
	errGone      = errors.New("the CUE evaluation ended during another question")
	errSlowStart = fmt.Errorf("the CUE evaluation did not start within %s", startTime)
)

// start starts a child and waits until it is ready.
func (r *Run) start(ctx context.Context) error {
	c, err := startChild(ctx, r.command)
	if err != nil {
		return fmt.Errorf("start the CUE evaluation: %w", err)
	}
	r.child = c
	return r.await(ctx, startTime, errSlowStart, func() error { return c.greet(r.limits.Memory) })
}

// await lets the child take its time, but no more. It ends one that fails.
func (r *Run) await(ctx context.Context, patience time.Duration, late error, exchange func() error) error {
	done := make(chan error, 1)
	go func() { done <- exchange() }()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	var err error
	select {
	case err = <-done:
		if err == nil {
			return nil
		}
		err = r.reason(ctx, err)
	case <-deadline.C:
		err = late
	case <-ctx.Done():
		err = ctx.Err()
	}
	r.over, _ = errors.AsType[*LimitError](err)
	r.end()
	return err
}

// reason says why the child went away.
func (r *Run) reason(ctx context.Context, err error) error {
	kill := time.AfterFunc(time.Second, r.child.cancel) // it ends by itself, or is not in order
	ended := r.child.wait()
	if !kill.Stop() && ctx.Err() == nil {
		return fmt.Errorf("the CUE evaluation went wrong: %w", err)
	}
	complaint := &r.child.complaint
	switch why := complaint.limit(ended); {
	case ctx.Err() != nil:
		return ctx.Err()
	case strings.Contains(complaint.text(), ErrMemory.Error()):
		return &LimitError{Why: fmt.Sprintf("takes more than %d MiB of memory to evaluate", r.limits.Memory>>20)}
	case why != "":
		return &LimitError{Why: why}
	}
	return fmt.Errorf("the CUE evaluation ended too early: %w: %s", errors.Join(err, ended), complaint.text())
}

func (r *Run) end() {
	r.child.cancel()
	_ = r.child.wait() // it was killed, and that is all it has to say
	r.child = nil
}

// child is the process.
type child struct {
	cancel    context.CancelFunc
	wait      func() error
	enc       *gob.Encoder
	dec       *gob.Decoder
	complaint complaints
}

func startChild(ctx context.Context, command func(context.Context) *exec.Cmd) (*child, error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // it may outlive the question that starts it
	cmd := command(ctx)
	c := &child{cancel: cancel, wait: sync.OnceValue(cmd.Wait)}
	cmd.Env = environment(cmd.Env)
	cmd.WaitDelay = time.Second
	cmd.Stderr = &c.complaint
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		cancel()
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, err
	}
	c.enc, c.dec = gob.NewEncoder(stdin), gob.NewDecoder(stdout)
	return c, nil
}

// greet tells the child its limit, and waits until it is ready.
func (c *child) greet(memory int64) error {
	var ready bool
	return errors.Join(c.enc.Encode(memory), c.dec.Decode(&ready))
}

// ask asks one question, and answers what the child asks meanwhile.
func (c *child) ask(h header, question, answer any, look func(string) any) error {
	if err := errors.Join(c.enc.Encode(h), c.enc.Encode(question)); err != nil {
		return err
	}
	for {
		var r reply
		switch err := c.dec.Decode(&r); {
		case err != nil:
			return err
		case r.Answers:
			return c.dec.Decode(answer)
		case look == nil:
			return fmt.Errorf("the child asks for %q: %w", r.Look, errors.ErrUnsupported)
		}
		if err := c.enc.Encode(look(r.Look)); err != nil {
			return err
		}
	}
}

// The two processes speak gob. The parent opens with the limit of memory; the
// child says true when it is ready. Then the parent sends a header and a
// question, and the child replies, until it replies with the answer.
type (
	header struct {
		Session int
		Service string // with the first question of a session
		Ends    bool   // the session; there is no question
	}
	reply struct {
		Answers bool   // the answer follows
		Look    string // what the child wants to have; it is sent back
	}
)
