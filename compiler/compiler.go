// Package compiler is the way in for programs that have the files of a policy
// repository, from wherever: it takes them to everybody's bundles. A program that
// works with a repository on disk, with its git history and its targets, as
// administrators do, has its way in through package
// [callpolicy/compiler/workspace].
//
// It composes the packages below it and does no work of its own. It keeps no
// state between calls, so a server may compile many repositories in one
// process, at the same time.
//
//	compiled, diags, err := compiler.Compile(ctx, snapshot, ".")
//	switch {
//	case err != nil: // it did not work
//	case diags.HasErrors(): // the files are at fault; nothing may be written
//	default:
//		result, err := folder.Apply(ctx, compiled.Output(bundle.Options{}), target.Options{})
//		…
//	}
package compiler

import (
	"context"
	"io/fs"
	"slices"
	"sync"
	"time"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/rules"
	"callpolicy/compiler/syntax/cue"
)

// Compilation is what the files of a policy repository mean. It is immutable
// and may be used from many goroutines.
type Compilation struct {
	Config *config.Config
	Result *resolve.Result
	At     time.Time   // what counted as today for whatever depends on a date; bundles never do
	Rules  rules.Stats // what checking the rules took, and how many findings are waived

	// Withheld is how many warnings are not in the list, since a file has faults
	// of which they may be a mere consequence.
	Withheld int

	bundles func() *bundle.Set
	options options
	loaded  diag.List // what loading found
}

// Compile reads, checks and resolves the project in the folder dir of fsys,
// which is the whole repository, since a project may read files beside it. The
// names of both are slash-separated, "." for the top; fsys is often a
// [callpolicy/compiler/source.Snapshot].
//
// Whatever is wrong in the files is in the list, sorted. While it holds errors
// the Compilation is good for looking at only, and nothing may be written from
// it; it is nil where the project file itself is at fault. The error says that
// compiling did not take place: [config.ErrNoProject], the error of the
// context, or what reading failed with.
func Compile(ctx context.Context, fsys fs.FS, dir string, opts ...Option) (*Compilation, diag.List, error) {
	o := options{cue: cue.InProcess(), guardrails: rules.InProcess()}
	for _, opt := range opts {
		opt(&o)
	}
	program, err := RulesDigest()
	if err != nil {
		return nil, nil, err
	}
	var aside sync.WaitGroup
	defer func() {
		aside.Wait()
		if o.cache != nil {
			o.cache.Flush()
		}
	}()
	done := o.trace.start("read")
	cfg, diags, err := config.Load(ctx, config.Request{FS: fsys, Dir: dir, CUE: o.cue, Workers: o.workers, Cache: o.cache, Memory: o.memory, Program: program, Rosters: o.rosters, Advance: o.trace.Advance, Aside: aside.Go})
	if err != nil || cfg == nil {
		done()
		return nil, diags, err
	}
	done(loaded(cfg)...)
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	return newCompilation(cfg, o.date(fsys), o, func(c *Compilation) (diag.List, error) {
		c.loaded = diags
		return c.checkOnce(ctx, program, diags)
	})
}

// WhatIf resolves and checks a changed copy of the compilation's Config. The
// files are as they were, so nothing is read anew; and nobody is set aside for
// what stands in no row of the roster.
func (c *Compilation) WhatIf(ctx context.Context, changed *config.Config) (*Compilation, diag.List, error) {
	o := c.options
	o.imagined = true
	return newCompilation(changed, c.At, o, func(then *Compilation) (diag.List, error) {
		then.loaded = c.loaded
		return then.check(ctx, c.loaded)
	})
}

func newCompilation(cfg *config.Config, at time.Time, o options, check func(*Compilation) (diag.List, error)) (*Compilation, diag.List, error) {
	done := o.trace.start("resolve")
	c := &Compilation{Config: cfg, Result: resolve.Users(cfg), At: at, options: o}
	done(Count{"users", len(cfg.Users)}, Count{"classes", len(c.Result.Classes)})
	c.bundles = sync.OnceValue(func() *bundle.Set {
		done := o.trace.start("render")
		set := bundle.Render(c.Result)
		done(Count{"bundles", len(set.Bundles())})
		return set
	})
	done = o.trace.start("check")
	diags, err := check(c)
	if err != nil {
		done()
		return nil, nil, err
	}
	done(Count{"rules asked", c.Rules.Evaluations}, Count{"CUE evaluations", c.Rules.CUE}, Count{"kinds of users", c.Rules.Kinds})
	return c, diags, nil
}

// check asks the rules, and gives what loading found the severities that the
// project chose.
func (c *Compilation) check(ctx context.Context, found diag.List) (_ diag.List, err error) {
	own, faults, err := c.options.guardrails.Compile(ctx, guardrailsOf(c.Config))
	if err != nil {
		return nil, err
	}
	defer own.Close()
	found = append(slices.Clip(found), faults...)
	var aside []int
	quarantine := func(user int) { aside = append(aside, user) }
	if c.options.imagined {
		quarantine = nil
	}
	broken, stats, err := rules.Check(ctx, rules.Input{
		Config: c.Config, Result: c.Result, At: c.At, Found: found, Guardrails: own,
		Quarantine: quarantine, ErrorsOnly: c.options.errorsOnly,
	})
	if err != nil {
		return nil, err
	}
	c.Rules = stats
	if len(aside) > 0 {
		c.Config = c.Config.SetAside(aside)
		c.Result = resolve.Users(c.Config)
	}
	if c.Config.Faulty {
		// Advice on what may be missing because of a fault would only bury it.
		serious := slices.DeleteFunc(slices.Clone(broken), func(d *diag.Diagnostic) bool { return d.Severity != diag.Error })
		c.Withheld = broken.Count(diag.Warning)
		broken = serious
	}
	found = append(slices.Clip(found), bundle.JabberConflicts(c.Result)...)
	found = append(found, bundle.ProfilesWithoutID(c.Result)...)
	severities, _, err := rules.Choose(c.Config, nil) // Check has reported what is wrong with the choice
	if err != nil {
		return nil, err
	}
	return append(severities.Adjust(found), broken...).Sorted(), nil
}

// guardrailsOf returns the files with the organization's own rules.
func guardrailsOf(cfg *config.Config) []rules.Source {
	sources := make([]rules.Source, len(cfg.Guardrails))
	for i, f := range cfg.Guardrails {
		sources[i] = rules.Source{File: f.Name, Data: f.Data}
	}
	return sources
}

// Bundles returns everybody's bundles. They are rendered when they are first
// asked for, and once.
func (c *Compilation) Bundles() *bundle.Set { return c.bundles() }
