package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"callpolicy/compiler/bounded"
)

// readers are a few long-running `git cat-file` processes: to start one for
// each object would take a hundred times as long. They start when needed and
// end when they are closed, or with this process.
type readers struct {
	git  *gitCommand
	mode string       // --batch or --batch-check
	idle chan *reader // as many as there may be; nil for one that is not started
}

func newReaders(g *gitCommand, mode string, most int) *readers {
	r := &readers{git: g, mode: mode, idle: make(chan *reader, min(most, runtime.GOMAXPROCS(0)))}
	for range cap(r.idle) {
		r.idle <- nil
	}
	return r
}

// reader is one process, which answers one question after another.
type reader struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr *bytes.Buffer
}

// ask reads one object, given by its full id, of at most so many bytes. A reader
// that fails, or is interrupted between question and answer, is thrown away, and
// so is one that stands before an object that is larger.
func (r *readers) ask(ctx context.Context, id string, most int64) (kind string, size int64, data []byte, err error) {
	var p *reader
	select {
	case p = <-r.idle:
	case <-ctx.Done():
		return "", 0, nil, ctx.Err()
	}
	healthy := false
	defer func() {
		if !healthy {
			p = nil
		}
		r.idle <- p
	}()
	if p == nil {
		if p, err = r.start(); err != nil {
			return "", 0, nil, err
		}
	}
	stop := context.AfterFunc(ctx, p.kill)
	kind, size, data, err = p.ask(id, r.mode == "--batch", most)
	interrupted := !stop()
	if !interrupted && (err == nil || errors.Is(err, errNotFound)) {
		healthy = true
		return kind, size, data, err
	}
	p.kill()
	waitErr := p.end()
	if large, ok := errors.AsType[*bounded.TooLargeError](err); ok {
		return "", 0, nil, large
	}
	if waitErr != nil {
		err = waitErr
	}
	if interrupted {
		return "", 0, nil, ctx.Err()
	}
	return "", 0, nil, r.git.failure("cat-file", err, p.stderr.String())
}

func (r *readers) start() (*reader, error) {
	// Not the caller's context: the process outlives this question.
	cmd := r.git.command(context.Background(), "cat-file", r.mode)
	p := &reader{cmd: cmd, stderr: new(bytes.Buffer)}
	cmd.Stderr = p.stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p.in, p.out = in, bufio.NewReaderSize(out, 1<<16)
	return p, nil
}

// ask writes the id and reads "<id> <type> <size>\n", in --batch mode followed
// by the content and a line feed; or "<id> missing\n".
func (p *reader) ask(id string, content bool, most int64) (string, int64, []byte, error) {
	if _, err := io.WriteString(p.in, id+"\n"); err != nil {
		return "", 0, nil, err
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return "", 0, nil, err
	}
	words := strings.Fields(line)
	if len(words) == 2 && words[1] == "missing" {
		return "", 0, nil, errNotFound
	}
	if len(words) != 3 || words[0] != id {
		return "", 0, nil, fmt.Errorf("unexpected answer %q", line)
	}
	size, err := strconv.ParseInt(words[2], 10, 64)
	if err != nil || !content {
		return words[1], size, nil, err
	}
	if size > most {
		return "", 0, nil, &bounded.TooLargeError{Size: size, Limit: most}
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(p.out, data); err != nil {
		return "", 0, nil, err
	}
	_, err = p.out.Discard(1)
	return words[1], size, data, err
}

func (p *reader) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
}

// end closes the process's input, upon which it ends by itself.
func (p *reader) end() error {
	//lint:ignore errcheck Wait tells
	p.in.Close()
	return p.cmd.Wait()
}

func (r *readers) close() error {
	var first error
	for range cap(r.idle) {
		if p := <-r.idle; p != nil {
			if err := p.end(); err != nil && first == nil {
				first = err
			}
		}
	}
	for range cap(r.idle) { // usable again, rather than stuck
		r.idle <- nil
	}
	return first
}
