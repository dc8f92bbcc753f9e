package livecli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view/liveview"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/workspace"
)

// simulate is the choices of live simulate.
type simulate struct {
	*command.App
	from   string
	listen string
	stray  int
	seed   uint64
	rate   int
}

func newSimulateCommand(a *command.App) *cobra.Command {
	c := simulate{App: a}
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Be a Webex organization to try this with",
		Long: `Simulate compiles a project and serves an organization that holds what it says,
behind the paths of the Webex API, until it is interrupted. The first line that
it prints is the address to give to --base-url. Any token is taken. It is in
memory, and only this machine reaches it.

--stray makes stray clicks in calling behavior, as somebody in Control Hub
would, on people with and without an override; equal seeds make equal clicks.
--rate refuses more requests a minute, on a clock that moves with the requests.`,
		Example: `  callpolicy live simulate --from . --stray 4
  callpolicy live pull --base-url http://127.0.0.1:8080/v1`,
		Args: command.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.StringVar(&c.from, "from", ".", "the `folder` of the project")
	flags.StringVar(&c.listen, "listen", "127.0.0.1:0", "the `address`; port 0: any free one")
	flags.IntVar(&c.stray, "stray", 0, "make `N` stray clicks first")
	flags.Uint64Var(&c.seed, "seed", 1, "where the stray clicks begin")
	flags.IntVar(&c.rate, "rate", 0, "refuse more than `N` requests a minute")
	return cmd
}

func (c *simulate) run(ctx context.Context) (err error) {
	host, _, err := net.SplitHostPort(c.listen)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return &failure.Error{Problem: fmt.Sprintf("--listen %s is no address of this machine alone", c.listen), Hint: "write 127.0.0.1:PORT", Kind: command.Misused}
	}
	request, options, err := c.Request(command.State{})
	if err != nil {
		return err
	}
	if request.Dir, err = c.Path(c.from); err != nil {
		return err
	}
	p, err := workspace.OpenProject(ctx, request, options)
	if err != nil {
		return err
	}
	server, diags, err := p.Simulate(ctx)
	if err := errors.Join(err, p.Close()); err != nil {
		return err
	}
	if server == nil {
		return errors.Join(report.Text(c.Stderr, command.ReportOf(p, nil, diags), c.Err()), command.Faulty)
	}
	server.Limit(c.rate)
	clicks := server.Stray(c.stray, c.seed)
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", c.listen)
	if err != nil {
		return err
	}
	if err := liveview.Simulating(c.Stdout, c.Stderr, listener.Addr().String(), server.OrgID(), len(server.People()), clicks, c.Err()); err != nil {
		return errors.Join(err, listener.Close())
	}
	serving := &http.Server{Handler: server, ReadHeaderTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = serving.Close() }) // whoever asks at this moment sees the connection end
	defer stop()
	if err := serving.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
