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
	"path/filepath"
	"slices"
	"sync"
	"time"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
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
// compiling did not take place: [load.ErrNoProject], the error of the
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
	var background sync.WaitGroup
	defer func() {
		background.Wait()
		if o.cache != nil {
			o.cache.Flush()
		}
	}()
	done := o.trace.start("read")
	var before func() (*config.Config, error)
	if o.earlier != nil {
		before = func() (*config.Config, error) { return o.earlier(ctx) }
	}
	cfg, diags, err := load.Load(ctx, load.Request{
		FS: fsys, Dir: dir, CUE: o.cue, Workers: o.workers, Cache: o.cache, Memory: o.memory, Program: program,
		Rosters: o.rosters, Advance: o.trace.Advance, Background: background.Go, FastOnly: o.errorsOnly, Before: before,
	})
	if err != nil || cfg == nil {
		done()
		return nil, diags, err
	}
	done(loaded(cfg)...)
	if o.root != "" {
		o.home = filepath.Join(o.root, filepath.FromSlash(dir))
	}
	if !o.errorsOnly {
		diags = append(slices.Clip(diags), targetFaults(cfg, fsys, dir, o.home, diags)...)
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	c := newCompilation(cfg, o.date(fsys), o, diags)
	return c.checked(ctx, func(ctx context.Context) (*findings, error) { return c.checkOnce(ctx, program) })
}

// WhatIf resolves and checks a changed copy of the compilation's Config. The
// files are as they were, so nothing is read anew; and nobody is quarantined for
// what stands in no row of the roster.
func (c *Compilation) WhatIf(ctx context.Context, changed *config.Config) (*Compilation, diag.List, error) {
	o := c.options
	o.imagined = true
	then := newCompilation(changed, c.At, o, c.loaded)
	return then.checked(ctx, then.check)
}

// newCompilation resolves a configuration. Found is what loading it found.
func newCompilation(cfg *config.Config, at time.Time, o options, found diag.List) *Compilation {
	done := o.trace.start("resolve")
	result := resolve.Users(cfg)
	done(Count{"users", len(cfg.Users)}, Count{"classes", len(result.Classes)})
	return &Compilation{Config: cfg, Result: result, At: at, options: o, loaded: found, bundles: rendered(result, o.trace)}
}

// rendered returns what renders everybody's bundles when it is first called.
func rendered(result *resolve.Result, trace *Trace) func() *bundle.Set {
	return sync.OnceValue(func() *bundle.Set {
		done := trace.start("render")
		set := bundle.Render(result)
		done(Count{"bundles", len(set.Bundles())})
		return set
	})
}

// checked returns the compilation that the check yields, without those whom it
// puts in quarantine, and what was found.
func (c *Compilation) checked(ctx context.Context, check func(context.Context) (*findings, error)) (*Compilation, diag.List, error) {
	done := c.options.trace.start("check")
	found, err := check(ctx)
	if err != nil {
		done()
		return nil, nil, err
	}
	done(Count{"rules asked", found.stats.Evaluations}, Count{"CUE evaluations", found.stats.CUE}, Count{"kinds of users", found.stats.Kinds})
	out := *c
	out.Rules, out.Withheld = found.stats, found.withheld
	if found.result != c.Result {
		out.Config, out.Result = found.result.Config, found.result
		out.bundles = rendered(out.Result, c.options.trace)
	}
	return &out, found.diags, nil
}

// findings is what checking a compilation finds.
type findings struct {
	diags    diag.List
	stats    rules.Stats
	withheld int
	result   *resolve.Result // another one where somebody is in quarantine
	compared bool            // the base had a say
}

// check asks the rules, and gives what loading found the severities that the
// project chose.
func (c *Compilation) check(ctx context.Context) (*findings, error) {
	own, faults, err := c.options.guardrails.Compile(ctx, guardrailsOf(c.Config))
	if err != nil {
		return nil, err
	}
	defer own.Close()
	found := append(slices.Clip(c.loaded), faults...)
	var quarantined []int
	quarantine := func(user int) { quarantined = append(quarantined, user) }
	if c.options.imagined {
		quarantine = nil
	}
	stood := c.stood(ctx)
	broken, stats, err := rules.Check(ctx, rules.Input{
		Config: c.Config, Result: c.Result, At: c.At, Found: found, Guardrails: own,
		Quarantine: quarantine, ErrorsOnly: c.options.errorsOnly, Stood: stood.before(),
	})
	if err != nil {
		return nil, err
	}
	found = stood.mistyped(found)
	if stood.failure() != nil {
		return nil, stood.failure()
	}
	out := &findings{stats: stats, result: c.Result, compared: stood.asked}
	if len(quarantined) > 0 {
		out.result = resolve.Users(c.Config.Quarantine(quarantined))
	}
	if c.Config.Faulty {
		// Advice on what may be missing because of a fault would only bury it.
		serious := slices.DeleteFunc(slices.Clone(broken), func(d *diag.Diagnostic) bool { return d.Severity != diag.Error })
		out.withheld = broken.Count(diag.Warning)
		broken = serious
	}
	if c.Config.LicensesLost { // all that is said of people would only follow from that
		out.withheld, broken = out.withheld+len(broken), nil
	}
	found = append(slices.Clip(found), bundle.JabberConflicts(out.result)...)
	found = append(found, bundle.ProfilesWithoutID(out.result)...)
	severities, _, err := rules.Choose(c.Config, nil) // Check has reported what is wrong with the choice
	if err != nil {
		return nil, err
	}
	out.diags = append(severities.Adjust(found), broken...).Sorted()
	return out, nil
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
