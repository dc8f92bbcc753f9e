package view

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/diag"
	"callpolicy/policies"
)

// Rules lists rules, a line for each, those of one kind together.
func Rules(w io.Writer, rules []policies.Rule, s layout.Style) error {
	out := bufio.NewWriter(w)
	choice := false
	for rest := rules; len(rest) > 0; {
		n := slices.IndexFunc(rest, func(r policies.Rule) bool { return ruleKind(r.ID) != ruleKind(rest[0].ID) })
		if n < 0 {
			n = len(rest)
		}
		ids := 0
		for _, r := range rest[:n] {
			ids = max(ids, len(r.ID))
		}
		for _, r := range rest[:n] {
			ruleLine(out, r, ids, s)
			choice = choice || len(r.MayBe) > 0
		}
		fmt.Fprintln(out)
		rest = rest[n:]
	}
	fmt.Fprintf(out, "%s. \"callpolicy rules ID\" explains one of them.\n", layout.Plural(len(rules), "rule", "rules"))
	if choice {
		fmt.Fprintln(out, "* another severity may be chosen, under rules in callpolicy.yaml")
	}
	return out.Flush()
}

// ruleLine shows a rule in one line, or in as few as there is room for.
func ruleLine(w io.Writer, r policies.Rule, ids int, s layout.Style) {
	severity := r.Severity
	if len(r.MayBe) > 0 {
		severity += " *"
	}
	left := fmt.Sprintf("%s%*s  %-*s  ", severityWord(s, r.Severity, severity), len("warning *")-len(severity), "", ids, r.ID)
	for _, line := range layout.Wrap(r.Title, max(s.Prose()-layout.Width(left), layout.MinimumWidth/2)) {
		fmt.Fprintln(w, left+line)
		left = strings.Repeat(" ", layout.Width(left))
	}
}

// ruleKind is the beginning of an id, which rules of one kind share.
func ruleKind(id string) string {
	kind, _, _ := strings.Cut(id, ".")
	return kind
}

// severityWord writes text in the color of a severity that is given by its word.
func severityWord(s layout.Style, word, text string) string {
	severity, ok := diag.ParseSeverity(word)
	if !ok {
		return text
	}
	return s.Severity(severity, text)
}

// Rule explains one rule: why it is there, what to do, and how right and wrong
// look.
func Rule(w io.Writer, r policies.Rule, s layout.Style) error {
	out := bufio.NewWriter(w)
	for _, line := range layout.Wrap(r.Title, s.Prose()) {
		fmt.Fprintln(out, s.Bold(line))
	}
	fmt.Fprintln(out, s.Dim("["+r.ID+"]"))
	labeled := func(label, text string) {
		for _, line := range layout.Wrap(text, s.Prose()-ruleMargin) {
			fmt.Fprintf(out, "%s%s\n", s.Dim(fmt.Sprintf("%*s   ", ruleMargin-3, label)), line)
			label = ""
		}
	}
	fmt.Fprintln(out)
	labeled("severity", severityOf(r))
	if concerns := editionsOf(r); concerns != "" {
		labeled("edition", concerns)
	}
	labeled("why", r.Why)
	labeled("try", r.Fix)
	if r.Examples != nil {
		if r.Examples.Told != "" {
			fmt.Fprintln(out)
			labeled("wrong", r.Examples.Told)
		}
		example(out, "wrong", r.Examples.Bad, s)
		example(out, "right", r.Examples.Good, s)
	}
	return out.Flush()
}

// ruleMargin is where the text of an explanation begins.
const ruleMargin = 11

// example shows the files of a small repository.
func example(w io.Writer, label string, files map[string]string, s layout.Style) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(w, "\n%s%s\n", s.Dim(fmt.Sprintf("%*s   ", ruleMargin-3, label)), s.Dim(harmless.Line(name)))
		for line := range strings.SplitSeq(strings.TrimRight(files[name], "\n"), "\n") {
			fmt.Fprintln(w, strings.TrimRight(strings.Repeat(" ", ruleMargin)+harmless.Line(line), " "))
		}
		label = ""
	}
}

// severityOf says what severity a rule has, and which it may be given.
func severityOf(r policies.Rule) string {
	var others []string
	for _, word := range r.MayBe {
		if word != r.Severity {
			others = append(others, word)
		}
	}
	if len(others) == 0 {
		return r.Severity
	}
	return fmt.Sprintf("%s; may be set to %s", r.Severity, list(others, "or"))
}

// editionsOf says where a rule holds, or nothing where that is everywhere.
func editionsOf(r policies.Rule) string {
	if len(r.Editions) == 0 {
		return ""
	}
	return list(r.Editions, "and") + " only"
}

// list writes words as a sentence has them: a, b or c.
func list(words []string, and string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " " + and + " " + words[last]
}

// rulesVersion is the version of that document: the number before the dot changes
// when a reader of an older one would be misled.
const rulesVersion = "1.0"

// ruleList is the document of the json format.
type ruleList struct {
	FormatVersion string          `json:"formatVersion"`
	Rules         []policies.Rule `json:"rules"`
}

// RulesJSON writes rules for programs.
func RulesJSON(w io.Writer, rules []policies.Rule) error {
	return harmless.JSON(w, ruleList{rulesVersion, rules})
}
