package simulate

import (
	"net/http"
	"slices"
)

// grants is who may come in. Without a list of tokens everybody may.
type grants struct {
	tokens   []string // access tokens that are valid; nil: any is
	refresh  string   // the refresh token that is taken; empty: none is
	secret   string   // the client's secret that belongs to it
	next     string   // the access token that a refresh gives
	replaced string   // the refresh token that it gives; empty: the same
	days     int      // how long that lasts
}

// Accept lets in nobody but who has one of the access tokens.
func (s *Server) Accept(tokens ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grants.tokens = append([]string{}, tokens...)
}

// Grant takes a refresh token, and gives an access token for it and a refresh
// token that lasts so many days.
func (s *Server) Grant(secret, refresh, access, replaced string, days int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grants.secret, s.grants.refresh, s.grants.next, s.grants.replaced, s.grants.days = secret, refresh, access, replaced, days
}

func (g *grants) valid(token string) bool { return g.tokens == nil || slices.Contains(g.tokens, token) }

// serve answers a request for an access token.
func (g *grants) serve(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost {
		refuse(w, http.StatusBadRequest, 0, "The request is no form.")
		return
	}
	if g.refresh == "" || r.PostForm.Get("grant_type") != "refresh_token" || r.PostForm.Get("refresh_token") != g.refresh || r.PostForm.Get("client_secret") != g.secret {
		refuse(w, http.StatusBadRequest, 0, "The refresh token, or the client, is not known.")
		return
	}
	if g.tokens != nil && !slices.Contains(g.tokens, g.next) {
		g.tokens = append(g.tokens, g.next)
	}
	refresh := g.refresh
	if g.replaced != "" {
		refresh = g.replaced
	}
	reply(w, http.StatusOK, map[string]any{
		"access_token": g.next, "expires_in": 14 * 24 * 3600, "token_type": "Bearer",
		"refresh_token": refresh, "refresh_token_expires_in": g.days * 24 * 3600,
	})
}
