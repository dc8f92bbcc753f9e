package simulate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
)

var _ http.Handler = (*Server)(nil)

// ServeHTTP answers a request, or fails as it was told to.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	n := len(s.requests) + 1
	s.requests = append(s.requests, Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Token: token, Body: string(body)})
	call := s.before[n]
	s.mu.Unlock()
	if call != nil {
		call()
	}
	s.mu.Lock()
	fault := s.fault(n, r)
	answer := s.answer(r, token, fault)
	s.requests[n-1].Status = answer.Code
	if fault.Cut || fault.Hang || fault.Half {
		s.requests[n-1].Status = 0
	}
	s.mu.Unlock()
	send(w, r, answer, fault)
}

// answer is what the client is to get, unless the connection fails.
func (s *Server) answer(r *http.Request, token string, f Fault) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	if wait := s.clock.tick(); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(wait))
		// Both mean "later", and Webex sends either.
		refuse(w, [...]int{http.StatusTooManyRequests, http.StatusLocked}[s.clock.refused%2], 0, "Too many requests.")
		return w
	}
	if !f.fails() || f.Done {
		s.route(w, r, token, f)
	}
	if f.Status == 0 {
		return w
	}
	w = httptest.NewRecorder()
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	if f.Location != "" {
		w.Header().Set("Location", f.Location)
	}
	if f.Body == "" {
		refuse(w, f.Status, 0, "It did not work.")
		return w
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	if f.Type != "" {
		w.Header().Set("Content-Type", f.Type)
	}
	w.WriteHeader(f.Status)
	fmt.Fprint(w, f.Body)
	return w
}

// fails reports whether the request is not to be done.
func (f Fault) fails() bool { return f.Status != 0 || f.Cut || f.Hang }

// send gives the client its answer, or breaks the connection.
func send(w http.ResponseWriter, r *http.Request, answer *httptest.ResponseRecorder, f Fault) {
	if f.Hang {
		<-r.Context().Done()
		return
	}
	if f.Cut {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), answer.Header())
	body := answer.Body.Bytes()
	if f.Half {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		body = body[:len(body)/2]
	}
	w.WriteHeader(answer.Code)
	if _, err := w.Write(body); err != nil || f.Half {
		panic(http.ErrAbortHandler)
	}
}

// route finds out what is asked for.
func (s *Server) route(w http.ResponseWriter, r *http.Request, token string, f Fault) {
	path, ok := strings.CutPrefix(r.URL.Path, "/v1/")
	if !ok {
		refuse(w, http.StatusNotFound, 0, "There is nothing here.")
		return
	}
	if path == "access_token" {
		s.grants.serve(w, r)
		return
	}
	if !s.grants.valid(token) {
		refuse(w, http.StatusUnauthorized, 0, "The request requires a valid access token set in the Authorization request header.")
		return
	}
	parts := strings.Split(path, "/")
	switch at := r.Method + " " + path; {
	case at == "GET people/me":
		reply(w, http.StatusOK, s.me())
	case at == "GET people":
		s.listPeople(w, r, f)
	case at == "GET licenses":
		s.listLicenses(w)
	case at == "PATCH licenses/users":
		s.assign(w, r, f)
	case at == "GET groups":
		s.listGroups(w, r)
	case at == "GET telephony/config/callingProfiles":
		s.listProfiles(w)
	case r.Method == "GET" && len(parts) == 3 && parts[0] == "groups" && parts[2] == "members":
		s.listMembers(w, r, parts[1])
	case r.Method == "GET" && len(parts) == 2 && parts[0] == "people":
		if p := s.mustFind(w, parts[1]); p != nil {
			reply(w, http.StatusOK, s.show(p))
		}
	case len(parts) == 4 && parts[0] == "people" && parts[2] == "features" && parts[3] == "callingBehavior":
		if p := s.mustFind(w, parts[1]); p != nil {
			s.behavior(w, r, p, f)
		}
	default:
		refuse(w, http.StatusNotImplemented, 0, "The simulated organization does not have "+r.Method+" "+r.URL.Path+".")
	}
}

func (s *Server) mustFind(w http.ResponseWriter, id string) *Person {
	p := s.byID[id]
	if p == nil {
		refuse(w, http.StatusNotFound, 0, "The requested resource could not be found.")
	}
	return p
}

// reply sends a body as JSON.
func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// refuse sends an error in the form that most of Webex has.
func refuse(w http.ResponseWriter, status, code int, message string) {
	detail := map[string]any{"description": message}
	if code != 0 {
		detail["errorCode"] = code
	}
	reply(w, status, map[string]any{
		"message": message, "errors": []any{detail}, "trackingId": fmt.Sprintf("ROUTER_SIMULATED-%d", status),
	})
}
