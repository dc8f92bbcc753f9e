// Package cue turns CUE files into trees of package syntax, one for each
// instance, in which every value knows the expression that gave it.
//
// A file of data is read from its syntax. Everything else is evaluated, in this
// process or in a child that can be stopped, whatever the caller chooses; what
// CUE says is wrong is said in words of our own, at the place where it was
// written. Nothing is ever fetched.
package cue

import (
	"context"
	"io/fs"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// Request is what is to be evaluated. Everything is read from FS: neither
// the disk nor the network is touched.
type Request struct {
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
// [syntax.Hole], so that what is wrong beside it can be said as well. Trees are in the
// order of their files. The error says that the evaluation itself did not take
// place, for instance because the context was canceled.
type Evaluator interface {
	Evaluate(ctx context.Context, req Request) ([]*syntax.Tree, diag.List, error)
}

const (
	maxFile  = 4 << 20 // bytes; far more than anybody writes by hand
	maxDepth = 1000    // levels; deeper nesting only serves to exhaust a parser

	maxValues = 10_000_000 // in a tree; some ten times what the largest organization has
)

// InProcess evaluates in this process. CUE cannot be interrupted, so the
// context is looked at between instances only: a program that takes files from
// people it does not trust wants [InChild].
//
// CUE reads the variables CUE_EXPERIMENT and CUE_DEBUG of the process once, when
// it is first used. A library that must not depend on them has to unset them
// before, or use [InChild], which starts the child without them.
func InProcess() Evaluator { return inProcess{} }

type inProcess struct{}

func (inProcess) Evaluate(ctx context.Context, req Request) ([]*syntax.Tree, diag.List, error) {
	p, err := newPlan(ctx, req, newSources(req.FS, req.Project), nil)
	if err != nil {
		return nil, nil, err
	}
	pending := p.pending()
	engine := newEngine(p.files, p.unitsOf(pending))
	for k, i := range pending {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		p.results[i] = engine.evaluate(&engine.units[k])
	}
	return p.finish()
}
