package cue

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	cueerrors "cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/near"
	"callpolicy/compiler/syntax"
)

// phrase says what is wrong in words of our own. This is the one place that
// knows CUE's messages.
func (p *places) phrase(v cue.Value, errs []cueerrors.Error) *diag.Diagnostic {
	if len(errs) > 1 {
		if d := p.phraseDisjunction(errs); d != nil {
			return d
		}
	}
	e := errs[0]
	f := p.takeApart(e)
	at, arg := p.subject(v, e), f.arg

	switch f.format {
	case "conflicting values %s and %s":
		value, others := p.secondPlace(f)
		return p.see(diag.New(diag.LoadCueError, value, "%s has two values: %s and %s", f.name, arg(1), arg(0)).
			Because("What is written for one field in several places is one field, so its values must agree.").
			Try("Keep one of them."), others, "the other value is here")

	case "conflicting values %s and %s (mismatched types %s and %s)":
		value, wanted := arg(0), arg(1)
		if typeWords[wanted] == "" {
			value, wanted = wanted, value
		}
		if words := typeWords[wanted]; words != "" {
			subject, others := p.placeOf(f, value)
			others = slices.DeleteFunc(others, func(pos token.Pos) bool { return !strings.HasPrefix(p.textAt(pos), wanted) })
			return p.see(diag.New(diag.LoadCueError, subject, "%s must be %s, but is %s", f.name, words, value), others, "this is what it must be")
		}
		subject, others := p.secondPlace(f)
		for i, bound := range f.args[:2] {
			if bound != "" && strings.ContainsAny(bound[:1], "<>=!") {
				value := arg(1 - i)
				subject, others = p.placeOf(f, value)
				return p.see(diag.New(diag.LoadCueError, subject, "%s is %s, which does not satisfy %s", f.name, value, bound),
					slices.DeleteFunc(others, func(pos token.Pos) bool { return !strings.HasPrefix(p.textAt(pos), bound[:1]) }), "this is what it must satisfy")
			}
		}
		return p.see(diag.New(diag.LoadCueError, subject, "%s has two values of different kinds: %s and %s", f.name, arg(1), arg(0)).
			Because("What is written for one field in several places is one field, so its values must agree.").
			Try("Keep one of them."), others, "the other value is here")

	case "invalid value %v (out of bound %s)", "invalid value %s (does not satisfy %s)":
		subject, others := p.placeOf(f, arg(0))
		if own := p.literal(v, e, arg(0)); own.HasAbsPos() {
			subject = p.files.at(own)
		}
		// The arguments of a condition take part in it, but are not the condition.
		condition, _, _ := strings.Cut(arg(1), "(")
		others = slices.DeleteFunc(others, func(pos token.Pos) bool { return !strings.HasPrefix(p.textAt(pos), condition) })
		return p.see(diag.New(diag.LoadCueError, subject, "%s is %s, which does not satisfy %s", f.name, arg(0), arg(1)), others, "this is what it must satisfy")

	case "field not allowed":
		field := lastName(e.Path())
		d := diag.New(diag.LoadCueError, at, "%s is not a field of this definition", field)
		if meant := near.One(field, p.siblings(v, e.Path())); meant != "" {
			d.Try("Did you mean %s?", meant)
			if p.meant == nil {
				p.meant = map[string]bool{}
			}
			p.meant[strings.TrimPrefix(pathString(append(slices.Clone(e.Path()[:len(e.Path())-1]), meant)), ".")] = true
		}
		return p.see(d, f.at[min(1, len(f.at)):], "the definition is used here")

	case "field is required but not present":
		return p.see(diag.New(diag.LoadCueError, at, "%s is required, but nothing is written for it", f.name).
			Try("Add a value for %s here.", lastName(e.Path())), f.at, "it is required here")

	case unknownFormat, "predeclared name %q not found":
		at.End = diag.Pos{Line: at.Start.Line, Column: at.Start.Column + len(arg(0))}
		d := diag.New(diag.LoadCueError, at, "nothing is called %s here", arg(0))
		meant := near.One(arg(0), append(p.names(), "true", "false"))
		switch word := truthWords[strings.ToLower(arg(0))]; {
		case word != "":
			d.Because("Text is written in double quotes; what is none is a name, or a word of CUE.").Try("Write %s.", word)
		case standardPackages[arg(0)] != "":
			d.Try("Add import %q at the top of the file.", standardPackages[arg(0)])
		case meant != "":
			d.Try("Did you mean %s?", meant)
		case strings.HasPrefix(arg(0), "_") || strings.HasPrefix(arg(0), "#"):
			d.Try("Correct the name, or define it: %s: …", arg(0))
		default:
			d.Try("Text is written in double quotes: %q.", arg(0))
		}
		return d

	case "undefined field: %s":
		d := diag.New(diag.LoadCueError, at, "there is no field %s here", arg(0))
		return d.Because("%s is taken from a struct that does not hold it.", f.name)

	case "structural cycle", "cycle error", "cyclic reference to field %s":
		return diag.New(diag.LoadCueError, at, "%s contains itself, without end", f.name)

	case "incompatible list lengths (%d and %d)":
		return diag.New(diag.LoadCueError, at, "%s has two lists of different lengths, %s and %s", f.name, arg(0), arg(1)).
			Because("CUE does not join lists: what is written for one field in several places must agree.")

	case "invalid operands %s and %s to '%s' (type %s and %s)":
		return diag.New(diag.LoadCueError, at, "%s %s %s cannot be computed: one is %s, the other %s", arg(0), arg(2), arg(1), kindWord(arg(3)), kindWord(arg(4)))

	case "invalid operand %s (found %s, want list or struct)":
		return diag.New(diag.LoadCueError, at, "%s is %s, so nothing can be taken from it", arg(0), kindWord(arg(1)))

	case "index out of range [%d] with length %d":
		return diag.New(diag.LoadCueError, at, "item %s of a list of %s does not exist", arg(0), arg(1)).
			Because("Items count from 0.")

	case "explicit error (_|_ literal) in source":
		return diag.New(diag.LoadCueError, at, "%s is an error by itself: _|_ is written here", f.name)

	case "import failed: %w", "import failed: %v", "import failed":
		if inner, ok := errors.AsType[cueerrors.Error](cueerrors.Unwrap(e)); ok {
			return p.phrase(v, []cueerrors.Error{inner})
		}

	case externFormat:
		return externDiagnostic(at)

	case notCUEFormat:
		if len(f.at) > 0 {
			return explainSlip(p.files, strings.TrimPrefix(f.at[0].Filename(), "/"), f.at[0].Offset(), arg(0))
		}
		return diag.New(diag.LoadSyntax, clip(at), "this is not CUE: %s", arg(0))
	}

	if strings.Contains(f.format, "empty disjunction") {
		if own := p.literal(v, e, "{"); own.HasAbsPos() {
			at = p.files.at(own)
		}
		return diag.New(diag.LoadCueError, at, "%s has none of the forms that it may have", f.name).
			Because("Its definition allows several forms, and each of them has other fields or words than what is written.").
			Try("Compare it with the definition, and write the fields of one form.")
	}

	text := message(e)
	if name, ok := p.importAt(f.at); ok {
		return p.phraseImport(at, name, f, text)
	}
	if len(f.at) == 0 && f.path == "" && p.unit.Module != "" {
		module := p.files.offset(path.Join(p.unit.Module, "cue.mod/module.cue"), 0, syntax.String)
		return diag.New(diag.LoadCueError, module, "this module file is not in order: %s", oneLine(text))
	}
	if f.path == "" {
		return diag.New(diag.LoadCueError, at, "CUE does not accept this: %s", oneLine(text))
	}
	return p.see(diag.New(diag.LoadCueError, at, "CUE does not accept %s: %s", f.name, oneLine(text)), others(f.at, at, p), "this takes part in it")
}

// importAt returns the import that is written at the first of the places.
func (p *places) importAt(at []token.Pos) (string, bool) {
	if len(at) == 0 {
		return "", false
	}
	spec := p.marks.importAt(at[0])
	if spec == nil {
		return "", false
	}
	name, err := literal.Unquote(spec.Path.Value)
	return name, err == nil
}

// phraseImport says why an import fails. It returns nil where that is the
// fault of a file that was reported for itself.
func (p *places) phraseImport(at diag.Range, name string, f fault, text string) *diag.Diagnostic {
	first, _, _ := strings.Cut(name, "/")
	folder, _, _ := strings.Cut(name, ":")
	switch {
	case slices.ContainsFunc(p.files.hidden, func(file string) bool {
		dir := strings.TrimPrefix(strings.TrimPrefix(path.Dir(file), p.unit.Module), "/")
		return strings.HasSuffix(folder, "/"+dir)
	}):
		return nil
	case strings.Contains(text, externFormat):
		return externDiagnostic(at)
	case strings.HasPrefix(f.format, "imported and not used"):
		return diag.New(diag.LoadCueError, at, "%q%s", name, unusedImport).Try("Remove the import.")
	case !strings.Contains(first, "."):
		d := diag.New(diag.LoadCueError, at, "CUE's standard library has no package %q", name)
		if meant := near.One(name, slices.Collect(maps.Values(standardPackages))); meant != "" {
			d.Try("Did you mean the package %q?", meant)
		}
		return d
	case strings.Contains(text, "cannot find") || f.format == importFormat || strings.Contains(text, "imports are unavailable"):
		return diag.New(diag.LoadCueError, at, "the package %q is not in this repository", name).
			Because("Imports resolve inside the repository, by its cue.mod, and in CUE's standard library. Nothing is ever fetched.").
			Try("Keep the package in a folder of the repository, below the folder that holds cue.mod.")
	}
	return diag.New(diag.LoadCueError, at, "the import %q fails: %s", name, oneLine(text))
}

// phraseDisjunction makes one sentence of a value that is none of several words.
func (p *places) phraseDisjunction(errs []cueerrors.Error) *diag.Diagnostic {
	var all []fault
	count := map[string]int{}
	for _, e := range errs {
		f := p.takeApart(e)
		if !strings.HasPrefix(f.format, "conflicting values") {
			continue
		}
		all = append(all, f)
		count[f.arg(0)]++
		count[f.arg(1)]++
	}
	if len(all) < 2 {
		return nil
	}
	value := all[0].arg(0)
	if count[all[0].arg(1)] > count[value] {
		value = all[0].arg(1)
	}
	if count[value] != len(all) {
		return nil
	}
	var words []string
	var places []token.Pos
	subject := diag.Range{}
	for _, f := range all {
		word := f.arg(0)
		if word == value {
			word = f.arg(1)
		}
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
		at, others := p.placeOf(f, value)
		if subject.IsZero() || at.Start.Compare(subject.Start) == 0 {
			subject = at
		}
		places = append(places, others...)
	}
	d := diag.New(diag.LoadCueError, subject, "%s is %s, which is none of %s", all[0].name, value, strings.Join(words, ", "))
	if meant := near.One(value, words); meant != "" {
		d.Try("Did you mean %s?", meant)
	}
	slices.SortFunc(places, token.Pos.Compare)
	return p.see(d, places[:min(1, len(places))], "these are allowed")
}

// incompleteDiagnostic says that a field has no value. It is shown at the field
// itself or, where a definition declares it, at the field that should fill it in.
func (p *places) incompleteDiagnostic(v cue.Value, at, declared diag.Range) *diag.Diagnostic {
	name := p.path()
	what := oneLine(fmt.Sprint(v))
	var why []string
	for _, e := range cueerrors.Errors(v.Validate(cue.Concrete(true))) {
		f := p.takeApart(e)
		switch f.format {
		case "incomplete value %v":
			what = f.arg(0)
		case "field is required but not present":
			return diag.New(diag.LoadCueError, at, "%s is required, but nothing is written for it", name).At(name).
				Try("Add a value for %s.", p.name())
		case "undefined field: %s":
			d := diag.New(diag.LoadCueError, at, "%s refers to %s, where there is no field %s", name, what, f.arg(0)).At(name).
				Try("Correct the name, or write that field.")
			if meant := near.One(f.arg(0), p.names()); meant != "" {
				d.Try("Did you mean %s?", meant)
			}
			return d
		default:
			why = append(why, oneLine(message(e)))
			if strings.HasPrefix(message(e), "incomplete bool") {
				why[len(why)-1] = "A condition in it is not decided"
			}
		}
	}
	d := diag.New(diag.LoadCueError, at, "%s has no value, only what it may be: %s", name, what).At(name)
	switch {
	case what == "_":
		d.Summary = name + " has no value"
	case strings.HasPrefix(what, "{") && strings.Contains(what, " | "):
		d.Summary = name + " may have several forms, and nothing says which"
		return d.Because("It fits each of %s.", what).Try("Write the fields that tell one form from the others.").See(declared, "it is declared here")
	case slices.ContainsFunc(why, func(w string) bool { return strings.HasPrefix(w, "cycle with field") }):
		circle := append(slices.Clone(why), "cycle with field: "+name)
		slices.Sort(circle)
		m := missing{name: strings.Join(slices.Compact(circle), " ")}
		if p.reported[m] {
			return nil // at another of its fields
		}
		p.reported[m] = true
		d.Summary = name + " is computed from itself"
		return d.Because("It needs %s.", strings.ReplaceAll(strings.Join(why, ", which needs "), "cycle with field: ", "")).
			Try("Write one of these values down.")
	case len(why) > 0:
		d.Summary = name + " cannot be computed: " + what
	}
	if words := typeWords[what]; words != "" {
		d.Because("It must be %s, and nobody says which.", words)
	} else if len(why) > 0 {
		d.Because("%s.", strings.Join(why, "; "))
	}
	switch item := p.within[len(p.within)-1].sel.LabelType() == cue.IndexLabel; {
	case slices.ContainsFunc(p.fieldsOf(v), conditional):
		d.Summary = name + " depends on something that has no value"
		d.Try("Give a value to what its conditions and references name.")
	case item:
		d.Try("Write a value for it.")
	case declared.IsZero():
		d.Try("Write a value for it, or make it optional with a question mark: %s?", p.name())
	default:
		d.Try("Add a value for %s here.", p.name())
	}
	return d.See(declared, "it is declared here")
}

var typeWords = map[string]string{
	"string": "text", "bool": "true or false", "int": "a whole number", "number": "a number", "float": "a number with a fraction",
	"null": "null", "bytes": "bytes", "{...}": "a struct", "[...]": "a list",
}

// truthWords are what other languages say for true and false.
var truthWords = map[string]string{
	"yes": "true", "on": "true", "y": "true", "true": "true", "no": "false", "off": "false", "n": "false", "false": "false",
}

func kindWord(kind string) string {
	switch kind {
	case "string":
		return "text"
	case "bool":
		return "true or false"
	case "int", "float", "number":
		return "a number"
	case "struct":
		return "a struct"
	case "list":
		return "a list"
	}
	return kind
}

// standardPackages are those that are named most often without being imported.
var standardPackages = map[string]string{
	"strings": "strings", "list": "list", "math": "math", "regexp": "regexp", "strconv": "strconv",
	"json": "encoding/json", "yaml": "encoding/yaml", "time": "time", "net": "net", "struct": "struct",
}
