package confine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

const childVariable = "CONFINE_TEST_CHILD"

// TestMain lets the test binary be the child that it starts.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	if err := Serve(context.Background(), os.Stdin, os.Stdout, map[string]Service{"count": count, "look": look, "odd": odd}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// count answers with how often the session asked, after a while of work.
func count(ctx context.Context, p *Peer) error {
	for n := 1; ; n++ {
		var work time.Duration
		if err := p.Next(&work); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		time.Sleep(work)
		if err := p.Answer(n); err != nil {
			return err
		}
	}
}

// look answers with what the parent has by a name, twice.
func look(ctx context.Context, p *Peer) error {
	var name string
	for {
		if err := p.Next(&name); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var first, second string
		if err := errors.Join(p.Look(name, &first), p.Look(name, &second)); err != nil {
			return err
		}
		if err := p.Answer(first + second); err != nil {
			return err
		}
	}
}

// odd does what a question says.
func odd(ctx context.Context, p *Peer) error {
	var what string
	if err := p.Next(&what); err != nil {
		return err
	}
	switch what {
	case "grow":
		for held := []byte("a"); ; time.Sleep(10 * time.Millisecond) {
			held = append(held, held...)
		}
	case "leave":
		os.Exit(0)
	case "process":
		return p.Answer(os.Getpid())
	}
	return errors.New("it does not work out")
}

func run(t *testing.T, limits Limits) *Run {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return New(func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, self)
		cmd.Env = []string{childVariable + "=1"}
		return cmd
	}, limits)
}

func TestSessions(t *testing.T) {
	r := run(t, Limits{})
	var group sync.WaitGroup
	for i := range 3 {
		group.Go(func() {
			s := r.Open(t.Context(), "count", nil)
			defer s.Close()
			for want := 1; want <= 20; want++ {
				var got int
				if err := s.Ask(time.Duration(0), &got); err != nil || got != want {
					t.Errorf("session %d: answer %d is %d, %v", i, want, got, err)
					return
				}
			}
		})
		group.Go(func() {
			s := r.Open(t.Context(), "look", func(name string) any { return fmt.Sprintf("<%s %d>", name, i) })
			defer s.Close()
			for k := range 20 {
				var got string
				if err := s.Ask(fmt.Sprint(k), &got); err != nil || got != fmt.Sprintf("<%d %d><%[1]d %d>", k, i) {
					t.Errorf("session %d looks: %s, %v", i, got, err)
					return
				}
			}
		})
	}
	group.Wait()
	if r.child != nil {
		t.Error("the child outlives its sessions")
	}
}

// TestTimeIsShared: the questions of all sessions have one deadline together.
func TestTimeIsShared(t *testing.T) {
	r := run(t, Limits{Time: time.Second})
	a, b := r.Open(t.Context(), "count", nil), r.Open(t.Context(), "count", nil)
	defer a.Close()
	defer b.Close()
	began := time.Now()
	var err error
	asked := 0
	for ; err == nil; asked++ {
		var n int
		err = []*Session{a, b}[asked%2].Ask(100*time.Millisecond, &n)
	}
	limit, ok := errors.AsType[*LimitError](err)
	if !ok || limit.Before || !strings.Contains(limit.Why, "longer than the 1s") || asked < 3 || asked > 11 {
		t.Errorf("after %d questions: %v", asked, err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
	for _, s := range []*Session{a, b, r.Open(t.Context(), "count", nil)} {
		var n int
		if limit, ok := errors.AsType[*LimitError](s.Ask(time.Duration(0), &n)); !ok || !limit.Before {
			t.Errorf("asked after the deadline: %v", limit)
		}
	}
	if r.child != nil {
		t.Error("the child outlives the deadline")
	}
	if limit, ok := errors.AsType[*LimitError](a.Spend(0)); !ok || !limit.Before {
		t.Errorf("spent after the deadline: %v", limit)
	}
	r = run(t, Limits{Time: time.Minute})
	s := r.Open(t.Context(), "count", nil)
	defer s.Close()
	if err := s.Spend(30 * time.Second); err != nil {
		t.Error(err)
	}
	if limit, ok := errors.AsType[*LimitError](s.Spend(31 * time.Second)); !ok || limit.Before {
		t.Errorf("more was spent than there is: %v", limit)
	}
}

func TestFaults(t *testing.T) {
	ask := func(t *testing.T, r *Run, service, what string) error {
		t.Helper()
		s := r.Open(t.Context(), service, nil)
		defer s.Close()
		var pid int
		return s.Ask(what, &pid)
	}
	t.Run("memory", func(t *testing.T) {
		limit, ok := errors.AsType[*LimitError](ask(t, run(t, Limits{Memory: 100 << 20}), "odd", "grow"))
		want := "takes more than 100 MiB of memory to evaluate"
		if raceBuild {
			want = "takes more memory than there is to evaluate"
		}
		if !ok || limit.Why != want {
			t.Errorf("%v", limit)
		}
	})
	for name, test := range map[string]struct{ service, question, want string }{
		"an error":    {"odd", "fail", "it does not work out"},
		"it is gone":  {"odd", "leave", "ended too early"},
		"no service":  {"even", "fail", `no service is called "even"`},
		"not to look": {"look", "x", "unsupported"},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, Limits{})
			if err := ask(t, r, test.service, test.question); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Error(err)
			}
			if err := ask(t, r, "odd", "process"); err != nil {
				t.Errorf("there is no other child after it: %v", err)
			}
		})
	}
	t.Run("canceled", func(t *testing.T) {
		r := run(t, Limits{})
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		s, other := r.Open(ctx, "count", nil), r.Open(t.Context(), "count", nil)
		defer s.Close()
		defer other.Close()
		var n int
		if err := other.Ask(time.Duration(0), &n); err != nil {
			t.Error(err)
		}
		if err := s.Ask(time.Minute, &n); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if err := other.Ask(time.Duration(0), &n); !errors.Is(err, errGone) {
			t.Error(err)
		}
	})
}

// TestParentGone: a child whose parent is gone ends, whatever it is doing.
func TestParentGone(t *testing.T) {
	r := run(t, Limits{})
	cmd := r.command(t.Context())
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err == nil {
			t.Error("it ends as if it had been asked something")
		}
	case <-time.After(20 * time.Second):
		t.Error("the child waits for nobody")
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("CUE_EXPERIMENT", "x")
	t.Setenv("CUE_DEBUG", "x")
	for _, given := range [][]string{nil, {"PATH=/bin", "CUE_DEBUG=x", "cue_registry=y"}} {
		for _, v := range environment(given) {
			if strings.HasPrefix(strings.ToUpper(v), "CUE_") {
				t.Errorf("%v passes on %s", given, v)
			}
		}
	}
	// An empty slice is an empty environment; nil would be the parent's.
	if environment(nil) == nil {
		t.Error("the child inherits everything")
	}
}
