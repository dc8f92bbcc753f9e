package runbookview

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/runbook"
	"callpolicy/schema"
)

// A fact is a line below a step. Every format for people shows the same facts,
// in its own way, and cleans their text in its own way.
type fact struct {
	sort factSort
	text string
}

type factSort uint8

const (
	factWhere   factSort = iota + 1 // the page, or the other place
	factChange                      // an option, from and to
	factReach                       // how many people it is for
	factHeld                        // whom a template holds
	factKeep                        // whom not to touch
	factPeople                      // who is named
	factCode                        // a request or a row, to copy
	factCaution                     // what to mind
)

// namedMost is how many people are named in a step, apart from HTML, which has room.
const namedMost = 20

// factsOf returns what there is to say of a step.
func factsOf(s *runbook.Step, most int) []fact {
	var out []fact
	add := func(sort factSort, format string, args ...any) {
		out = append(out, fact{sort, fmt.Sprintf(format, args...)})
	}
	where := s.Where
	if len(s.Page) > 0 {
		where += ": " + strings.Join(s.Page, " > ")
	}
	add(factWhere, "%s", where)
	for _, c := range s.Changes {
		if c.Before == "" {
			add(factChange, "%s: %s", c.Option, c.After)
		} else {
			add(factChange, "%s: %s → %s", c.Option, c.Before, c.After)
		}
	}
	if t := s.Template; t != nil {
		place := fmt.Sprintf("place %d of %d", t.Position, t.Of)
		if t.Below != "" {
			place += ", right below " + t.Below
		}
		add(factChange, "Template %s: rank %d in the files, %s in Control Hub", t.Name, t.Rank, place)
	}
	if len(s.Groups) > 0 {
		add(factChange, "%s: %s", map[bool]string{true: "Group", false: "Groups"}[len(s.Groups) == 1], strings.Join(s.Groups, ", "))
	}
	switch {
	case s.Reach == 0 || len(s.People) > 0:
	case len(s.Groups) > 0: // of whom some may be in groups with stronger templates
		add(factReach, "With %s", layout.Plural(s.Reach, "member", "members"))
	default:
		add(factReach, "For %s", layout.Plural(s.Reach, "person", "people"))
	}
	held, by := 0, []string(nil)
	for _, k := range s.Keep {
		if k.By == "template" {
			held += k.Users
			by = append(by, fmt.Sprintf("%s %s", k.Name, layout.Count(k.Users)))
		}
	}
	if held > 0 {
		add(factHeld, "%s keep theirs by a template: %s", layout.Count(held), strings.Join(by, ", "))
	}
	for _, k := range s.Keep {
		if k.By == "template" {
			continue
		}
		who := strings.Join(k.Who, ", ")
		if more := k.Users - len(k.Who); more > 0 {
			who += fmt.Sprintf(" and %s more", layout.Count(more))
		}
		add(factKeep, "Do not touch %s with a value of their own: %s", layout.Plural(k.Users, "person", "people"), who)
	}
	for _, r := range s.Requests {
		add(factCode, "%s %s", r.Method, r.Path)
		add(factCode, "%s", oneLine(r.Body))
	}
	out = append(out, peopleFacts(s, most)...)
	for _, client := range []string{"desktop", "mobile"} {
		for _, r := range s.Rows {
			if r.Client == client {
				add(factCode, "%s: %s, %s, %s", r.Client, r.Section, r.Parameter, r.Value)
			}
		}
	}
	for _, c := range s.Cautions {
		add(factCaution, "%s", c)
	}
	return out
}

// oneLine writes a body on one line.
func oneLine(body json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, body) != nil {
		return string(body)
	}
	return b.String()
}

// peopleFacts names people, those of each way together, and says who is done.
func peopleFacts(s *runbook.Step, most int) []fact {
	type way struct {
		how  string
		open []string
	}
	var ways []*way
	done := 0
	for _, p := range s.People {
		how := cmp.Or(p.Said, p.How)
		if p.Done {
			done++
			continue
		}
		i := slices.IndexFunc(ways, func(w *way) bool { return w.how == how })
		if i < 0 {
			i, ways = len(ways), append(ways, &way{how: how})
		}
		ways[i].open = append(ways[i].open, p.User)
	}
	var out []fact
	for _, w := range ways {
		names := strings.Join(w.open[:min(len(w.open), most)], ", ")
		if more := len(w.open) - most; more > 0 {
			names += fmt.Sprintf(" and %s more, whom --format json names", layout.Count(more))
		}
		if w.how != "" {
			names = upperFirst(w.how) + ": " + names
		}
		out = append(out, fact{factPeople, names})
	}
	if done > 0 && done < len(s.People) {
		out = append(out, fact{factPeople, fmt.Sprintf("Done for %s others", layout.Count(done))})
	}
	return out
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// runbookHead says in sentences what a runbook is about and how much there is.
func runbookHead(book *runbook.Runbook) (title string, lines []string) {
	title = fmt.Sprintf("Runbook: %s → %s", book.Base.Name, book.Head.Name)
	if book.Undo != "" {
		title = fmt.Sprintf("Runbook: back to before %s", book.Undo)
	}
	if len(book.Steps) == 0 {
		return title, []string{
			"Nothing to do: " + book.Base.Name + " holds what the files say already.",
			"If Control Hub is behind, name the commit that it is at: --base REVISION.",
		}
	}
	line := layout.Plural(book.Summary.Steps, "step", "steps")
	if book.Summary.Done > 0 {
		line += fmt.Sprintf(", %s of them done", layout.Count(book.Summary.Done))
	}
	line += ", in this order. Nothing was changed in Webex or Unified CM, and no request was sent."
	lines = append(lines, line)
	if n := book.Summary.Each; n > 0 {
		lines = append(lines, fmt.Sprintf("%s to be opened one by one.", layout.Plural(n, "person has", "people have")))
	}
	for _, s := range book.Steps {
		if s.Where == "Control Hub" && s.Until != "" {
			return title, append(lines, fmt.Sprintf("What is done in Control Hub can take %s to reach people. Until then a difference is no mistake.", s.Until))
		}
	}
	return title, lines
}

// section is a list of sentences under a heading.
type section struct {
	title string
	items []string
}

// sectionsBefore and sectionsAfter are what stands around the steps.
func sectionsBefore(book *runbook.Runbook) []section {
	return filled([]section{{"To know first", slices.Concat(book.Notes, book.Advice)}, {"Before the first step", book.Before}})
}

func sectionsAfter(book *runbook.Runbook) []section {
	var past []string
	for _, p := range book.Past {
		switch p.State {
		case runbook.Overtaken:
			past = append(past, fmt.Sprintf("%s (%s): a newer change asks for something else, see %s.", p.Title, p.ID, p.By))
		default:
			past = append(past, fmt.Sprintf("%s (%s): nothing asks for it anymore. Either it is part of what this starts from, or it was withdrawn; then take it back.", p.Title, p.ID))
		}
	}
	var rests []string
	for _, src := range sourcesOf(book) {
		rests = append(rests, fmt.Sprintf("%s, %s", src.Title, src.At))
	}
	return filled([]section{{"Not possible, or not known", book.NotPossible}, {"Ticked earlier, and no step anymore", past}, {"The steps rest on", rests}})
}

func filled(sections []section) []section {
	return slices.DeleteFunc(sections, func(s section) bool { return len(s.items) == 0 })
}

// sourcesOf lists what the steps rest on, each document once.
func sourcesOf(book *runbook.Runbook) []schema.Document {
	var out []schema.Document
	for _, s := range book.Steps {
		for _, src := range s.Procedure {
			if !slices.Contains(out, src) {
				out = append(out, src)
			}
		}
	}
	return out
}

// references numbers the sources of a step as they are listed at the end.
func references(book *runbook.Runbook, s *runbook.Step) string {
	all := sourcesOf(book)
	var out []string
	for _, src := range s.Procedure {
		out = append(out, fmt.Sprintf("[%d]", slices.Index(all, src)+1))
	}
	return strings.Join(out, "")
}
