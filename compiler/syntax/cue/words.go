package cue

import (
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
)

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
	return diag.New(diag.LoadCueError, at, "the import %q fails: %s", name, whole(text))
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
			why = append(why, whole(message(e)))
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
