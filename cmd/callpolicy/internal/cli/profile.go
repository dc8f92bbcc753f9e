package cli

import (
	"errors"
	"os"
	"runtime/pprof"
)

// profile writes a CPU profile of the run to a file, for go tool pprof. The
// function that it returns ends it.
func profile(name string) (func() error, error) {
	if name == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}
