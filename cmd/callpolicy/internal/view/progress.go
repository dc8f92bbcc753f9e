package view

import (
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cheggaaa/pb/v3"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler"
)

// progressBar has no colors, so there is nothing to switch off.
const progressBar pb.ProgressBarTemplate = `{{string . "stage"}}{{if .Total}} {{bar . "[" "=" ">" " " "]"}} {{counters .}}{{end}} {{etime .}}`

// timedBar also says when a stage will end, for those that take hours.
const timedBar pb.ProgressBarTemplate = `{{string . "stage"}}{{if .Total}} {{bar . "[" "=" ">" " " "]"}} {{counters .}} {{rtime . "%s left"}}{{else}} {{counters .}}{{end}} {{etime .}}`

// stageWords say for people what a stage of the compiler does.
var stageWords = map[string]string{
	"roster":  "reading the roster",
	"read":    "reading the files",
	"resolve": "working out who has what",
	"check":   "checking the rules",
	"render":  "making the bundles",
	"compare": "comparing",
	"merge":   "putting the parts together",
	"write":   "writing",
	"pull":    "reading from Webex",
	"push":    "writing to Webex",
}

// Progress says on a terminal what is being done, once that takes a while. It
// shows nothing but while a stage lasts, on a line that it clears when the stage
// ends, so that whatever is printed between stages stands alone. A nil Progress
// shows nothing at all.
type Progress struct {
	out   io.Writer
	width int

	mu     sync.Mutex
	due    bool // the wait is long enough to say something
	timer  *time.Timer
	stages []string          // under way, the innermost last
	bar    *pb.ProgressBar   // of the innermost, where it is shown
	parts  map[string][2]int // how far each is: parts done, and all
}

var _ compiler.Watcher = (*Progress)(nil)

// NewProgress returns what shows progress on w after a delay; nil where w is no
// terminal that can clear a line, or where another program has the terminal.
func NewProgress(w io.Writer, getenv func(string) string, delay time.Duration) *Progress {
	if !interactive(w, getenv) || getenv("GIT_PAGER_IN_USE") != "" {
		return nil
	}
	p := &Progress{out: w, width: layout.Terminal(w, getenv).Width - 1, parts: map[string][2]int{}}
	p.timer = time.AfterFunc(delay, p.start)
	return p
}

// interactive reports whether a person sits at w, at a terminal that can move
// its cursor. CI systems have terminals, too, and nobody who looks at them.
func interactive(w io.Writer, getenv func(string) string) bool {
	return IsTerminal(w) && getenv("TERM") != "dumb" && getenv("CI") == ""
}

// start shows what is under way, if anything is.
func (p *Progress) start() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.due = true
	p.show()
}

// Begin says that a stage begins.
func (p *Progress) Begin(stage string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stages = append(p.stages, stage)
	p.show()
}

// End says that a stage is over.
func (p *Progress) End(stage string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, name := range slices.Backward(p.stages) {
		if name == stage {
			p.stages = slices.Delete(p.stages, i, i+1)
			break
		}
	}
	delete(p.parts, stage)
	p.show()
}

// Advance says how far the innermost stage is.
func (p *Progress) Advance(done, all int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.stages) == 0 {
		return
	}
	// Those who say it are many, and need not come in order.
	stage := p.stages[len(p.stages)-1]
	p.parts[stage] = [2]int{max(done, p.parts[stage][0]), all}
	p.set(stage)
}

// Stop clears the line for good, whatever is under way.
func (p *Progress) Stop() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer.Stop()
	p.due, p.stages = false, nil
	p.show()
}

// show clears the line, and shows the innermost stage instead.
func (p *Progress) show() {
	if p.bar != nil {
		p.bar.Finish()
		p.bar = nil
	}
	if !p.due || len(p.stages) == 0 {
		return
	}
	stage := p.stages[len(p.stages)-1]
	words := stageWords[stage]
	if words == "" {
		words = stage
	}
	template := progressBar
	if stage == "pull" || stage == "push" {
		template = timedBar
	}
	p.bar = template.New(0).SetWriter(p.out).SetWidth(p.width)
	p.bar.Set("stage", strings.ToUpper(words[:1])+words[1:])
	p.bar.Set(pb.Terminal, true).Set(pb.ReturnSymbol, "\r").Set(pb.CleanOnFinish, true).Set(pb.Color, false)
	p.set(stage)
	p.bar.Start()
}

// set moves the bar to where a stage is.
func (p *Progress) set(stage string) {
	if p.bar != nil {
		p.bar.SetCurrent(int64(p.parts[stage][0])).SetTotal(int64(p.parts[stage][1]))
	}
}
