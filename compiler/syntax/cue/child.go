package cue

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"

	"callpolicy/compiler/confine"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// ServiceName is what [InChild] calls the service that its child has to offer, [Serve].
const ServiceName = "policies"

// InChild evaluates everything that is not read from its syntax in the child
// process of a run, in which the child has to offer [Serve] under [ServiceName].
// Where an instance goes over a limit of the run, that is reported, and so is
// what was not evaluated any more.
func InChild(run *confine.Run) Evaluator { return inChild{run} }

type inChild struct{ run *confine.Run }

func (c inChild) Evaluate(ctx context.Context, req Request) ([]*syntax.Tree, diag.List, error) {
	p, err := newPlan(ctx, req)
	if err != nil {
		return nil, nil, err
	}
	if pending := p.pending(); len(pending) > 0 {
		session := c.run.Open(ctx, ServiceName, p.files.answer)
		defer session.Close()
		if err := p.ask(session, pending); err != nil {
			return nil, nil, err
		}
	}
	return p.finish()
}

// ask has the child evaluate the units of some numbers.
func (p *plan) ask(session *confine.Session, pending []int) error {
	units := childUnits{Project: p.files.project, Hidden: p.files.hidden, Units: p.unitsOf(pending)}
	for k, i := range pending {
		q := childQuestion{Unit: k}
		if k == 0 {
			q.Units = &units
		}
		var a childAnswer
		err := session.Ask(q, &a)
		if limit, ok := errors.AsType[*confine.LimitError](err); ok {
			p.results[i] = outcome{Diags: diag.List{p.limit(limit, pending[k:])}}
			return nil
		}
		if err == nil {
			p.results[i], err = a.unpack()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// shownLeft is how many of the instances that were not evaluated are named.
const shownLeft = 10

// limit reports the first of some units, at which a limit was reached, and the
// others, which were not evaluated therefore.
func (p *plan) limit(limit *confine.LimitError, units []int) *diag.Diagnostic {
	u := p.units[units[0]]
	at := p.files.offset(u.Files[0], 0, syntax.String)
	d := diag.New(diag.LoadCueLimit, at, "%s %s", u.name(), limit.Why)
	if limit.Before {
		d = diag.New(diag.LoadCueLimit, at, "%s was not evaluated: what came before it reached a limit", u.name())
	}
	d.Because("CUE is a language, and a program in it can run without end. Policies take a moment.").
		Try("Look for a definition that refers to itself, or for comprehensions inside comprehensions.")
	for _, name := range u.Files[1:] {
		d.See(p.files.offset(name, 0, syntax.String), "this file is part of it")
	}
	if rest := units[1:]; len(rest) > 0 {
		var names []string
		for _, i := range rest[:min(len(rest), shownLeft)] {
			names = append(names, p.units[i].name())
		}
		more := ""
		if n := len(rest) - len(names); n > 0 {
			more = " and others"
		}
		d.Detail += " Not evaluated any more: " + strings.Join(names, ", ") + more + "."
	}
	return d
}

// answer is what the child gets to see of a file or a folder.
func (f *sources) answer(name string) any {
	a := fileAnswer{}
	info, err := fs.Stat(f.repo, name)
	if err == nil && info.IsDir() {
		a.IsDir = true
		var entries []fs.DirEntry
		entries, err = fs.ReadDir(f.repo, name)
		for _, e := range entries {
			a.Items = append(a.Items, fileItem{e.Name(), e.IsDir()})
		}
	} else if err == nil {
		a.Data, err = f.ReadFile(name)
	}
	if err != nil {
		a.Failed, a.Absent = readError(err), errors.Is(err, fs.ErrNotExist)
	}
	return a
}

// Serve is what the child of [InChild] does.
func Serve(_ context.Context, parent *confine.Peer) error {
	var engine *engine
	for {
		var q childQuestion
		if err := parent.Next(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if q.Units != nil {
			files := newSources(&parentFS{parent: parent, known: map[string]fileAnswer{}}, q.Units.Project)
			files.hidden = q.Units.Hidden
			engine = newEngine(files, q.Units.Units)
		}
		if engine == nil || q.Unit < 0 || q.Unit >= len(engine.units) {
			return errQuestion
		}
		a, err := packed(engine.evaluate(&engine.units[q.Unit]))
		if err == nil {
			err = parent.Answer(a)
		}
		if err != nil {
			return err
		}
	}
}

var errQuestion = errors.New("the question makes no sense")
