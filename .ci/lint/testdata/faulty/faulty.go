// Package faulty holds one fault for each analyzer that the tool is made of,
// with the name of the check that must find it.
package faulty

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"time"
)

// Level is an enum.
type Level int

// The levels.
const (
	Low Level = iota + 1
	High
)

// ErrLost is an error to compare with.
var ErrLost = errors.New("lost")

// Switch forgets a level, in spite of its default.
func Switch(l Level) string {
	switch l { // want exhaustive
	case Low:
		return "low"
	default:
		return ""
	}
}

// Compare compares errors without errors.Is and wraps one without its chain.
func Compare(err error) error {
	if err == ErrLost { // want errorlint
		return fmt.Errorf("compare: %v", err) // want errorlint
	}
	return err
}

// Unchecked drops an error and asserts a type without asking.
func Unchecked(v any) string {
	os.Remove("file") // want errcheck
	return v.(string) // want errcheck
}

// Read closes what it read, and prints to whom it may concern.
func Read(w io.Writer) error {
	f, err := os.Open("file")
	if err != nil {
		return err
	}
	defer f.Close()
	fmt.Fprintln(w, f.Name())
	f.Close() // want errcheck
	return nil
}

// Format does not fit its arguments.
func Format() string {
	return fmt.Sprintf("%d", "word") // want printf SA5009
}

// Cancel is never called.
func Cancel(ctx context.Context) context.Context {
	ctx, _ = context.WithTimeout(ctx, time.Second) // want lostcancel
	return ctx
}

// Nil is used where it is known to be nil.
func Nil(l *Level) Level {
	if l == nil {
		return *l // want nilness
	}
	return *l
}

// Never ends without a period, so the place to look is this line // want godot
func Never() {}

type unused struct{} // want U1000

func Loud() { fmt.Println("here") } // want houseoutput housedoc

func init() { ErrLost = io.EOF } // want houseglobals houseglobals

// Wrong is what another one is called // want ST1020 godot
func Right() {}

// Old is written as one had to before.
func Old(a []int) {
	sort.Slice(a, func(i, j int) bool { return a[i] < a[j] }) // want slicessort
}

// Convert makes an int of an int, and asks for more than it needs.
func Convert(n int) int { return int(add(n, 1)) } // want unconvert

func add(n, more int) int { return n + 1 } // want unparam

// Silenced has a reason.
func Silenced() {
	//lint:ignore errcheck nobody waits for it
	os.Remove("file")
}

// Mute has none.
func Mute() {
	//lint:ignore errcheck
	os.Remove("file") // want errcheck compile
}

// Idle silences nothing.
func Idle() {
	//lint:ignore errcheck there is nothing here // want staticcheck
	_ = os.Remove("file")
}
