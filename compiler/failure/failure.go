// Package failure is the one shape of why callpolicy could not work: what is
// wrong, what to do about it, and what lies beneath. Whoever reads a failure
// knows Control Hub and no Go, so the two sentences say all that helps; the cause
// is for programs.
//
// A failure is never about what the policy files say: that is a diagnostic, of
// package diag. The package shows nothing, and knows of no exit status.
package failure

// Error says why callpolicy could not work, and what to do about it.
type Error struct {
	Kind    error  // what kind of failure it is, for errors.Is and errors.As; may be nil
	Problem string // what is wrong: a clause without a final period
	Hint    string // what to do, a clause in the imperative, with the exact command where there is one; may be empty
	Cause   error  // what lies beneath, or nil; the problem has said what of it helps
}

// Error joins the problem and the hint in one line.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Problem
	}
	return e.Problem + "; " + e.Hint
}

// Unwrap makes errors.Is and errors.As find both the kind and the cause.
func (e *Error) Unwrap() []error {
	var beneath []error
	for _, err := range []error{e.Kind, e.Cause} {
		if err != nil {
			beneath = append(beneath, err)
		}
	}
	return beneath
}
