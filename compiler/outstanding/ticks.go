package outstanding

// Tick is what somebody says of one outstanding reset.
type Tick struct {
	User, Setting string
	Said
}

// Columns are those of a file of ticks. The first two are needed.
func Columns() []string { return []string{"user", "setting", "by", "date", "ticket", "reason"} }

// String says it as people read it: "said done by Ann on 2027-03-01, T-12".
func (s Said) String() string {
	text := "said done by " + s.By
	if s.Reason != "" {
		text = "kept by " + s.By + ": " + s.Reason
	}
	if s.Date != "" {
		text += " on " + s.Date
	}
	if s.Ticket != "" {
		text += ", " + s.Ticket
	}
	return text
}
