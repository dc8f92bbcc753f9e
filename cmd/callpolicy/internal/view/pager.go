package view

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"
)

// Paged has show write to w, through a pager where w is a terminal with somebody
// before it and what is shown does not fit. The pager is what CALLPOLICY_PAGER or
// PAGER name, a program and its arguments; cat is none. Whoever leaves it early
// has seen enough, which is no error.
func Paged(w io.Writer, getenv func(string) string, show func(io.Writer) error) error {
	p := &pager{out: w, getenv: getenv}
	if f, ok := w.(*os.File); ok && interactive(w, getenv) && getenv("GIT_PAGER_IN_USE") == "" {
		if _, height, err := term.GetSize(int(f.Fd())); err == nil {
			p.rows = height
		}
	}
	if p.rows == 0 {
		return show(w)
	}
	return errors.Join(show(p), p.close())
}

// pager holds what is written until it fills the screen, and only then bothers
// anybody with another program.
type pager struct {
	out    io.Writer
	getenv func(string) string
	rows   int // of the screen
	held   bytes.Buffer
	to     io.Writer // where all goes once the screen is full
	stop   func() error
}

func (p *pager) Write(data []byte) (int, error) {
	if p.to != nil {
		return p.pass(data)
	}
	p.held.Write(data)
	// A line is left for the shell's prompt.
	if bytes.Count(p.held.Bytes(), []byte("\n")) < p.rows {
		return len(data), nil
	}
	p.start()
	_, err := p.pass(p.held.Bytes())
	return len(data), err
}

// pass writes to the pager, or to nobody after it has ended.
func (p *pager) pass(data []byte) (int, error) {
	if _, err := p.to.Write(data); err != nil {
		if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, os.ErrClosed) {
			return 0, err
		}
		p.to = io.Discard
	}
	return len(data), nil
}

// start starts the pager. Without one everything goes to the terminal itself.
func (p *pager) start() {
	p.to, p.stop = p.out, func() error { return nil }
	command := pagerCommand(p.getenv)
	if len(command) == 0 {
		return
	}
	cmd := exec.Command(command[0], command[1:]...) //nolint:gosec,noctx // it is the user's own choice, and ends when the user likes
	cmd.Stdout, cmd.Stderr = p.out, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return
	}
	if err := cmd.Start(); err != nil {
		return // it is not here
	}
	// In a pager Ctrl-C stops a search, and not the pager. To end before it does
	// would leave it alone with the terminal.
	signal.Ignore(os.Interrupt)
	p.to = in
	p.stop = func() error {
		defer signal.Reset(os.Interrupt)
		if err := in.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			return err
		}
		// How a pager ends says nothing about the plan.
		if err := cmd.Wait(); err != nil {
			if _, ended := errors.AsType[*exec.ExitError](err); !ended {
				return err
			}
		}
		return nil
	}
}

// close shows what is still held, or waits until the user leaves the pager.
func (p *pager) close() error {
	if p.to == nil {
		_, err := p.out.Write(p.held.Bytes())
		return err
	}
	return p.stop()
}

// pagerCommand returns the words of the pager's command, none for no pager. A
// less that is not told otherwise ends by itself where all fits, leaves the text
// on the screen, and shows colors.
func pagerCommand(getenv func(string) string) []string {
	command := []string{"less", "-FRX"}
	for _, name := range []string{"PAGER", "CALLPOLICY_PAGER"} {
		if words := strings.Fields(getenv(name)); len(words) > 0 {
			command = words
		}
	}
	switch {
	case len(command) == 1 && command[0] == "cat":
		return nil
	case len(command) == 1 && command[0] == "less" && getenv("LESS") == "":
		return []string{"less", "-FRX"}
	}
	return command
}
