package webex

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// TokenSource gives the access token for a request. It is made by [Static] or
// [Refreshed].
type TokenSource interface {
	// Token returns the token to use now.
	Token(ctx context.Context) (string, error)
	// Renew says that Webex no longer takes a token. It reports whether the next
	// call of Token may give another.
	Renew(refused string) bool
	// secrets are the texts that no output may hold.
	secrets() []string
}

// Static is an access token that somebody got by hand.
func Static(token string) TokenSource { return static(strings.TrimSpace(token)) }

type static string

func (s static) Token(context.Context) (string, error) { return string(s), nil }
func (s static) Renew(string) bool                     { return false }
func (s static) secrets() []string                     { return []string{string(s)} }

// RefreshGrant is the right of an integration or a service app to get access
// tokens, without a person.
type RefreshGrant struct {
	ClientID, ClientSecret, RefreshToken string

	BaseURL string            // where tokens come from; empty: [BaseURL]
	HTTP    http.RoundTripper // nil: the usual one
	Say     func(string)      // is told what a person must know about the grant; may be nil
}

// soon is how long before its end a grant is spoken of.
const soon = 14 * 24 * time.Hour

// Refreshed gives the tokens of a refresh grant, and a new one when Webex no
// longer takes the last.
func Refreshed(g RefreshGrant) TokenSource { return &refreshed{grant: g} }

type refreshed struct {
	grant RefreshGrant

	mu    sync.Mutex
	token *oauth2.Token
	said  bool
	old   []string // tokens that were given before
}

func (r *refreshed) Token(ctx context.Context) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.token.Valid() {
		return r.token.AccessToken, nil
	}
	client := &http.Client{Transport: r.grant.HTTP, Timeout: time.Minute, CheckRedirect: sameHost}
	config := oauth2.Config{
		ClientID: r.grant.ClientID, ClientSecret: r.grant.ClientSecret,
		Endpoint: oauth2.Endpoint{TokenURL: strings.TrimRight(or(r.grant.BaseURL, BaseURL), "/") + "/access_token", AuthStyle: oauth2.AuthStyleInParams},
	}
	token, err := config.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, client), &oauth2.Token{RefreshToken: r.grant.RefreshToken}).Token()
	if err != nil {
		return "", notGranted(err)
	}
	r.token = token
	r.old = append(r.old, token.AccessToken, token.RefreshToken)
	r.say(token)
	return token.AccessToken, nil
}

// say tells, once, what a person must do about the grant.
func (r *refreshed) say(token *oauth2.Token) {
	if r.grant.Say == nil || r.said {
		return
	}
	r.said = true
	if seconds, ok := token.Extra("refresh_token_expires_in").(float64); ok {
		if left := time.Duration(seconds) * time.Second; left < soon {
			r.grant.Say(fmt.Sprintf("The grant for Webex ends in %d days: authorize the integration or the service app again, and store the new refresh token.", int(left.Hours()/24)))
		}
	}
	if token.RefreshToken != r.grant.RefreshToken {
		r.grant.Say("Webex replaced the refresh token. callpolicy stores none: authorize the integration or the service app again, and store its new refresh token, before the old one is refused.")
	}
}

func (r *refreshed) Renew(refused string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.token != nil && r.token.AccessToken == refused {
		r.token = nil
	}
	return true
}

func (r *refreshed) secrets() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{r.grant.ClientSecret, r.grant.RefreshToken}, r.old...)
}

// notGranted says that there is no token, without the answer, which may hold one.
func notGranted(err error) error {
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok && e.Response != nil {
		said, _, tracking := problem(e.Body)
		return &Error{
			Request: "POST /access_token", Status: e.Response.StatusCode, TrackingID: tracking,
			Said: said + "; the refresh token has ended, or WEBEX_CLIENT_ID, WEBEX_CLIENT_SECRET and WEBEX_REFRESH_TOKEN do not belong together",
		}
	}
	return fmt.Errorf("POST /access_token: %w", err)
}

// secrets are the texts that are blotted out of whatever leaves the package.
type secrets struct {
	mu   sync.Mutex
	list []string
}

// shortest is how long a secret is at least. A shorter text, as somebody gives to
// a simulated organization, would be found in the middle of words.
const shortest = 8

func (s *secrets) add(texts ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, text := range texts {
		known := len(text) < shortest
		for _, have := range s.list {
			known = known || have == text
		}
		if !known {
			s.list = append(s.list, text)
		}
	}
}

func (s *secrets) blot(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range s.list {
		text = strings.ReplaceAll(text, secret, "(token)")
	}
	return text
}

// blot returns an error whose text holds no token.
func (c *Client) blot(err error) error {
	c.secrets.add(c.token.secrets()...)
	if clean := c.secrets.blot(err.Error()); clean != err.Error() {
		return errors.New(clean)
	}
	return err
}
