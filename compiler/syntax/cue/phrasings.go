package cue

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	cueerrors "cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/near"
	"callpolicy/compiler/syntax"
)

// checkedWith is the version of CUE whose messages the phrasings below were
// checked with.
const checkedWith = "v0.17.1"

// phrasing is what is said in place of some of CUE's messages.
type phrasing struct {
	formats []string                                     // of CUE's messages
	part    string                                       // of the format, in place of the whole
	words   string                                       // what is wrong: {name} is the field, {0} an argument of the message, {kind 0} one that names a kind
	why     string                                       // may be empty
	say     func(p *places, m *mistake) *diag.Diagnostic // for what takes a look at the files; nil: that is all
}

// mistake is an error of CUE, at the place where it is shown.
type mistake struct {
	fault
	value cue.Value // of the instance
	err   cueerrors.Error
	place diag.Range
}

// phrasings is the one place that knows CUE's messages. What none of them knows
// is said in CUE's words.
var phrasings = []phrasing{
	{formats: []string{"conflicting values %s and %s"}, say: (*places).twoValues},
	{formats: []string{"conflicting values %s and %s (mismatched types %s and %s)"}, say: (*places).mismatched},
	{formats: []string{"invalid value %v (out of bound %s)", "invalid value %s (does not satisfy %s)"}, say: (*places).outOfBound},
	{formats: []string{"field not allowed"}, say: (*places).notAllowed},
	{formats: []string{"field is required but not present"}, say: (*places).required},
	{formats: []string{unknownFormat, "predeclared name %q not found"}, say: (*places).unknownName},
	{
		formats: []string{"undefined field: %s"},
		words:   "there is no field {0} here", why: "{name} is taken from a struct that does not hold it.",
	},
	{
		formats: []string{"structural cycle", "cycle error", "cyclic reference to field %s"},
		words:   "{name} contains itself, without end",
	},
	{
		formats: []string{"incompatible list lengths (%d and %d)"},
		words:   "{name} has two lists of different lengths, {0} and {1}",
		why:     "CUE does not join lists: what is written for one field in several places must agree.",
	},
	{
		formats: []string{"invalid operands %s and %s to '%s' (type %s and %s)"},
		words:   "{0} {2} {1} cannot be computed: one is {kind 3}, the other {kind 4}",
	},
	{
		formats: []string{"invalid operand %s (found %s, want list or struct)"},
		words:   "{0} is {kind 1}, so nothing can be taken from it",
	},
	{
		formats: []string{"index out of range [%d] with length %d"},
		words:   "item {0} of a list of {1} does not exist", why: "Items count from 0.",
	},
	{
		formats: []string{"explicit error (_|_ literal) in source"},
		words:   "{name} is an error by itself: _|_ is written here",
	},
	{formats: []string{externFormat}, say: (*places).embeds},
	{formats: []string{notCUEFormat}, say: (*places).notCUE},
	{part: "empty disjunction", say: (*places).noForm},
}

// importFailures say that an import failed, and hold the error that says why.
var importFailures = []string{"import failed: %w", "import failed: %v", "import failed"}

// phrase says what is wrong in words of our own.
func (p *places) phrase(v cue.Value, errs []cueerrors.Error) *diag.Diagnostic {
	if len(errs) > 1 {
		if d := p.phraseDisjunction(errs); d != nil {
			return d
		}
	}
	e := errs[0]
	for {
		format, _ := e.Msg()
		inner, ok := errors.AsType[cueerrors.Error](cueerrors.Unwrap(e))
		if !ok || !slices.Contains(importFailures, format) {
			break
		}
		e = inner
	}
	m := &mistake{p.takeApart(e), v, e, p.subject(v, e)}
	for i := range phrasings {
		x := &phrasings[i]
		if !slices.Contains(x.formats, m.format) && (x.part == "" || !strings.Contains(m.format, x.part)) {
			continue
		}
		if x.say == nil {
			return x.diagnostic(m)
		}
		return x.say(p, m)
	}
	return p.otherwise(m)
}

// diagnostic fills in the words.
func (x *phrasing) diagnostic(m *mistake) *diag.Diagnostic {
	pairs := []string{"{name}", m.name}
	for i, arg := range m.args {
		pairs = append(pairs, fmt.Sprintf("{%d}", i), arg, fmt.Sprintf("{kind %d}", i), kindWord(arg))
	}
	fill := strings.NewReplacer(pairs...)
	return diag.New(diag.LoadCueError, m.place, "%s", fill.Replace(x.words)).Because("%s", fill.Replace(x.why))
}

func (p *places) twoValues(m *mistake) *diag.Diagnostic {
	value, others := p.secondPlace(m.fault)
	return p.see(diag.New(diag.LoadCueError, value, "%s has two values: %s and %s", m.name, m.arg(1), m.arg(0)).
		Because("What is written for one field in several places is one field, so its values must agree.").
		Try("Keep one of them."), others, "the other value is here")
}

func (p *places) mismatched(m *mistake) *diag.Diagnostic {
	value, wanted := m.arg(0), m.arg(1)
	if typeWords[wanted] == "" {
		value, wanted = wanted, value
	}
	if words := typeWords[wanted]; words != "" {
		subject, others := p.placeOf(m.fault, value)
		others = slices.DeleteFunc(others, func(pos token.Pos) bool { return !strings.HasPrefix(p.textAt(pos), wanted) })
		return p.see(diag.New(diag.LoadCueError, subject, "%s must be %s, but is %s", m.name, words, value), others, "this is what it must be")
	}
	subject, others := p.secondPlace(m.fault)
	for i, bound := range m.args[:2] {
		if bound != "" && strings.ContainsAny(bound[:1], "<>=!") {
			value := m.arg(1 - i)
			subject, others = p.placeOf(m.fault, value)
			return p.see(diag.New(diag.LoadCueError, subject, "%s is %s, which does not satisfy %s", m.name, value, bound),
				slices.DeleteFunc(others, func(pos token.Pos) bool { return !strings.HasPrefix(p.textAt(pos), bound[:1]) }), "this is what it must satisfy")
		}
	}
	return p.see(diag.New(diag.LoadCueError, subject, "%s has two values of different kinds: %s and %s", m.name, m.arg(1), m.arg(0)).
		Because("What is written for one field in several places is one field, so its values must agree.").
		Try("Keep one of them."), others, "the other value is here")
}

func (p *places) outOfBound(m *mistake) *diag.Diagnostic {
	subject, others := p.placeOf(m.fault, m.arg(0))
	if own := p.literal(m.value, m.err, m.arg(0)); own.HasAbsPos() {
		subject = p.files.at(own)
	}
	// The arguments of a condition take part in it, but are not the condition.
	condition, _, _ := strings.Cut(m.arg(1), "(")
	others = slices.DeleteFunc(others, func(pos token.Pos) bool { return !strings.HasPrefix(p.textAt(pos), condition) })
	return p.see(diag.New(diag.LoadCueError, subject, "%s is %s, which does not satisfy %s", m.name, m.arg(0), m.arg(1)), others, "this is what it must satisfy")
}

func (p *places) notAllowed(m *mistake) *diag.Diagnostic {
	path := m.err.Path()
	field := lastName(path)
	d := diag.New(diag.LoadCueError, m.place, "%s is not a field of this definition", field)
	if meant := near.One(field, p.siblings(m.value, path)); meant != "" {
		d.Try("Did you mean %s?", meant)
		if p.meant == nil {
			p.meant = map[string]bool{}
		}
		p.meant[strings.TrimPrefix(pathString(append(slices.Clone(path[:len(path)-1]), meant)), ".")] = true
	}
	return p.see(d, m.at[min(1, len(m.at)):], "the definition is used here")
}

func (p *places) required(m *mistake) *diag.Diagnostic {
	return p.see(diag.New(diag.LoadCueError, m.place, "%s is required, but nothing is written for it", m.name).
		Try("Add a value for %s here.", lastName(m.err.Path())), m.at, "it is required here")
}

func (p *places) unknownName(m *mistake) *diag.Diagnostic {
	at, name := m.place, m.arg(0)
	at.End = diag.Pos{Line: at.Start.Line, Column: at.Start.Column + len(name)}
	d := diag.New(diag.LoadCueError, at, "nothing is called %s here", name)
	meant := near.One(name, append(p.names(), "true", "false"))
	switch word := truthWords[strings.ToLower(name)]; {
	case word != "":
		d.Because("Text is written in double quotes; what is none is a name, or a word of CUE.").Try("Write %s.", word)
	case standardPackages[name] != "":
		d.Try("Add import %q at the top of the file.", standardPackages[name])
	case meant != "":
		d.Try("Did you mean %s?", meant)
	case strings.HasPrefix(name, "_") || strings.HasPrefix(name, "#"):
		d.Try("Correct the name, or define it: %s: …", name)
	default:
		d.Try("Text is written in double quotes: %q.", name)
	}
	return d
}

func (p *places) embeds(m *mistake) *diag.Diagnostic { return externDiagnostic(m.place) }

func (p *places) notCUE(m *mistake) *diag.Diagnostic {
	if len(m.at) > 0 {
		name := strings.TrimPrefix(m.at[0].Filename(), "/")
		text, _ := p.files.ReadFile(name) // it was read before
		return newSlips(p.files, name, text).explain(m.at[0].Offset(), m.arg(0))
	}
	return diag.New(diag.LoadSyntax, clip(m.place), notCUE+"%s", m.arg(0))
}

func (p *places) noForm(m *mistake) *diag.Diagnostic {
	at := m.place
	if own := p.literal(m.value, m.err, "{"); own.HasAbsPos() {
		at = p.files.at(own)
	}
	return diag.New(diag.LoadCueError, at, "%s has none of the forms that it may have", m.name).
		Because("Its definition allows several forms, and each of them has other fields or words than what is written.").
		Try("Compare it with the definition, and write the fields of one form.")
}

// otherwise phrases what no phrasing knows by its format.
func (p *places) otherwise(m *mistake) *diag.Diagnostic {
	at, text := m.place, message(m.err)
	if name, ok := p.importAt(m.at); ok {
		return p.phraseImport(at, name, m.fault, text)
	}
	switch {
	case len(m.at) == 0 && m.path == "" && p.unit.Module != "":
		return p.moduleFault(text)
	case m.path == "":
		return diag.New(diag.LoadCueError, at, "CUE does not accept this: %s", whole(text))
	}
	return p.see(diag.New(diag.LoadCueError, at, "CUE does not accept %s: %s", m.name, whole(text)), others(m.at, at, p), "this takes part in it")
}

var tooNew = regexp.MustCompile(`language version ("v[^"]*") .*is too new for current language version "v([^"]*)"`)

// moduleFault phrases what CUE says of a module file, for which it has no place.
func (p *places) moduleFault(text string) *diag.Diagnostic {
	name := path.Join(p.unit.Module, "cue.mod/module.cue")
	at := p.files.offset(name, 0, syntax.String)
	m := tooNew.FindStringSubmatch(text)
	if m == nil {
		return diag.New(diag.LoadCueError, at, "this module file is not in order: %s", whole(text))
	}
	file, _ := p.files.ReadFile(name) // CUE has read it
	if i := bytes.Index(file, []byte(m[1])); i >= 0 {
		at = p.files.offset(name, i, syntax.String)
	}
	return diag.New(diag.LoadCueError, at, "this module asks for CUE %s, and callpolicy knows CUE up to v%s", strings.Trim(m[1], `"`), m[2]).
		Because("language.version in cue.mod/module.cue says which version of the language the files are written in.").
		Try("Write \"v%s\" there if nothing newer is used, or take a newer version of callpolicy.", m[2])
}
