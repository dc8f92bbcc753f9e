package syntax

import (
	"context"
	"io/fs"
	"time"

	"callpolicy/compiler/diag"
)

// CUERequest is what is to be evaluated. Everything is read from FS: neither
// the disk nor the network is touched.
type CUERequest struct {
	FS      fs.FS    // the whole repository
	Project string   // the project folder in FS, slash-separated, "." for the top; trees and diagnostics name files relative to it
	Files   []string // the .cue files found under the policy folders, as paths in FS, sorted
	Lost    []string // names in FS that lead to no file, and have been reported: CUE does not get to see them
}

// Evaluator turns CUE files into trees, one for each instance: for each package
// of a folder, and for each file without a package clause.
//
// What is wrong in the files comes back as diagnostics. Instances come back as
// trees all the same, as far as they can be evaluated: what has no value is a
// [Hole], so that what is wrong beside it can be said as well. Trees are in the
// order of their files. The error says that the evaluation itself did not take
// place, for instance because the context was canceled.
type Evaluator interface {
	Evaluate(ctx context.Context, req CUERequest) ([]*Tree, diag.List, error)
}

// Limits bound what one instance may cost. A zero field means its default.
type Limits struct {
	Time   time.Duration // how long one instance may take; 20 seconds by default
	Memory int64         // how many bytes an evaluation may hold; 1 GiB by default
}

const (
	defaultCUETime   = 20 * time.Second
	defaultCUEMemory = 1 << 30

	maxCUEFile  = 4 << 20 // bytes; far more than anybody writes by hand
	maxCUEDepth = 1000    // levels; deeper nesting only serves to exhaust a parser

	maxCUEValues = 10_000_000 // in a tree; some ten times what the largest organization has
)

func (l Limits) orDefaults() Limits {
	if l.Time <= 0 {
		l.Time = defaultCUETime
	}
	if l.Memory <= 0 {
		l.Memory = defaultCUEMemory
	}
	return l
}

// InProcess evaluates in this process. CUE cannot be interrupted, so the
// context is looked at between instances only: a program that takes files from
// people it does not trust wants [InChild].
//
// CUE reads the variables CUE_EXPERIMENT and CUE_DEBUG of the process once, when
// it is first used. A library that must not depend on them has to unset them
// before, or use [InChild], which starts the child without them.
func InProcess() Evaluator { return inProcess{} }

type inProcess struct{}

func (inProcess) Evaluate(ctx context.Context, req CUERequest) ([]*Tree, diag.List, error) {
	p, err := planCUE(ctx, req)
	if err != nil {
		return nil, nil, err
	}
	engine := newCUEEngine(p.files, p.rest())
	for i := range p.units {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if p.results[i].Root == nil {
			p.results[i] = engine.evaluate(&p.units[i])
		}
	}
	return p.finish()
}
