package diag

import (
	"encoding/json"
	"fmt"
)

// Encode returns the list as bytes that [Decode] reads: for another process, or
// for a later run. It is the JSON of the reports, which is the one form of a
// diagnostic outside of a program. An empty list is no bytes.
func (l List) Encode() ([]byte, error) {
	if len(l) == 0 {
		return nil, nil
	}
	data, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("write diagnostics: %w", err)
	}
	return data, nil
}

// Decode reads what [List.Encode] wrote.
func Decode(data []byte) (List, error) {
	if len(data) == 0 {
		return nil, nil
	}
	var l List
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("read diagnostics: %w", err)
	}
	return l, nil
}
