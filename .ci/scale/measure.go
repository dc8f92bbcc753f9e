package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// program is one that is measured.
type program struct {
	name    string
	args    []string // the first is the program
	dir     string   // to run in
	prepare func() error
	clocked bool // it says itself, on its standard output, how many seconds count: on the clock, and of processor time
}

// sample is what one run took.
type sample struct {
	wall, cpu time.Duration
	memory    int64 // bytes, at its peak
}

// run runs a program once.
func (p *program) run() (sample, error) {
	if p.prepare != nil {
		if err := p.prepare(); err != nil {
			return sample{}, err
		}
	}
	cmd := exec.Command(p.args[0], p.args[1:]...)
	cmd.Dir = p.dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	start := time.Now()
	err := cmd.Run()
	s := sample{wall: time.Since(start)}
	if err != nil {
		return s, fmt.Errorf("%s: %w\n%s%s", strings.Join(p.args[:min(4, len(p.args))], " "), err, tail(out.String()), tail(errs.String()))
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return s, errors.New("this system does not tell how much memory a process took")
	}
	s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	s.memory = usage.Maxrss * maxrssUnit
	if p.clocked {
		var wall, cpu float64
		if _, err := fmt.Sscan(out.String(), &wall, &cpu); err != nil {
			return s, err
		}
		s.wall, s.cpu = time.Duration(wall*float64(time.Second)), time.Duration(cpu*float64(time.Second))
	}
	return s, nil
}

func tail(text string) string {
	const enough = 2000
	return text[max(0, len(text)-enough):]
}

// measure runs programs in turn, as often as wanted, so that a busy minute of
// the machine is everybody's, and returns the median of each.
func measure(programs []*program, runs int) (map[string]sample, error) {
	all := map[string][]sample{}
	for range runs {
		for _, p := range programs {
			s, err := p.run()
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(os.Stderr, "  %-28s %8.3f s, %8.3f s of processor time, %5.0f MB\n", p.name, s.wall.Seconds(), s.cpu.Seconds(), float64(s.memory)/1e6)
			all[p.name] = append(all[p.name], s)
		}
	}
	medians := map[string]sample{}
	for name, samples := range all {
		medians[name] = sample{
			wall:   median(samples, func(s sample) time.Duration { return s.wall }),
			cpu:    median(samples, func(s sample) time.Duration { return s.cpu }),
			memory: median(samples, func(s sample) int64 { return s.memory }),
		}
	}
	return medians, nil
}

func median[T int64 | time.Duration](samples []sample, of func(sample) T) T {
	values := make([]T, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
