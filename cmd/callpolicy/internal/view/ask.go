package view

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"callpolicy/cmd/callpolicy/internal/view/layout"
)

// IsTerminal reports whether somebody sits at the other end of a stream.
func IsTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Ask asks a question that is answered with yes or no; anything but yes is no.
// It gives up when the context is done, although nobody answered.
func Ask(ctx context.Context, in io.Reader, out io.Writer, question string, s layout.Style) (yes bool, err error) {
	if _, err := fmt.Fprintf(out, "%s [y/N] ", s.Bold(question)); err != nil {
		return false, err
	}
	type reply struct {
		line string
		err  error
	}
	replies := make(chan reply, 1)
	go func() { // reading cannot be interrupted; the process ends soon after
		line, err := bufio.NewReader(in).ReadString('\n')
		replies <- reply{line, err}
	}()
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case r := <-replies:
		if r.err != nil && !errors.Is(r.err, io.EOF) {
			return false, r.err
		}
		switch strings.ToLower(strings.TrimSpace(r.line)) {
		case "y", "yes":
			return true, nil
		}
		return false, nil
	}
}
