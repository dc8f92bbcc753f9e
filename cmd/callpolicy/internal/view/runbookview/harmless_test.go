package runbookview

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/viewtest"
	"callpolicy/compiler/runbook"
	"callpolicy/schema"
)

// TestRunbooksAreHarmless puts text into every field of a runbook that means
// more than itself somewhere, writes it in every format, and has each read by a
// parser of that form.
func TestRunbooksAreHarmless(t *testing.T) {
	ours := frameOf(t)
	rapid.Check(t, func(t *rapid.T) {
		var book runbook.Runbook
		viewtest.Fill(t, &book, json.RawMessage(`{"behaviorType":"NATIVE_SIP_CALL_TO_UCM"}`), schema.Document{Title: "A document of ours", At: "a place"})
		for _, format := range Formats() {
			var b bytes.Buffer
			if err := Write(format, &b, &book, layout.Plain()); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			var strange []string
			switch format {
			case "json":
				if !json.Valid(b.Bytes()) {
					strange = []string{"no JSON"}
				}
			case "markdown":
				_, strange = viewtest.Markdown(b.Bytes(), "h1", "h2", "ul", "ol", "li", "strong", "em", "input")
			case "html":
				strange = strangePage(b.String(), ours)
			default:
				strange = viewtest.Terminal(b.String())
			}
			if len(strange) > 0 {
				t.Fatalf("%s: there is %q in\n%s", format, strange, b.String())
			}
		}
	})
}

// frameOf returns the script and the style of the page, beside which there is no
// other.
func frameOf(t *testing.T) []string {
	t.Helper()
	page := string(bookIn(t, "html", &runbook.Runbook{}))
	var code []string
	for _, element := range []string{"script", "style"} {
		_, rest, _ := strings.Cut(page, "<"+element+">")
		inner, _, found := strings.Cut(rest, "</"+element+">")
		if !found {
			t.Fatalf("the page has no %s", element)
		}
		code = append(code, inner)
	}
	return code
}

// strangePage returns what in a page is neither its frame nor text.
func strangePage(page string, ours []string) (strange []string) {
	for _, code := range ours {
		if strings.Count(page, code) != 1 {
			return []string{"another script or style"}
		}
		page = strings.Replace(page, code, "", 1)
	}
	text, strange := viewtest.HTML([]byte(page), "meta", "title", "style", "script", "h1", "h2", "p", "ul", "ol", "li", "input", "label", "span", "div", "main", "footer", "button", "progress", "code")
	strange = append(strange, viewtest.Terminal(strings.Join(strings.Fields(text), " "))...)
	return strings.Fields(strings.Join(withoutReferences(strange), "\n"))
}

// withoutReferences leaves out what only the hosts of pull requests make
// something of: nobody does in a page.
func withoutReferences(strange []string) []string {
	var out []string
	for _, s := range strange {
		if strings.HasPrefix(s, "<") || strings.HasPrefix(s, "on") || strings.HasPrefix(s, "U+") {
			out = append(out, s)
		}
	}
	return out
}
