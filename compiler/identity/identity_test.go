package identity_test

import (
	"strings"
	"testing"

	"callpolicy/compiler/identity"
)

func TestAddress(t *testing.T) {
	const want = "éva@bücher.example"
	for _, s := range []string{
		"éva@bücher.example", "e\u0301va@bu\u0308cher.example", "ÉVA@BÜCHER.example", "E\u0301va@xn--bcher-kva.example", "éva@XN--BCHER-KVA.EXAMPLE",
	} {
		if got := identity.Address(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
	for _, s := range []string{"U0142@Voorbeeld.example", "nobody", "", "a@b@xn--", "é"} {
		once := identity.Address(s)
		if again := identity.Address(once); again != once || once != strings.ToLower(once) {
			t.Errorf("%q is %q, and that is %q", s, once, again)
		}
	}
}

func TestSame(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"Sales", "sales", true}, {"Café", "CAFE\u0301", true}, {"Sales", "Sale", false}, {"cafe", "café", false}, {"", "", true},
	} {
		if got := identity.Same(c.a, c.b); got != c.want || (identity.Name(c.a) == identity.Name(c.b)) != c.want {
			t.Errorf("%q and %q are the same: %t", c.a, c.b, got)
		}
	}
}
