package filekind

// MaxBytes is how large a file of the kind may be. Whoever reads one measures it
// first, so that a larger one costs no memory.
func (k Kind) MaxBytes() int64 {
	switch k {
	case CUE:
		return 4 << 20 // far more than anybody writes by hand
	case CSV, Zip, Text:
		return 1 << 30 // several million people
	case XML:
		return 4 << 20
	case Other, YAML, JSON, Workbook:
	}
	return 32 << 20
}
