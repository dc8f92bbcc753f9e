package documented

// Known says what it is.
type Known struct{}

type Unknown struct{} // want `exported Unknown has no doc comment`

// A comment of a group of types speaks for none of them.
type (
	First struct{} // want `exported First has no doc comment`

	// Second says what it is.
	Second[T any] struct{}
	third         struct{}
)

// The levels.
const (
	Low  = 1
	High = 2
)

const (
	Left   = "left" // where the heart is
	Right, // want `exported Right has no doc comment`
	wrong = "right", "wrong"
)

func Do() {} // want `exported Do has no doc comment`

// Done does.
func Done() {}

func (Known) Open() {} // want `exported Open has no doc comment`

func (*Second[T]) Close() {} // want `exported Close has no doc comment`

func (third) Hidden() {}

func (Known) Error() string { return "" }

func Error() {} // want `exported Error has no doc comment`
