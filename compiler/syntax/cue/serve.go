package cue

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"runtime/metrics"
	"sync"
	"time"
)

// ErrMemory says that an evaluation took more memory than it may.
var ErrMemory = errors.New("the CUE evaluation takes more memory than it may")

// Serve is the other end of [InChild]: it evaluates what the parent sends
// on stdin and writes what comes out to stdout. It wants a process of its own,
// since it limits the memory of the whole process, and one that ends when it
// returns: an evaluation that ran over its limits is still running then.
func Serve(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	var req childRequest
	dec := gob.NewDecoder(stdin)
	if err := dec.Decode(&req); err != nil {
		return fmt.Errorf("read the request: %w", err)
	}
	limitMemory(req.Memory)

	c := &child{enc: gob.NewEncoder(stdout), answers: make(chan childAnswer)}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go c.listen(ctx, dec, cancel)
	go watchMemory(ctx, req.Memory, func() {
		_ = c.send(childMessage{Kind: memory}) // if the parent is gone, there is nobody to tell
		cancel(ErrMemory)
	})
	done := make(chan error, 1)
	go func() { done <- c.serve(ctx, req) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

type child struct {
	mu      sync.Mutex // of enc
	enc     *gob.Encoder
	asking  sync.Mutex // one question at a time
	answers chan childAnswer
}

func (c *child) send(m childMessage) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enc.Encode(m); err != nil {
		return fmt.Errorf("answer the parent: %w", err)
	}
	return nil
}

func (c *child) serve(ctx context.Context, req childRequest) error {
	files := newSources(&parentFS{child: c, ctx: ctx, known: map[string]childAnswer{}}, req.Project)
	files.hidden = req.Hidden
	engine := newEngine(files, req.Units)
	for i := range req.Units {
		if err := c.send(childMessage{Kind: begins, Unit: i}); err != nil {
			return err
		}
		m := childMessage{Kind: ends, Unit: i}
		if err := m.pack(engine.evaluate(&req.Units[i])); err != nil {
			return err
		}
		if err := c.send(m); err != nil {
			return err
		}
	}
	return nil
}

// listen takes the parent's answers. It notices when the parent is gone, so
// that no evaluation goes on for nobody.
func (c *child) listen(ctx context.Context, dec *gob.Decoder, cancel context.CancelCauseFunc) {
	for {
		var a childAnswer
		if err := dec.Decode(&a); err != nil {
			cancel(fmt.Errorf("listen to the parent: %w", err))
			return
		}
		select {
		case c.answers <- a:
		case <-ctx.Done():
			return
		}
	}
}

// watchMemory calls over when the process holds more memory than it may.
func watchMemory(ctx context.Context, limit int64, over func()) {
	held := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		metrics.Read(held)
		if held[0].Value.Uint64()+held[1].Value.Uint64() > uint64(limit) {
			over()
			return
		}
	}
}

// parentFS is the repository as the parent holds it.
type parentFS struct {
	child *child
	ctx   context.Context // of the process; an fs.FS has no other way to learn of it
	known map[string]childAnswer
}

func (p *parentFS) ask(name string) (childAnswer, error) {
	p.child.asking.Lock()
	defer p.child.asking.Unlock()
	a, ok := p.known[name]
	if !ok {
		if err := p.child.send(childMessage{Kind: asks, Name: name}); err != nil {
			return a, err
		}
		select {
		case a = <-p.child.answers:
		case <-p.ctx.Done():
			return a, p.ctx.Err()
		}
		p.known[name] = a
	}
	switch {
	case a.Absent:
		return a, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case a.Failed != "":
		return a, &fs.PathError{Op: "open", Path: name, Err: errors.New(a.Failed)}
	}
	return a, nil
}

// Open asks the parent for a file or a folder.
func (p *parentFS) Open(name string) (fs.File, error) {
	a, err := p.ask(name)
	if err != nil {
		return nil, err
	}
	return &parentFile{Reader: bytes.NewReader(a.Data), parentInfo: parentInfo{path.Base(name), a.IsDir, int64(len(a.Data))}, items: a.Items}, nil
}

// ReadDir asks the parent for the items of a folder.
func (p *parentFS) ReadDir(name string) ([]fs.DirEntry, error) {
	a, err := p.ask(name)
	if err != nil {
		return nil, err
	}
	entries := make([]fs.DirEntry, len(a.Items))
	for i, item := range a.Items {
		entries[i] = parentInfo{name: item.Name, dir: item.IsDir}
	}
	return entries, nil
}

type parentFile struct {
	*bytes.Reader
	parentInfo
	items []childItem
}

func (f *parentFile) Stat() (fs.FileInfo, error) { return f.parentInfo, nil }
func (f *parentFile) Close() error               { return nil }
func (f *parentFile) Size() int64                { return f.parentInfo.Size() }

type parentInfo struct {
	name string
	dir  bool
	size int64
}

func (i parentInfo) Name() string               { return i.name }
func (i parentInfo) IsDir() bool                { return i.dir }
func (i parentInfo) Size() int64                { return i.size }
func (i parentInfo) ModTime() time.Time         { return time.Time{} }
func (i parentInfo) Sys() any                   { return nil }
func (i parentInfo) Info() (fs.FileInfo, error) { return i, nil }
func (i parentInfo) Type() fs.FileMode          { return i.Mode().Type() }
func (i parentInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
