package cue

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// InChild evaluates everything that is more than data in a child process, which
// is killed when an instance takes longer or more memory than limits allow. That
// instance gets a diagnostic; the others are evaluated by a new child.
//
// The command must run [Serve] on its standard input and output, and end
// with it; usually it is the program itself with a hidden sub-command. Each
// call returns a fresh command bound to the context. The child gets the
// environment that command sets, or next to none, and never the variables that
// change how CUE works.
func InChild(command func(context.Context) *exec.Cmd, limits Limits) Evaluator {
	return &inChild{command: command, limits: limits.orDefaults()}
}

// maxBlownUp is how many instances may run over their limits before the rest is
// not evaluated any more, so that a hundred of them do not cost a hundred times
// as much.
const maxBlownUp = 3

// startTime is what a child may take to start, on a machine that is busy.
const startTime = 10 * time.Second

type inChild struct {
	command func(context.Context) *exec.Cmd
	limits  Limits
}

func (c *inChild) Evaluate(ctx context.Context, req Request) ([]*syntax.Tree, diag.List, error) {
	p, err := newPlan(ctx, req)
	if err != nil {
		return nil, nil, err
	}
	local := newEngine(p.files, nil)
	var pending []int
	for i := range p.units {
		switch {
		case p.results[i].Root != nil:
		case p.data[i] && p.units[i].Module == "":
			p.results[i] = local.evaluate(&p.units[i]) // data cannot run away
		default:
			pending = append(pending, i)
		}
	}
	for blown := 0; len(pending) > 0; blown++ {
		if blown == maxBlownUp {
			for _, i := range pending {
				p.results[i] = outcome{Diags: diag.List{p.limit(i, "%s was not evaluated, since the instances before it took all the time there is", p.units[i].name())}}
			}
			break
		}
		if pending, err = c.run(ctx, p, pending); err != nil {
			return nil, nil, err
		}
	}
	return p.finish()
}

func (p *plan) limit(i int, format string, args ...any) *diag.Diagnostic {
	u := p.units[i]
	d := diag.New(diag.LoadCueLimit, p.files.offset(u.Files[0], 0, syntax.String), format, args...).
		Because("CUE is a language, and a program in it can run without end. Policies take a moment.").
		Try("Look for a definition that refers to itself, or for comprehensions inside comprehensions.")
	for _, name := range u.Files[1:] {
		d.See(p.files.offset(name, 0, syntax.String), "this file is part of it")
	}
	return d
}

// run starts one child for the pending units. It returns those that are left
// when a unit ran over its limits.
func (c *inChild) run(ctx context.Context, p *plan, pending []int) (left []int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := c.command(ctx)
	cmd.Env = childEnvironment(cmd.Env)
	cmd.WaitDelay = time.Second
	var complaint complaints
	cmd.Stderr = &complaint
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the CUE evaluation: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the CUE evaluation: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the CUE evaluation: %w", err)
	}
	waited := false
	wait := func() error {
		waited = true
		return cmd.Wait()
	}
	defer func() {
		if !waited {
			cancel()
			_ = cmd.Process.Kill() // it may have ended by itself
			_ = wait()             // it was killed, and that is all it has to say
		}
	}()

	messages := make(chan childMessage)
	go func() {
		defer close(messages)
		for dec := gob.NewDecoder(stdout); ; {
			var m childMessage
			if dec.Decode(&m) != nil {
				return // the exit status says why
			}
			select {
			case messages <- m:
			case <-ctx.Done():
				return
			}
		}
	}()

	enc := gob.NewEncoder(stdin)
	req := childRequest{Project: p.files.project, Hidden: p.files.hidden, Memory: c.limits.Memory}
	for _, i := range pending {
		req.Units = append(req.Units, p.units[i])
	}
	if err := enc.Encode(req); err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}

	deadline := time.NewTimer(c.limits.Time + startTime)
	defer deadline.Stop()
	current, done := -1, map[int]bool{}
	blow := func(format string, args ...any) []int {
		var left []int
		for k, i := range pending {
			switch {
			case done[k]:
			case k == current || current < 0: // while loading, it may be any of them
				p.results[i] = outcome{Diags: diag.List{p.limit(i, "%s %s", p.units[i].name(), fmt.Sprintf(format, args...))}}
			default:
				left = append(left, i)
			}
		}
		return left
	}
	for len(done) < len(pending) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-deadline.C:
			return blow("takes longer than %s to evaluate", c.limits.Time), nil
		case m, ok := <-messages:
			if !ok {
				err := wait()
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				if why := complaint.limit(err); why != "" {
					return blow("%s", why), nil
				}
				return nil, fmt.Errorf("the CUE evaluation ended too early: %w: %s", errors.Join(err, errChildEnded), complaint.text())
			}
			switch m.Kind {
			case asks:
				_ = enc.Encode(p.files.answer(m.Name)) // if the child is gone, the messages end
			case begins:
				current = m.Unit
				deadline.Reset(c.limits.Time)
			case ends:
				if m.Unit < 0 || m.Unit >= len(pending) {
					return nil, fmt.Errorf("the CUE evaluation answers for unit %d of %d", m.Unit, len(pending))
				}
				if p.results[pending[m.Unit]], err = m.unpack(); err != nil {
					return nil, err
				}
				done[m.Unit] = true
				deadline.Reset(c.limits.Time)
			case memory:
				return blow("takes more than %d MiB of memory to evaluate", c.limits.Memory>>20), nil
			}
		}
	}
	return nil, nil
}

var errChildEnded = errors.New("the child process ended")

// answer is what the child gets to see of a file or a folder.
func (f *sources) answer(name string) childAnswer {
	a := childAnswer{Name: name}
	info, err := fs.Stat(f.repo, name)
	if err == nil && info.IsDir() {
		a.IsDir = true
		var entries []fs.DirEntry
		entries, err = fs.ReadDir(f.repo, name)
		for _, e := range entries {
			a.Items = append(a.Items, childItem{e.Name(), e.IsDir()})
		}
	} else if err == nil {
		a.Data, err = f.ReadFile(name)
	}
	if err != nil {
		a.Failed, a.Absent = readError(err), errors.Is(err, fs.ErrNotExist)
	}
	return a
}

// childEnvironment leaves the child nothing that changes what CUE does.
func childEnvironment(env []string) []string {
	if env == nil {
		env = []string{}
		if root, ok := os.LookupEnv("SYSTEMROOT"); ok { // Windows starts nothing without it
			env = append(env, "SYSTEMROOT="+root)
		}
	}
	return slices.DeleteFunc(slices.Clone(env), func(v string) bool { return strings.HasPrefix(strings.ToUpper(v), "CUE_") })
}

// complaints keeps the beginning of what a child writes to its standard error, where
// the Go runtime says why it gave up.
type complaints struct{ buf bytes.Buffer }

func (t *complaints) Write(b []byte) (int, error) {
	if room := 8<<10 - t.buf.Len(); room > 0 {
		t.buf.Write(b[:min(room, len(b))])
	}
	return len(b), nil
}

func (t *complaints) text() string {
	text, _, _ := strings.Cut(strings.TrimSpace(t.buf.String()), "\n")
	return oneLine(text)
}

// limit says which limit ended a child that could not say so itself, or nothing.
func (t *complaints) limit(err error) string {
	text := t.buf.String()
	switch {
	case strings.Contains(text, "stack exceeds") || strings.Contains(text, "stack overflow"):
		return "goes too deep to evaluate"
	case strings.Contains(text, "out of memory"), strings.Contains(text, "cannot allocate memory"),
		strings.Contains(text, "failed to allocate"): // the last in a build with the race detector
		return "takes more memory than there is to evaluate"
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == -1 {
		return "was stopped by the system while it was evaluated" // a signal, usually for want of memory
	}
	return ""
}
