package liveview

import (
	"bufio"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"callpolicy/cmd/callpolicy/internal/view/format"
	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/live"
)

// recordFormats lists every format of a change record.
func recordFormats() format.List[func(io.Writer, *live.Record, layout.Style) error] {
	return format.List[func(io.Writer, *live.Record, layout.Style) error]{
		{Name: "text", Write: recordText}, {Name: "html", Write: recordHTML},
	}
}

// RecordFormats returns the names of the formats of [Record], those for people first.
func RecordFormats() []string { return recordFormats().Names() }

// Record writes a change record in the named format.
func Record(name string, w io.Writer, r *live.Record, s layout.Style) error {
	write, err := recordFormats().Find(name)
	if err != nil {
		return err
	}
	return write(w, r, s)
}

// fact is one line at the head of a record.
type fact struct{ Name, Text string }

func recordFacts(r *live.Record) []fact {
	stamp := func(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05") + " UTC" }
	facts := []fact{{"what", map[string]string{live.PushJournal: "push to Webex", live.UndoJournal: "undo of a push to Webex"}[r.Header.Journal]}}
	add := func(name, text string) {
		if text != "" {
			facts = append(facts, fact{name, harmless.Line(text)})
		}
	}
	add("ticket", r.Ticket)
	add("by", r.By)
	add("organization", r.Organization)
	add("revision", r.Revision)
	add("base", r.Base)
	add("plan", r.Plan)
	add("snapshot", r.Snapshot)
	add("undoes", r.Undoes)
	add("began", stamp(r.Began))
	for _, run := range r.Runs {
		add("run ended", stamp(run.At)+": "+run.Reason)
	}
	var counts []string
	for _, c := range r.Counts {
		counts = append(counts, layout.Count(c.Changes)+" "+string(c.Result))
	}
	if r.Left > 0 {
		counts = append(counts, layout.Count(r.Left)+" still to do")
	}
	add("results", strings.Join(counts, ", "))
	add("way back", "callpolicy live undo "+r.Journal)
	return facts
}

// recordRow is a change as a record shows it.
type recordRow struct{ User, Change, Why, Result, At, Message string }

func recordRows(r *live.Record) []recordRow {
	rows := make([]recordRow, len(r.Rows))
	for i, from := range r.Rows {
		change := "adds " + harmless.Line(strings.Join(from.Added, ", "))
		if from.After != nil {
			change = behavior(from.Before, r.Profiles) + " → " + behavior(from.After, r.Profiles)
		}
		result := string(from.Result)
		if result == "" {
			result = "still to do"
		}
		rows[i] = recordRow{harmless.Line(from.User), change, string(from.Why), result, from.At, harmless.Line(from.Message)}
	}
	return rows
}

func recordText(w io.Writer, r *live.Record, s layout.Style) error {
	t := newText(w, s)
	t.line("%s", s.Bold("Change record"))
	for _, f := range recordFacts(r) {
		t.line("  %-13s %s", f.Name, f.Text)
	}
	t.line("")
	var rows [][]string
	for _, row := range recordRows(r) {
		rows = append(rows, []string{"  " + row.User, row.Change, row.Result, row.At, row.Message})
	}
	for _, line := range layout.Columns(rows, "lllll") {
		t.line("%s", line)
	}
	t.skipped(r.Skipped, true)
	t.line("")
	t.hanging("", NotVerified)
	return t.Flush()
}

//go:embed record.html
var recordPage string

func recordHTML(w io.Writer, r *live.Record, _ layout.Style) error {
	page, err := template.New("record").Parse(recordPage)
	if err != nil {
		return err
	}
	skipped := make([]fact, len(r.Skipped))
	for i, skip := range r.Skipped {
		skipped[i] = fact{harmless.Line(skip.User), harmless.Line(skip.Reason)}
	}
	out := bufio.NewWriter(w)
	err = page.Execute(out, struct {
		Title   string
		Facts   []fact
		Rows    []recordRow
		Skipped []fact
		Note    string
	}{fmt.Sprintf("Change record %s", harmless.Line(r.Ticket)), recordFacts(r), recordRows(r), skipped, NotVerified})
	if err != nil {
		return err
	}
	return out.Flush()
}
