package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// row is one line of the table.
type row struct{ What, Us, Other, Ratio, Target, Met string }

// time compares the time on the clock; atMost is the target, 0 for none. Of processor time the ratio is shown as
// well, which depends less on what else the machine does.
func (b *bench) time(what string, us sample, name string, other sample, atMost float64) {
	ratio := us.wall.Seconds() / other.wall.Seconds()
	target, reached := fmt.Sprintf("at most %.4g ×", atMost), met(ratio <= atMost)
	switch {
	case atMost == 0:
		target, reached = "", ""
	case atMost < 0.13:
		target = fmt.Sprintf("%.4g × faster", 1/atMost)
	}
	b.rows = append(b.rows, row{
		what, seconds(us), name + ": " + seconds(other),
		fmt.Sprintf("%.2f (%.2f)", ratio, us.cpu.Seconds()/other.cpu.Seconds()), target, reached,
	})
}

func (b *bench) memory(what string, us sample, name string, other sample, atMost float64) {
	ratio := float64(us.memory) / float64(other.memory)
	b.rows = append(b.rows, row{
		what + ", memory", megabytes(us), name + ": " + megabytes(other), fmt.Sprintf("%.2f", ratio), fmt.Sprintf("at most %.4g ×", atMost), met(ratio <= atMost),
	})
}

func (b *bench) within(what string, us sample, limit float64) {
	b.rows = append(b.rows, row{what, seconds(us), "", "", fmt.Sprintf("under %.0f ms", 1000*limit), met(us.wall.Seconds() < limit)})
}

func (b *bench) space(what string, us sample, limit float64) {
	b.rows = append(b.rows, row{what + ", memory", megabytes(us), "", "", fmt.Sprintf("at most %.0f MB", limit/1e6), met(float64(us.memory) <= limit)})
}

func seconds(s sample) string {
	if s.wall.Seconds() < 1 {
		return fmt.Sprintf("%.0f ms", 1000*s.wall.Seconds())
	}
	return fmt.Sprintf("%.2f s", s.wall.Seconds())
}

func megabytes(s sample) string { return fmt.Sprintf("%.0f MB", float64(s.memory)/1e6) }

func met(ok bool) string {
	if ok {
		return "yes"
	}
	return "**no**"
}

// table writes the rows as Markdown.
func table(rows []row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Medians, on %d processors (%s/%s). A ratio is of times on the clock, in brackets of processor time.\n\n", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	b.WriteString("| What | callpolicy | Compared with | Ratio | Target | Met |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.What, r.Us, r.Other, r.Ratio, r.Target, r.Met)
	}
	return b.String()
}

const (
	begin = "<!-- The table is written by \"make bench-scale\". -->\n"
	end   = "<!-- The end of the table. -->\n"
)

// put puts the table between the marks of a file.
func (b *bench) put(text string) error {
	page, err := os.ReadFile(b.write)
	if err != nil {
		return err
	}
	start := bytes.Index(page, []byte(begin))
	stop := bytes.Index(page, []byte(end))
	if start < 0 || stop < start {
		return fmt.Errorf("%s has no marks for the table", b.write)
	}
	start += len(begin)
	return os.WriteFile(b.write, []byte(string(page[:start])+"\n"+text+"\n"+string(page[stop:])), 0o644)
}
