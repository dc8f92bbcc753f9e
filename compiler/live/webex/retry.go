package webex

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// How long to wait, and how often to come again.
const (
	tooMany   = 5 * time.Second  // after 429 without Retry-After
	locked    = 30 * time.Second // after 423 without Retry-After
	first     = time.Second      // after the first failure of another kind, and then twice as long each time
	longest   = time.Minute      // Webex may say longer, up to patience
	patience  = 10 * time.Minute // how long a single wait may be
	laterMore = 60               // times that "later" is obeyed
	brokenTry = 4                // times that a failure is tried again
)

// patient returns a client that comes again where that is right.
func (c *Client) patient(plain *http.Client, again func(*http.Response, error) bool) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient: plain, Logger: nil, RetryMax: laterMore,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
		CheckRetry: func(ctx context.Context, resp *http.Response, err error) (bool, error) {
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
			if !again(resp, err) {
				return false, nil
			}
			tries, ok := ctx.Value(triesKey{}).(*int)
			if later(resp) || !ok {
				return true, nil
			}
			*tries++
			return *tries < brokenTry, nil
		},
		Backoff: func(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
			if c.loopback {
				return 0 // nobody is helped by waiting for this machine
			}
			return wait(attempt, resp)
		},
	}
}

// triesKey is where a request counts how often it failed.
type triesKey struct{}

// later reports whether Webex asks to come again later. Nothing was done then.
func later(resp *http.Response) bool {
	return resp != nil && (resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusLocked)
}

// canWrite says whether a request that changes something may be sent once more:
// only where it surely did nothing. Whoever sent it must look otherwise.
func canWrite(resp *http.Response, _ error) bool { return later(resp) }

// canRead says whether a request that only reads may be sent once more.
func canRead(resp *http.Response, err error) bool {
	if err != nil {
		_, elsewhere := errors.AsType[*redirected](err)
		return !elsewhere && !certificate(err)
	}
	switch resp.StatusCode {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return later(resp)
}

// wait is how long to wait after an attempt, counted from 0.
func wait(attempt int, resp *http.Response) time.Duration {
	if resp != nil {
		if said, ok := retryAfter(resp.Header.Get("Retry-After"), time.Now()); ok {
			return min(said, patience)
		}
		switch resp.StatusCode {
		case http.StatusTooManyRequests:
			return tooMany
		case http.StatusLocked:
			return locked
		}
	}
	return min(first<<min(attempt, 10), longest)
}

// retryAfter reads the header: seconds, or a date.
func retryAfter(header string, now time.Time) (time.Duration, bool) {
	if seconds, err := strconv.Atoi(header); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, int(patience/time.Second))) * time.Second, true
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(at.Sub(now), 0), true
	}
	return 0, false
}
