package webex

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// Error is a request that failed. Its text says what, why and what to do, and
// holds no token.
type Error struct {
	Request    string // GET /people
	Status     int    // 0: there was no answer
	Code       int    // of the error in the answer; 0: none
	Said       string // what Webex said, or what was wrong with the answer
	TrackingID string
	Unsure     bool // whether the request did something is not known
	cause      error
}

// Unwrap returns the error of the system behind it, if there is one.
func (e *Error) Unwrap() error { return e.cause }

// Error says it in words.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", e.Request)
	if e.Status != 0 {
		fmt.Fprintf(&b, "Webex answered %d", e.Status)
		if name := http.StatusText(e.Status); name != "" {
			fmt.Fprintf(&b, " %s", name)
		}
		if e.Said != "" {
			b.WriteString(": ")
		}
	}
	b.WriteString(e.Said)
	if e.Code != 0 {
		fmt.Fprintf(&b, " (error %d)", e.Code)
	}
	if hint := e.Hint(); hint != "" {
		b.WriteString("; " + hint)
	}
	if e.TrackingID != "" {
		fmt.Fprintf(&b, " [tracking id %s]", e.TrackingID)
	}
	return b.String()
}

// Hint says what may be behind the failure, and what to do; empty: nothing that
// is known.
func (e *Error) Hint() string {
	switch e.Status {
	case http.StatusUnauthorized:
		return "the token is not valid any more, or never was: get a new one"
	case http.StatusForbidden:
		return e.forbidden()
	case http.StatusMethodNotAllowed:
		return "for a person this can mean that a license is missing"
	case http.StatusNotFound:
		return "it was removed, or belongs to another organization"
	case http.StatusTooManyRequests, http.StatusLocked:
		return "Webex asked to come again later, again and again: use a lower --rate, or another time of day"
	}
	return ""
}

// forbidden tells the three kinds of 403 apart, as far as the answer does.
func (e *Error) forbidden() string {
	said := strings.ToLower(e.Said)
	switch {
	case strings.Contains(said, "scope"):
		return "the token lacks a scope"
	case strings.Contains(said, "read-only"), strings.Contains(said, "read only"), strings.Contains(said, "readonly"):
		return "the token belongs to a read-only administrator"
	case strings.Contains(said, "restrict"):
		return "a full administrator has restricted the call settings API in Control Hub"
	}
	return "the token lacks a scope, or belongs to a read-only administrator, or a full administrator has restricted the call settings API in Control Hub"
}

// IsStatus reports whether err is an answer with one of the statuses.
func IsStatus(err error, statuses ...int) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && slices.Contains(statuses, e.Status)
}

// Unsure reports whether a request that changes something failed so that it may
// have been done all the same: somebody must look.
func Unsure(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Unsure
}

// refused makes an error of an answer that says no.
func (c *Client) refused(r request, a answer) error {
	said, code, tracking := problem(a.body)
	return &Error{
		Request: r.String(), Status: a.status, Code: code, Said: said, TrackingID: or(tracking, a.tracking),
		Unsure: r.writes() && a.status >= http.StatusInternalServerError,
	}
}

// fail makes an error of an answer that is not what it should be.
func (c *Client) fail(r request, a answer, said string) error {
	return &Error{Request: r.String(), Status: a.status, Said: said, TrackingID: a.tracking, Unsure: r.writes()}
}

// broken makes an error of a request that got no answer.
func (c *Client) broken(ctx context.Context, r request, tracking string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // the address would only be repeated
	}
	said := "the connection failed: " + err.Error()
	timeout, isNet := errors.AsType[net.Error](err)
	moved, elsewhere := errors.AsType[*redirected](err)
	switch {
	case elsewhere:
		said = moved.Error()
	case certificate(err):
		said = "the certificate of the server is not trusted: " + err.Error() + "; a company's own can be given with SSL_CERT_FILE, and is never left unchecked"
	case isNet && timeout.Timeout():
		said = "there was no answer in time"
	}
	return &Error{Request: r.String(), Said: c.secrets.blot(said), TrackingID: tracking, Unsure: r.writes(), cause: c.blot(err)}
}

func certificate(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}

// String names a request without its query, which may be long.
func (r request) String() string { return r.method + " /" + r.path }

// problem reads the body of an error. There are three forms in use, and bodies
// that are no JSON at all.
func problem(data []byte) (said string, code int, tracking string) {
	var body struct {
		Message    string `json:"message"`
		ErrorCode  int    `json:"errorCode"`
		TrackingID string `json:"trackingId"`
		Errors     []struct {
			Description string `json:"description"`
			ErrorCode   int    `json:"errorCode"`
		} `json:"errors"`
		Error struct {
			Key     string `json:"key"`
			Message []struct {
				Description string `json:"description"`
				Code        string `json:"code"`
			} `json:"message"`
		} `json:"error"`
		Items []struct {
			Error struct {
				Key     string `json:"key"`
				Message []struct {
					Description string `json:"description"`
				} `json:"message"`
			} `json:"error"`
		} `json:"items"`
	}
	if err := json.Unmarshal(data, &body); err != nil {
		return "the answer is no JSON: " + excerpt(string(data)), 0, ""
	}
	texts := []string{body.Message}
	code = body.ErrorCode
	for _, e := range body.Errors {
		texts = append(texts, e.Description)
		code = or(code, e.ErrorCode)
	}
	for _, m := range body.Error.Message {
		texts = append(texts, m.Description)
	}
	for _, item := range body.Items {
		for _, m := range item.Error.Message {
			texts = append(texts, m.Description)
		}
	}
	var told []string
	for _, text := range texts {
		text = excerpt(text)
		if text != "" && (len(told) == 0 || told[len(told)-1] != text) {
			told = append(told, text)
		}
	}
	return strings.TrimRight(strings.Join(told, " "), "."), code, excerpt(body.TrackingID)
}

// excerpt returns the beginning of a text of unknown origin, on one line and with
// nothing in it that could move a terminal's cursor.
func excerpt(text string) string {
	const enough = 300
	text = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)), " ")
	if runes := []rune(text); len(runes) > enough {
		return string(runes[:enough]) + "…"
	}
	return text
}
