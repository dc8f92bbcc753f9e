package diag

// ID is the stable name of a rule, such as "schema.unknown-field". The ids of
// callpolicy's own rules are the generated variables of this package, drawn
// from the catalogue in policies/, so that none can be made outside it; an
// organization's own rules get theirs from [Custom].
type ID struct {
	name     string
	severity Severity
}

// Custom returns the id of a rule that an organization wrote itself.
func Custom(name string, severity Severity) ID { return ID{name, severity} }

// String returns the name.
func (id ID) String() string { return id.name }

// Severity returns the severity that the rule has unless the project file chooses another.
func (id ID) Severity() Severity { return id.severity }

// MarshalText writes the name.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.name), nil }

// UnmarshalText reads a name, of a built-in rule or of any other.
func (id *ID) UnmarshalText(text []byte) error {
	for _, known := range BuiltIn {
		if known.name == string(text) {
			*id = known
			return nil
		}
	}
	*id = ID{name: string(text)}
	return nil
}

//go:generate go run callpolicy/policies/gen
