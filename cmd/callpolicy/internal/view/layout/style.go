package layout

import (
	"io"
	"os"
	"strings"

	"github.com/muesli/termenv"
	"golang.org/x/term"

	"callpolicy/compiler/diag"
)

// MinimumWidth is the columns below which wrapping helps nobody.
const MinimumWidth = 40

const (
	plainWidth    = 80  // columns where there is no terminal to ask
	readableWidth = 100 // columns beyond which a line of prose is hard to follow
)

// Style is how text is laid out and whether it is colored. The zero value is
// not useful; see [Plain] and [Terminal].
type Style struct {
	Width int  // columns to use
	Color bool // text is colored, with the 16 colors of every terminal
}

// Plain returns the style of a file or a pipe: 80 columns and no color.
func Plain() Style { return Style{Width: plainWidth} }

// Terminal returns the style for w. It is colored where w is a terminal that
// shows colors; in the environment NO_COLOR takes color away and CLICOLOR_FORCE
// puts it into a pipe, too. getenv is os.Getenv outside of tests.
func Terminal(w io.Writer, getenv func(string) string) Style {
	out := termenv.NewOutput(w, termenv.WithEnvironment(environment(getenv)))
	s := Style{Width: plainWidth, Color: out.EnvColorProfile() != termenv.Ascii}
	if s.Color {
		// A console of Windows shows colors once it is told to, and escape
		// sequences until then. It stays so, as other programs leave it.
		_, err := termenv.EnableVirtualTerminalProcessing(out)
		s.Color = err == nil
	}
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			s.Width = max(width, MinimumWidth)
		}
	}
	return s
}

// environment lets termenv ask for variables one at a time.
type environment func(string) string

func (e environment) Getenv(key string) string { return e(key) }
func (e environment) Environ() []string        { return nil }

// Prose is the width for running text, however wide the terminal is.
func (s Style) Prose() int { return min(s.Width, readableWidth) }

// Bold returns the text in bold.
func (s Style) Bold(text string) string { return s.paint(text, termenv.Style.Bold) }

// Dim returns the text in a fainter shade of its color.
func (s Style) Dim(text string) string { return s.paint(text, termenv.Style.Faint) }

// Red returns the text in red, the color of errors and of what is taken away.
func (s Style) Red(text string) string { return s.paint(text, foreground(termenv.ANSIRed)) }

// Green returns the text in green, the color of what is added or well.
func (s Style) Green(text string) string { return s.paint(text, foreground(termenv.ANSIGreen)) }

// Yellow returns the text in yellow, the color of warnings and of what changes.
func (s Style) Yellow(text string) string { return s.paint(text, foreground(termenv.ANSIYellow)) }

// Blue returns the text in blue, the color of what is merely worth knowing.
func (s Style) Blue(text string) string { return s.paint(text, foreground(termenv.ANSIBlue)) }

// Severity returns the text in the color of the severity.
func (s Style) Severity(severity diag.Severity, text string) string {
	switch severity {
	case diag.Error:
		return s.Red(text)
	case diag.Warning:
		return s.Yellow(text)
	case diag.Info:
		return s.Blue(text)
	case diag.Off:
	}
	return text
}

func foreground(c termenv.Color) func(termenv.Style) termenv.Style {
	return func(s termenv.Style) termenv.Style { return s.Foreground(c) }
}

// paint keeps to the 16 colors that every terminal has, which the reader's own
// theme makes legible.
func (s Style) paint(text string, with func(termenv.Style) termenv.Style) string {
	if !s.Color || strings.TrimSpace(text) == "" {
		return text
	}
	return with(termenv.ANSI.String()).Styled(text)
}
