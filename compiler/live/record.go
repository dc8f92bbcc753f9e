package live

import "callpolicy/compiler/live/webex"

// Record is a change record: what one push did, for whoever files the change.
type Record struct {
	Header
	Journal string        // the name of the file
	Runs    []End         // how each run ended
	Counts  []ResultCount // in the order of the results
	Left    int           // changes of which nothing became yet
	Rows    []Row         // by person, in the order of the plan
	Skipped []Skip
}

// ResultCount is how many changes had a result.
type ResultCount struct {
	Result  Result
	Changes int
}

// Row is one change of a record.
type Row struct {
	User    string
	Why     Why
	Before  *webex.Behavior // what Webex held just before; nil with Added
	After   *webex.Behavior
	Added   []string // licenses
	Result  Result   // empty: nothing became of it yet
	At      string
	Message string
}

// RecordOf makes the record of a journal.
func RecordOf(j *Journal) *Record {
	r := &Record{Header: j.Header, Journal: j.Name, Runs: j.Ends, Left: j.Left(), Skipped: j.Skipped}
	counts := j.Count()
	for _, result := range []Result{Done, Equal, Moved, Unconfirmed, Failed} {
		if counts[result] > 0 {
			r.Counts = append(r.Counts, ResultCount{result, counts[result]})
		}
	}
	for i := range j.Changes {
		e := &j.Changes[i]
		row := Row{User: e.User, Why: e.Why, After: e.After}
		for _, l := range e.Add {
			row.Added = append(row.Added, l.Name)
		}
		if e.After != nil {
			before := foundBefore(e)
			row.Before = &before
		}
		if o := e.Outcome; o != nil {
			row.Result, row.Message, row.At = o.Result, o.Message, o.At.UTC().Format("2006-01-02 15:04:05")
		}
		r.Rows = append(r.Rows, row)
	}
	return r
}

// Bad counts what did not become what it should.
func (j *Journal) Bad() int { c := j.Count(); return c[Failed] + c[Unconfirmed] }
