package cue

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"

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
	files := newSources(req.FS, req.Project)
	session := c.run.Open(ctx, ServiceName, files.answer)
	defer session.Close()
	p, err := newPlan(ctx, req, files, &asking{session: session})
	if err != nil {
		return nil, nil, err
	}
	if err := p.ask(p.pending()); err != nil {
		return nil, nil, err
	}
	return p.finish()
}

// asking is the conversation with the child.
type asking struct {
	session *confine.Session
	started bool
	over    *diag.Diagnostic // a limit was reached, and this is said of it
	left    []string         // what was not evaluated therefore
}

func (a *asking) ask(files *sources, q childQuestion) (answer childAnswer, err error) {
	if !a.started {
		q.Begin, q.Project = true, files.project
		a.started = true
	}
	err = a.session.Ask(q, &answer)
	return answer, err
}

// parsedHere is how large a file may be for this process to find out what is
// wrong in it. CUE's parser takes a while for each fault.
const parsedHere = 128 << 10

// check has the child look for what is wrong with the syntax of a large file.
// What this process took for a small one counts as well.
func (p *plan) check(name string, text []byte) (bad bool) {
	switch a := p.asking; {
	case a == nil:
		return false
	case a.over != nil:
		a.left = append(a.left, name)
		return true
	case len(text) <= parsedHere:
		return false
	}
	answer, err := p.asking.ask(p.files, childQuestion{Syntax: name})
	if p.reached(err, name, []string{name}) || p.failed(err) {
		return true
	}
	diags, err := diag.Decode(answer.Diags)
	p.diags.Add(diags...)
	return len(diags) > 0 || p.failed(err)
}

// spent counts the time that this process took for a file.
func (p *plan) spent(name string, since time.Time) {
	if p.asking != nil && p.asking.over == nil {
		p.reached(p.asking.session.Spend(time.Since(since)), name, []string{name})
	}
}

// failed keeps the error that ends the evaluation, if it is one.
func (p *plan) failed(err error) bool {
	if p.err == nil {
		p.err = err
	}
	return err != nil
}

// ask has the child evaluate the units of some numbers.
func (p *plan) ask(pending []int) error {
	units := p.unitsOf(pending)
	for k, i := range pending {
		u := &p.units[i]
		if p.asking.over != nil {
			p.asking.left = append(p.asking.left, u.name())
			continue
		}
		q := childQuestion{Unit: k}
		if k == 0 {
			q.Units, q.Hidden = units, p.files.hidden
		}
		a, err := p.asking.ask(p.files, q)
		if p.reached(err, u.name(), u.Files) {
			continue
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

// reached reports whether an error is that a limit was reached, and says so at
// the first of some files.
func (p *plan) reached(err error, what string, files []string) bool {
	limit, ok := errors.AsType[*confine.LimitError](err)
	if !ok {
		return false
	}
	at := p.files.top(files[0])
	d := diag.New(diag.LoadCueLimit, at, "%s %s", what, limit.Why)
	if limit.Before {
		d = diag.New(diag.LoadCueLimit, at, "%s was not evaluated: what came before it reached a limit", what)
	}
	d.Because("CUE is a language, and a program in it can run without end. Policies take a moment.").
		Try("Look for a definition that refers to itself, or for comprehensions inside comprehensions.")
	for _, name := range files[1:] {
		d.See(p.files.top(name), "this file is part of it")
	}
	p.asking.over = d
	return true
}

// shownLeft is how much of what was not evaluated is named.
const shownLeft = 10

// limit returns what is said of a limit that was reached, if one was.
func (a *asking) limit() *diag.Diagnostic {
	if a == nil || a.over == nil {
		return nil
	}
	if len(a.left) > 0 {
		names := strings.Join(a.left[:min(len(a.left), shownLeft)], ", ")
		if len(a.left) > shownLeft {
			names += " and others"
		}
		a.over.Detail += " Not evaluated any more: " + names + "."
	}
	return a.over
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
	var files *sources
	var engine *engine
	for {
		var q childQuestion
		if err := parent.Next(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if q.Begin {
			files = newSources(&parentFS{parent: parent, known: map[string]fileAnswer{}}, q.Project)
		}
		if files == nil {
			return errQuestion
		}
		if q.Units != nil {
			files.hidden = q.Hidden
			engine = newEngine(files, q.Units)
		}
		var result outcome
		switch {
		case q.Syntax != "":
			result.Diags = files.faults(q.Syntax)
		case engine == nil || q.Unit < 0 || q.Unit >= len(engine.units):
			return errQuestion
		default:
			result = engine.evaluate(&engine.units[q.Unit])
		}
		a, err := packed(result)
		if err == nil {
			err = parent.Answer(a)
		}
		if err != nil {
			return err
		}
	}
}

var errQuestion = errors.New("the question makes no sense")

// faults returns what is wrong with the syntax of a file.
func (f *sources) faults(name string) diag.List {
	text, err := f.ReadFile(name)
	if err == nil {
		_, err = parseFile(name, text)
	}
	if err == nil {
		return nil
	}
	return syntaxErrors(f, name, err)
}
