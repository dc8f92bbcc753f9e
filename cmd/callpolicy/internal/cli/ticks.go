package cli

import (
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/compiler/bounded"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/outstanding"
	"callpolicy/compiler/roster"
	"callpolicy/compiler/runbook"
	"callpolicy/compiler/workspace"
)

// readTicks reads a CSV file of what people say of resets in Control Hub.
func (a *app) readTicks(name string) ([]outstanding.Tick, error) {
	full, err := a.Path(name)
	if err != nil {
		return nil, err
	}
	data, err := bounded.File(full, mostTicked)
	if err != nil {
		return nil, &failure.Error{Problem: "cannot read " + a.Shown(full) + ": " + command.Cause(err).Error(), Hint: "write it, with the columns " + strings.Join(outstanding.Columns(), ","), Cause: err}
	}
	rows, diags := roster.Rows(a.Shown(full), data, outstanding.Columns()...)
	if len(diags) > 0 {
		return nil, &failure.Error{Problem: diags[0].Subject.String() + ": " + diags[0].Summary, Hint: diags[0].Hint, Kind: command.Misused}
	}
	ticks := make([]outstanding.Tick, len(rows))
	for i, row := range rows {
		c := row.Cells
		ticks[i] = outstanding.Tick{
			User: c[0], Setting: c[1], Said: outstanding.Said{By: cmp.Or(c[2], "somebody"), Date: c[3], Ticket: c[4], Reason: c[5]},
		}
	}
	return ticks, nil
}

// remembered adds to the input of a runbook what the targets remember to be
// reset in Control Hub, and returns what people say of that.
func (c *runbookCommand) remembered(p workspace.Project, in *runbookInput) ([]outstanding.Tick, error) {
	list, err := p.OutstandingFor(in.Head.Config)
	if err != nil {
		return nil, err
	}
	if c.accept != "" {
		if err := c.acceptValue(list); err != nil {
			return nil, err
		}
	}
	var ticks []outstanding.Tick
	if strings.HasSuffix(c.done, ".csv") {
		if ticks, err = c.readTicks(c.done); err != nil {
			return nil, err
		}
	}
	for _, e := range list {
		if e.Said != nil {
			ticks = append(ticks, outstanding.Tick{User: e.User, Setting: e.Setting, Said: *e.Said})
		}
		setting := e.Setting
		if strings.HasPrefix(setting, "callingBehavior.") {
			setting = "callingBehavior"
		}
		if _, there := in.Head.Config.User(e.User); there {
			in.Pins = append(in.Pins, runbook.Pin{User: e.User, Setting: setting})
		}
	}
	return ticks, nil
}

// acceptValue adds a row to the CSV file: the value is to stay.
func (c *runbookCommand) acceptValue(list outstanding.List) error {
	user, setting, _ := strings.Cut(c.accept, ",")
	if !slices.Clone(list).Say(user, setting, outstanding.Said{}) {
		return &failure.Error{Problem: "nothing is to be reset for " + c.accept, Hint: "write --accept USER,SETTING as callpolicy explain USER shows it", Kind: command.Misused}
	}
	name, err := c.Path(c.done)
	if err != nil {
		return err
	}
	data, err := bounded.File(name, mostTicked)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text := strings.Builder{}
	w := csv.NewWriter(&text)
	head, rest, _ := strings.Cut(string(data), "\n")
	if strings.Contains(head, ";") {
		w.Comma = ';'
	}
	if lower := strings.ToLower(head); strings.Contains(lower, "user") && !strings.Contains(lower, "reason") {
		data = []byte(strings.TrimRight(head, "\r") + string(w.Comma) + "reason\n" + rest)
	}
	text.Write(data)
	if len(data) > 0 && data[len(data)-1] != '\n' {
		text.WriteByte('\n')
	}
	if len(data) == 0 {
		if err := w.Write(outstanding.Columns()); err != nil {
			return err
		}
	}
	if err := w.Write([]string{user, setting, c.by, time.Now().UTC().Format(time.DateOnly), "", c.reason}); err != nil {
		return err
	}
	w.Flush()
	return workspace.WriteFile(name, func(w io.Writer) error {
		_, err := io.WriteString(w, text.String())
		return err
	})
}
