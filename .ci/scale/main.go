// Command scale measures callpolicy on organizations of up to a million people,
// beside what it can be compared with: the cue command, and programs that do
// nothing but read, or write, the same bytes. It is a module of its own, so
// that callpolicy does not come to depend on what only this needs.
//
//	scale bench [-run NAMES] [-runs N] [-write FILE]   measure, and print the table
//	scale generate [-users N] [-files N] … FOLDER      write an organization
//	scale read FOLDER                                  the reading floor
//	scale write FROM TO                                the writing floor
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"syscall"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

// processorTime is how much of it this process has used.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

var errUsage = errors.New("usage: scale bench | generate | read | write; see the comment in main.go")

func run(args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	command, args := args[0], args[1:]
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	switch command {
	case "bench":
		var b bench
		b.flags(flags)
		if err := flags.Parse(args); err != nil {
			return err
		}
		return b.run()
	case "generate":
		var o organization
		flags.IntVar(&o.users, "users", 100_000, "how many people")
		flags.IntVar(&o.files, "files", 100, "in how many policy files")
		flags.IntVar(&o.guardrails, "guardrails", 0, "how many rules of its own")
		flags.StringVar(&o.form, "form", "yaml", "yaml, cue or roster")
		if err := flags.Parse(args); err != nil {
			return err
		}
		if flags.NArg() != 1 {
			return errUsage
		}
		return o.write(flags.Arg(0))
	case "read":
		if len(args) != 1 {
			return errUsage
		}
		return readFloor(args[0])
	case "write":
		if len(args) != 2 {
			return errUsage
		}
		write, err := writeFloor(args[0], args[1])
		if err != nil {
			return err
		}
		start, used := time.Now(), processorTime()
		if err := write(); err != nil {
			return err
		}
		// The bench reads this: what came before is not the floor.
		_, err = fmt.Println(time.Since(start).Seconds(), (processorTime() - used).Seconds())
		return err
	}
	return errUsage
}
