package runbook

// Pushed marks what went through the Webex API: for each person of a step that is
// a request, done says whether they were sent its body. What is left is for hands.
func (r *Runbook) Pushed(done func(user string, body []byte) bool) {
	r.Summary.Done = 0
	for _, s := range r.Steps {
		if len(s.Requests) == 1 && len(s.People) > 0 {
			s.Done = true
			for i := range s.People {
				who := &s.People[i]
				who.Done = who.Done || done(who.User, s.Requests[0].Body)
				s.Done = s.Done && who.Done
			}
		}
		if s.Done {
			r.Summary.Done++
		}
	}
}
