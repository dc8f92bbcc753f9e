package simulate

import (
	"net/http"
	"slices"
	"time"
)

// Fault is one way in which a request goes wrong. The zero Fault is none.
type Fault struct {
	Status     int    // answer with this status, and Body
	RetryAfter string // a header Retry-After beside it
	Body       string
	Type       string // the Content-Type of Body; empty: application/json
	Location   string // where a redirect leads

	Cut     bool // cut the connection without an answer
	Hang    bool // answer only once the client has given up
	Half    bool // cut the connection in the middle of the answer
	NoItems bool // leave out the items of a page, and keep the link to the next
	Partly  bool // do only a part of what was asked for, and answer 206
	Ignored bool // answer as if it were done, and do nothing

	Done bool // do what was asked for, and then fail
}

// rule is a fault that happens whenever a request fits.
type rule struct {
	fits  func(*http.Request) bool
	fault Fault
}

// FailAt lets the n-th request fail, counted from 1 since the server began.
func (s *Server) FailAt(n int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[n] = f
}

// FailWhere lets every request fail that fits.
func (s *Server) FailWhere(fits func(*http.Request) bool, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always = append(s.always, rule{fits, f})
}

// Before calls a function before the n-th request is answered: to change the
// organization under the client's hands, or to kill the client.
func (s *Server) Before(n int, call func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before[n] = call
}

// Heal forgets all faults that were set.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.always, s.before = map[int]Fault{}, nil, map[int]func(){}
}

// fault returns what is to go wrong with the n-th request.
func (s *Server) fault(n int, r *http.Request) Fault {
	if f, ok := s.faults[n]; ok {
		return f
	}
	i := slices.IndexFunc(s.always, func(rule rule) bool { return rule.fits(r) })
	if i < 0 {
		return Fault{}
	}
	return s.always[i].fault
}

// clock is the simulated time in which requests are limited. It moves with the
// requests alone, so that a test which is told to wait an hour takes no time.
type clock struct {
	perMinute int           // how many requests a minute may hold; 0: any number
	now       time.Duration // since the server began
	minute    int           // the minute that is counted
	used      int           // how many requests it held
	refused   int
}

// cost is how long one request takes on the simulated clock.
const cost = 50 * time.Millisecond

// Limit limits the rate of requests, on a simulated clock: each request takes it
// 50 ms further, and each one refused to when the client may come again.
func (s *Server) Limit(perMinute int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.perMinute = perMinute
}

// Elapsed returns the simulated time since the server began, and how many
// requests were refused as too many.
func (s *Server) Elapsed() (elapsed time.Duration, refused int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock.now, s.clock.refused
}

// tick counts a request. Where it is one too many it returns how many seconds
// the client must wait, and moves the clock there.
func (c *clock) tick() (wait int) {
	c.now += cost
	if c.perMinute == 0 {
		return 0
	}
	if minute := int(c.now / time.Minute); minute != c.minute {
		c.minute, c.used = minute, 0
	}
	c.used++
	if c.used <= c.perMinute {
		return 0
	}
	c.refused++
	next := time.Duration(c.minute+1) * time.Minute
	wait = int((next - c.now + time.Second - 1) / time.Second)
	c.now = next
	return wait
}
