// Command callpolicy compiles Cisco Webex calling policies, kept in a git
// repository, into the client configuration of every user.
package main

import (
	"context"
	"os"

	"callpolicy/cmd/callpolicy/internal/cli"
)

func main() {
	os.Exit(cli.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}
