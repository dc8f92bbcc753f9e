package cue

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// Confined is a child process that answers questions about CUE of people who
// are not to be trusted. It is asked one question at a time, and ended when an
// answer takes longer or more memory than its limits allow. What the questions
// are is agreed between whoever starts it and whoever serves; both are gob.
type Confined struct {
	ctx       context.Context // of the process
	cancel    context.CancelFunc
	cmd       *exec.Cmd
	limits    Limits
	enc       *gob.Encoder
	dec       *gob.Decoder
	complaint complaints
	started   bool
	over      error // why it ended
	wait      func() error
}

// LimitError says that an answer went over a limit, and that the child is gone.
type LimitError struct {
	Why string // "takes longer than 20s to evaluate"
}

func (e *LimitError) Error() string { return "the CUE evaluation " + e.Why }

// Confine starts a command that runs [ServeConfined] on its standard input and
// output. The caller has to close what it returns.
func Confine(ctx context.Context, command func(context.Context) *exec.Cmd, limits Limits) (*Confined, error) {
	ctx, cancel := context.WithCancel(ctx)
	c := &Confined{ctx: ctx, cancel: cancel, cmd: command(ctx), limits: limits.orDefaults()}
	c.cmd.Env = childEnvironment(c.cmd.Env)
	c.cmd.WaitDelay = time.Second
	c.cmd.Stderr = &c.complaint
	stdin, err1 := c.cmd.StdinPipe()
	stdout, err2 := c.cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		cancel()
		return nil, fmt.Errorf("start the CUE evaluation: %w", err)
	}
	if err := c.cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("start the CUE evaluation: %w", err)
	}
	c.wait = sync.OnceValue(c.cmd.Wait)
	c.enc, c.dec = gob.NewEncoder(stdin), gob.NewDecoder(stdout)
	_ = c.enc.Encode(c.limits.Memory) // if the child is gone already, the first answer says so
	return c, nil
}

// Ask sends a question and waits for the answer. After an error the child is
// gone, and every further question gets the same one: a [LimitError] where a
// limit was the reason.
func (c *Confined) Ask(question, answer any) error {
	if !c.started {
		var ready bool
		c.await(startTime, func() error { return c.dec.Decode(&ready) })
		c.started = true
	}
	c.await(c.limits.Time, func() error {
		if err := c.enc.Encode(question); err != nil {
			return err
		}
		return c.dec.Decode(answer)
	})
	return c.over
}

// await lets the child take its time, but no more. It ends one that fails.
func (c *Confined) await(patience time.Duration, exchange func() error) {
	if c.over != nil {
		return
	}
	done := make(chan error, 1)
	go func() { done <- exchange() }()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	select {
	case err := <-done:
		if err == nil {
			return
		}
		c.over = c.reason(err)
	case <-deadline.C:
		c.over = &LimitError{fmt.Sprintf("takes longer than %s to evaluate", patience)}
	case <-c.ctx.Done():
		c.over = c.ctx.Err()
	}
	c.end()
}

// reason says why the child went away.
func (c *Confined) reason(err error) error {
	ended := c.wait()
	switch why := c.complaint.limit(ended); {
	case c.ctx.Err() != nil:
		return c.ctx.Err()
	case strings.Contains(c.complaint.text(), ErrMemory.Error()):
		return &LimitError{fmt.Sprintf("takes more than %d MiB of memory to evaluate", c.limits.Memory>>20)}
	case why != "":
		return &LimitError{why}
	}
	return fmt.Errorf("the CUE evaluation ended too early: %w: %s", errors.Join(err, ended), c.complaint.text())
}

func (c *Confined) end() {
	c.cancel()
	_ = c.wait() // it was killed, and that is all it has to say
}

// Close ends the child.
func (c *Confined) Close() error {
	c.end()
	return nil
}

// ServeConfined is the other end of [Confine]: serve reads questions and writes
// answers until there are none. It wants a process of its own, since it limits
// the memory of the whole process, and one that ends when it returns.
func ServeConfined(ctx context.Context, stdin io.Reader, stdout io.Writer, serve func(*gob.Decoder, *gob.Encoder) error) error {
	dec := gob.NewDecoder(stdin)
	var limit int64
	if err := dec.Decode(&limit); err != nil {
		return fmt.Errorf("read the limit: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	limitMemory(limit)
	go watchMemory(ctx, limit, func() { cancel(ErrMemory) })
	done := make(chan error, 1)
	go func() {
		enc := gob.NewEncoder(stdout)
		if err := enc.Encode(true); err != nil { // ready
			done <- err
			return
		}
		done <- serve(dec, enc)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// limitMemory sets what this process may hold. A short-lived process rather
// takes memory than collects garbage, until it comes near its limit.
func limitMemory(limit int64) {
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(limit - limit/8)
	debug.SetMaxStack(256 << 20)
	limitProcessMemory(limit + limit/4 + 256<<20)
}
