// Command callpolicy compiles Cisco Webex calling policies, kept in a git
// repository, into the client configuration of every user.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"callpolicy/cmd/callpolicy/internal/cli"
)

func main() {
	// A crash of the runtime would end with 2, which means that there are
	// changes. So it ends by a signal, which a shell shows as 134.
	debug.SetTraceback("crash")
	os.Exit(cli.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}
