package webex

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"
)

// BaseURL is where the API of Webex is. The one for the government of the United
// States is at another host.
const (
	BaseURL        = "https://webexapis.com/v1"
	GovernmentHost = "api-usgov.webex.com"
)

// Options is how a client works.
type Options struct {
	BaseURL   string // empty: [BaseURL]
	AnyHost   bool   // a person chose the base address on the command line: any host may get the token
	OrgID     string // the organization that every request names; empty: the token's own
	PerMinute int    // requests a minute; 0: as many as Webex takes
	Token     TokenSource
	Transport http.RoundTripper // nil: the usual one, with the system's proxies and certificates
	Timeout   time.Duration     // of one request; 0: a minute
	Requested func()            // called at each request; may be nil
}

// Client speaks to one organization. It may be used from many goroutines.
type Client struct {
	base     *url.URL
	orgID    string
	token    TokenSource
	loopback bool
	secrets  *secrets
	reading  *retryablehttp.Client
	writing  *retryablehttp.Client
	requests *atomic.Int64
}

// maxAnswer is how many bytes of an answer are read.
const maxAnswer = 32 << 20

// New returns a client. It refuses to send a token anywhere but to Webex or to
// this machine, unless a person named the host.
func New(o Options) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(or(o.BaseURL, BaseURL), "/"))
	if err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" {
		return nil, fmt.Errorf("%q is no address of an API: it must look like %s", o.BaseURL, BaseURL)
	}
	c := &Client{base: base, orgID: o.OrgID, token: o.Token, loopback: loopback(base.Hostname()), secrets: &secrets{}, requests: new(atomic.Int64)}
	webex := base.Host == "webexapis.com" || base.Host == GovernmentHost
	switch {
	case c.loopback:
	case base.Scheme != "https":
		return nil, fmt.Errorf("%s is not encrypted, and a token goes there: it must begin with https", base)
	case !webex && !o.AnyHost:
		return nil, fmt.Errorf("%s is neither Webex nor this machine: a token goes there only if --base-url says so", base.Host)
	}
	transport := &transport{next: o.Transport, client: c, requested: o.Requested}
	if transport.next == nil {
		transport.next = http.DefaultTransport
	}
	if o.PerMinute > 0 && !c.loopback {
		transport.pace = rate.NewLimiter(rate.Limit(float64(o.PerMinute)/60), 1)
	}
	plain := &http.Client{Transport: transport, Timeout: or(o.Timeout, time.Minute), CheckRedirect: sameHost}
	c.reading, c.writing = c.patient(plain, canRead), c.patient(plain, canWrite)
	c.secrets.add(o.Token.secrets()...)
	return c, nil
}

// OrgID returns the organization that every request names; empty: the token's own.
func (c *Client) OrgID() string { return c.orgID }

// For returns the client for an organization. All else is shared.
func (c *Client) For(orgID string) *Client {
	other := *c
	other.orgID = orgID
	return &other
}

// loopback reports whether a host is this machine itself.
func loopback(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	return host == "localhost"
}

// sameHost refuses to be sent elsewhere.
func sameHost(r *http.Request, via []*http.Request) error {
	first := via[0].URL
	if r.URL.Host != first.Host || r.URL.Scheme != first.Scheme {
		return &redirected{host: r.URL.Host}
	}
	if len(via) >= 5 {
		return errors.New("the answer redirects again and again")
	}
	return nil
}

type redirected struct{ host string }

func (e *redirected) Error() string {
	return fmt.Sprintf("the answer leads to another host, %s, and is not followed", e.host)
}

// transport does what every single request needs.
type transport struct {
	next      http.RoundTripper
	client    *Client
	pace      *rate.Limiter // nil: as fast as Webex lets us
	requested func()
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.pace != nil {
		if err := t.pace.Wait(r.Context()); err != nil {
			return nil, err
		}
	}
	t.client.requests.Add(1)
	if t.requested != nil {
		t.requested()
	}
	return t.next.RoundTrip(r)
}

// request is one call of the API.
type request struct {
	method string
	path   string // below the base address, without a slash at the start
	query  url.Values
	send   any  // nil: no body
	anyOrg bool // it names no organization
}

func (r request) writes() bool { return r.method != http.MethodGet }

// do sends a request that names the organization, and reads the answer into out.
// It returns the answer's status and the link to the next page.
func (c *Client) do(ctx context.Context, r request, out any) (status int, next string, err error) {
	at := c.base.JoinPath(r.path)
	query := r.query
	if query == nil {
		query = url.Values{}
	}
	if c.orgID != "" && !r.anyOrg && query.Get("orgId") == "" {
		query.Set("orgId", c.orgID)
	}
	at.RawQuery = query.Encode()
	var data []byte
	if r.send != nil {
		if data, err = json.Marshal(r.send); err != nil {
			return 0, "", err
		}
	}
	answer, err := c.send(ctx, r, at, data)
	if err != nil {
		return 0, "", err
	}
	if out != nil && len(answer.body) > 0 {
		if err := json.Unmarshal(answer.body, out); err != nil {
			return answer.status, "", c.fail(r, answer, "the answer is no JSON of the documented form: "+err.Error())
		}
	} else if out != nil {
		return answer.status, "", c.fail(r, answer, "the answer is empty")
	}
	return answer.status, answer.next, nil
}

// answer is what came back.
type answer struct {
	status   int
	body     []byte
	next     string // the link to the next page, as it was sent
	tracking string
}

// send sends a request, and once more with a new token where Webex no longer
// takes the one it had.
func (c *Client) send(ctx context.Context, r request, at *url.URL, data []byte) (answer, error) {
	for again := false; ; again = true {
		token, err := c.token.Token(ctx)
		if err != nil {
			return answer{}, c.blot(err)
		}
		c.secrets.add(c.token.secrets()...)
		got, err := c.once(ctx, r, at, data, token)
		if err != nil || got.status < 300 {
			return got, err
		}
		if got.status == http.StatusUnauthorized && !again && c.token.Renew(token) {
			continue
		}
		return got, c.refused(r, got)
	}
}

func (c *Client) once(ctx context.Context, r request, at *url.URL, data []byte, token string) (answer, error) {
	var send any
	if data != nil {
		send = bytes.NewReader(data)
	}
	out, err := retryablehttp.NewRequestWithContext(context.WithValue(ctx, triesKey{}, new(int)), r.method, at.String(), send)
	if err != nil {
		return answer{}, c.blot(err)
	}
	tracking := "CALLPOLICY_" + rand.Text()
	out.Header.Set("Authorization", "Bearer "+token)
	out.Header.Set("Accept", "application/json")
	out.Header.Set("Trackingid", tracking)
	if data != nil {
		out.Header.Set("Content-Type", "application/json")
	}
	client := c.reading
	if r.writes() {
		client = c.writing
	}
	resp, err := client.Do(out)
	if err != nil {
		return answer{}, c.broken(ctx, r, tracking, err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	got := answer{status: resp.StatusCode, next: nextLink(resp.Header.Values("Link")), tracking: c.secrets.blot(or(resp.Header.Get("Trackingid"), tracking))}
	if got.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1)); err != nil {
		return got, c.broken(ctx, r, got.tracking, err)
	}
	if len(got.body) > maxAnswer {
		return got, c.fail(r, got, fmt.Sprintf("the answer is larger than %d MiB", maxAnswer>>20))
	}
	got.body = []byte(c.secrets.blot(string(got.body)))
	return got, nil
}

func or[T comparable](value, otherwise T) T {
	var none T
	if value == none {
		return otherwise
	}
	return value
}
