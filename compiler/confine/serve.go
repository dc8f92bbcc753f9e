package confine

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// Service answers the questions of one session, until [Peer.Next] says that
// there are no more. An error ends the child.
type Service func(ctx context.Context, p *Peer) error

// ErrMemory says that a child took more memory than it may.
var ErrMemory = errors.New("the CUE evaluation takes more memory than it may")

// Serve is the other end of a [Run]: it has services answer what is asked on
// stdin. It wants a process of its own, since it limits the memory of the whole
// process, and one that ends when it returns: work that ran over a limit is
// still running then.
func Serve(ctx context.Context, stdin io.Reader, stdout io.Writer, services map[string]Service) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// The pipe notices when the parent is gone, so that no work goes on for nobody.
	heard, said := io.Pipe()
	go func() {
		_, err := io.Copy(said, stdin)
		cancel(errors.Join(err, errParentGone))
		_ = said.Close() // a pipe in memory
	}()
	s := &server{ctx: ctx, services: services, enc: gob.NewEncoder(stdout), dec: gob.NewDecoder(heard), peers: map[int]*Peer{}}
	var limit int64
	if err := s.dec.Decode(&limit); err != nil {
		return fmt.Errorf("read the limit: %w", err)
	}
	limitMemory(limit)
	go watchMemory(ctx, limit, func() { cancel(ErrMemory) })
	done := make(chan error, 1)
	go func() { done <- s.serve() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		if err := context.Cause(ctx); !errors.Is(err, errParentGone) {
			return err
		}
		return nil // its end is how it says that there is nothing more to do
	}
}

var errParentGone = errors.New("the parent process is gone")

// server is the child's end of the conversation.
type server struct {
	ctx      context.Context // of the process
	services map[string]Service
	enc      *gob.Encoder
	dec      *gob.Decoder
	peers    map[int]*Peer // by number of the session
}

// serve hands each question to the service of its session, and waits for the
// answer before it reads on.
func (s *server) serve() error {
	if err := s.enc.Encode(true); err != nil { // ready
		return err
	}
	for {
		var h header
		if err := s.dec.Decode(&h); err != nil {
			return fmt.Errorf("listen to the parent: %w", err)
		}
		p := s.peers[h.Session]
		if p == nil {
			if p = s.begin(h.Service); p == nil {
				return fmt.Errorf("no service is called %q", h.Service)
			}
			s.peers[h.Session] = p
		}
		if h.Ends {
			close(p.turn)
			delete(s.peers, h.Session)
			continue
		}
		p.turn <- struct{}{}
		select {
		case <-p.answered:
		case err := <-p.failed:
			return err
		}
	}
}

func (s *server) begin(name string) *Peer {
	service := s.services[name]
	if service == nil {
		return nil
	}
	p := &Peer{server: s, turn: make(chan struct{}), answered: make(chan struct{}), failed: make(chan error, 1)}
	go func() { p.failed <- service(s.ctx, p) }()
	return p
}

// Peer is the parent as a service sees it.
type Peer struct {
	server   *server
	looking  sync.Mutex
	turn     chan struct{} // closed with the session
	answered chan struct{}
	failed   chan error
}

// Next reads the next question. It returns [io.EOF] when there are no more.
func (p *Peer) Next(question any) error {
	if _, ok := <-p.turn; !ok {
		return io.EOF
	}
	if err := p.server.dec.Decode(question); err != nil {
		return fmt.Errorf("listen to the parent: %w", err)
	}
	return nil
}

// Answer answers the question that was read last.
func (p *Peer) Answer(answer any) error {
	if err := errors.Join(p.server.enc.Encode(reply{Answers: true}), p.server.enc.Encode(answer)); err != nil {
		return fmt.Errorf("answer the parent: %w", err)
	}
	p.answered <- struct{}{}
	return nil
}

// Look asks the parent for something by its name, between a question and its
// answer. It may be called by several goroutines.
func (p *Peer) Look(name string, found any) error {
	p.looking.Lock()
	defer p.looking.Unlock()
	if err := p.server.enc.Encode(reply{Look: name}); err != nil {
		return fmt.Errorf("ask the parent: %w", err)
	}
	if err := p.server.dec.Decode(found); err != nil {
		return fmt.Errorf("listen to the parent: %w", err)
	}
	return nil
}

// limitMemory sets what this process may hold. A short-lived process rather
// takes memory than collects garbage, until it comes near its limit.
func limitMemory(limit int64) {
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(limit - limit/8)
	debug.SetMaxStack(256 << 20)
	limitProcessMemory(limit + limit/4 + 256<<20)
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
