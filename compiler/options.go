package compiler

import (
	"context"
	"io"
	"io/fs"
	"time"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/confine"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/rules"
	"callpolicy/compiler/syntax/cue"
)

// Option is a choice that a caller of [Compile] may make.
type Option func(*options)

type options struct {
	workers int
	cue     cue.Evaluator

	guardrails rules.Evaluator
	at         time.Time
	rosters    []load.RosterFile
	cache      load.Cache
	memory     *load.Memory
	trace      *Trace
	errorsOnly bool
	root, home string // of the repository and the project, by the operating system; empty: not said
	imagined   bool   // what is checked is in no file
	earlier    func(context.Context) (*config.Config, error)
	base       func(context.Context, *config.Config) (diag.List, bool, error)
}

// Workers sets how many files are parsed at a time; without it, or with 0, one
// for each processor. What comes out does not depend on it.
func Workers(n int) Option { return func(o *options) { o.workers = n } }

// Rosters adds files of the roster that are kept outside the repository.
func Rosters(files ...load.RosterFile) Option {
	return func(o *options) { o.rosters = append(o.rosters, files...) }
}

// CUE sets what evaluates CUE files. Without it they are evaluated in this
// process, where nothing can stop a file that loops.
func CUE(e cue.Evaluator) Option { return func(o *options) { o.cue = e } }

// InChild has CUE evaluated in the child process of a run, within its deadline
// and limit of memory: policy files that are more than data, and an
// organization's own rules. The command of the run has to run [Serve] on its
// standard input and output, and to end with it.
func InChild(run *confine.Run) Option {
	return func(o *options) { o.cue, o.guardrails = cue.InChild(run), rules.InChild(run) }
}

// Serve is what the child process of [InChild] does. It limits the memory of the
// whole process, which has to end when it returns.
func Serve(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	return confine.Serve(ctx, stdin, stdout, map[string]confine.Service{
		cue.ServiceName: cue.Serve, rules.ServiceName: rules.Serve,
	})
}

// At sets the date that counts as today. Without it, it is the date of the
// commit where fsys is a revision, else today's in UTC.
func At(date time.Time) Option { return func(o *options) { o.at = date } }

// Cache sets where what came of parsing files is kept, for this run and others;
// package cache has one on disk. What is compiled does not depend on it.
func Cache(c load.Cache) Option { return func(o *options) { o.cache = c } }

// Memory sets what compilations in one process have in common, such as the two
// sides of a plan, so that what is the same in both is read once.
func Memory(m *load.Memory) Option { return func(o *options) { o.memory = m } }

// ErrorsOnly leaves warnings out of what compiling finds, where finding their
// places would take long: for a state that nobody can mend any more.
func ErrorsOnly() Option { return func(o *options) { o.errorsOnly = true } }

// Traced has t gather what compiling takes.
func Traced(t *Trace) Option { return func(o *options) { o.trace = t } }

// Root names the folder of the operating system in which fsys lies, so that
// targets are checked against what is really there. Without it, what their names
// say must do.
func Root(dir string) Option { return func(o *options) { o.root = dir } }

// Base sets what tells a fault that the change brings from one that the directory
// or the calendar brings about over policies that are as they were: what is found
// in the policies of the base with the roster and the date of now. It is called
// when that matters, which is seldom, and once, with the configuration of now, and
// says whether there is a base at all. Without it there is none.
func Base(found func(ctx context.Context, now *config.Config) (_ diag.List, there bool, _ error)) Option {
	return func(o *options) { o.base = found }
}

// Earlier sets the state that this one is compared with, as it was with its own
// roster: what the roster said then and does not say now tells a column that went
// missing from one that never was there. It is called when that matters, and
// once; it returns nil where there is no such state.
func Earlier(state func(context.Context) (*config.Config, error)) Option {
	return func(o *options) { o.earlier = state }
}

// date returns midnight UTC of the day that counts as today.
func (o *options) date(fsys fs.FS) time.Time {
	at := o.at
	if dated, ok := fsys.(interface{ Date() (time.Time, bool) }); ok && at.IsZero() {
		at, _ = dated.Date()
	}
	if at.IsZero() {
		at = time.Now()
	}
	return at.UTC().Truncate(24 * time.Hour)
}
