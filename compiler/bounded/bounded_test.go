package bounded_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/bounded"
)

// A file that is too large is measured, and costs no memory.
func TestTooLarge(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "large")
	if err := errors.Join(os.WriteFile(name, nil, 0o644), os.Truncate(name, 3<<30)); err != nil {
		t.Fatal(err)
	}
	for what, read := range map[string]func() ([]byte, error){
		"by its name":       func() ([]byte, error) { return bounded.File(name, 1<<20) },
		"in a file system":  func() ([]byte, error) { return bounded.In(os.DirFS(dir), "large", 1<<20) },
		"without measuring": func() ([]byte, error) { return bounded.Reader(endless{}, 1<<20) },
	} {
		t.Run(what, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := read()
			runtime.ReadMemStats(&after)
			large, ok := errors.AsType[*bounded.TooLargeError](err)
			if !ok || large.Limit != 1<<20 {
				t.Errorf("error %v", err)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
				t.Errorf("it cost %d MiB", used>>20)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestExactlyTheLimit(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	text := strings.Repeat("x", 1000)
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	inMemory := fstest.MapFS{"file": {Data: []byte(text)}}
	for most, ok := range map[int64]bool{999: false, 1000: true, 1001: true} {
		for _, read := range []func() ([]byte, error){
			func() ([]byte, error) { return bounded.File(name, most) },
			func() ([]byte, error) { return bounded.In(inMemory, "file", most) },
			func() ([]byte, error) { return bounded.Reader(strings.NewReader(text), most) },
		} {
			if data, err := read(); (err == nil) != ok || ok && string(data) != text {
				t.Errorf("at most %d: %d bytes, %v", most, len(data), err)
			}
		}
	}
}

// What is no file is not opened.
func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	_, err := bounded.File(dir, 1000)
	if !errors.Is(err, bounded.ErrFolder) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := bounded.File(filepath.Join(dir, "gone"), 1000); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing: %v", err)
	}
	pipe := filepath.Join(dir, "pipe")
	if !makePipe(t, pipe) {
		return
	}
	for what, read := range map[string]func() ([]byte, error){
		"by its name":      func() ([]byte, error) { return bounded.File(pipe, 1000) },
		"in a file system": func() ([]byte, error) { return bounded.In(os.DirFS(dir), "pipe", 1000) },
	} {
		_, err := read()
		if _, special := errors.AsType[*bounded.SpecialError](err); !special {
			t.Errorf("a pipe %s: %v", what, err)
		}
	}
}

// A file that is written to while it is read is read as it was at one moment, or
// not at all.
func TestChangedWhileRead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	states := []string{strings.Repeat("a", 300_000), strings.Repeat("b", 200_000)}
	write := func(i int) {
		next := name + ".next"
		if err := errors.Join(os.WriteFile(next, []byte(states[i%2]), 0o644), os.Rename(next, name)); err != nil {
			t.Error(err)
		}
	}
	write(0)
	var stop atomic.Bool
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := 1; !stop.Load(); i++ {
			write(i)
		}
	})
	for range 300 {
		data, err := bounded.File(name, 1<<20)
		if _, changed := errors.AsType[*bounded.ChangedError](err); changed {
			continue
		}
		if err != nil || string(data) != states[0] && string(data) != states[1] {
			t.Fatalf("%d bytes, %v", len(data), err)
		}
	}
	stop.Store(true)
	writer.Wait()
}
