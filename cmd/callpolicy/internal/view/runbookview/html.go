package runbookview

import (
	"bufio"
	_ "embed"
	"html/template"
	"io"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/runbook"
)

//go:embed runbook.html
var runbookPage string

// htmlPeople is how many people a step of the page names.
const htmlPeople = 500

// htmlStep is a step as the page shows it.
type htmlStep struct {
	*runbook.Step
	ID, Title  string
	Number     int
	References string
	Facts      []htmlFact
}

type htmlFact struct{ Class, Text string }

// writeHTML writes one page that needs nothing else: to tick off on a screen,
// where the browser remembers the ticks, or on paper.
func writeHTML(w io.Writer, book *runbook.Runbook, _ layout.Style) error {
	page, err := template.New("runbook").Parse(runbookPage)
	if err != nil {
		return err
	}
	title, lines := runbookHead(book)
	doc := struct {
		Title  string
		Lines  []string
		Before []htmlSection
		Steps  []htmlStep
		After  []htmlSection
	}{Title: harmless.Line(title), Lines: cleaned(lines), Before: htmlSections(sectionsBefore(book)), After: htmlSections(sectionsAfter(book))}
	for i, s := range book.Steps {
		h := htmlStep{Step: s, ID: harmless.Line(s.ID), Title: harmless.Line(s.Title), Number: i + 1, References: references(book, s)}
		for _, f := range factsOf(s, htmlPeople) {
			h.Facts = append(h.Facts, htmlFact{htmlClass(f.sort), harmless.Line(f.text)})
		}
		doc.Steps = append(doc.Steps, h)
	}
	out := bufio.NewWriter(w)
	if err := page.Execute(out, doc); err != nil {
		return err
	}
	return out.Flush()
}

type htmlSection struct {
	Title    string
	Numbered bool
	Items    []string
}

func htmlSections(list []section) []htmlSection {
	var out []htmlSection
	for _, s := range list {
		h := htmlSection{Title: s.title, Numbered: s.title == "The steps rest on"}
		h.Items = cleaned(s.items)
		out = append(out, h)
	}
	return out
}

func htmlClass(s factSort) string {
	switch s {
	case factWhere:
		return "where"
	case factChange:
		return "change"
	case factReach:
		return "reach"
	case factHeld:
		return "held"
	case factKeep:
		return "keep"
	case factPeople:
		return "people"
	case factCode:
		return "code"
	case factCaution:
		return "caution"
	}
	return ""
}

// cleaned makes lines harmless as text; the template makes them so as HTML.
func cleaned(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = harmless.Line(line)
	}
	return out
}
