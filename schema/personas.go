package schema

// Personas returns what a file with persona tests may hold in an edition.
func Personas(edition string) (*Type, error) {
	s, err := Load(edition)
	if err != nil {
		return nil, err
	}
	return s.Personas, nil
}
