package roster

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// TestInPieces reads made-up files at once and in pieces: the rows, their
// places, whom they share a record with, and the faults are the same.
func TestInPieces(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	rows, faults, cuts := 0, 0, 0
	for range 3000 {
		eol, members := pick("\n", "\r\n", "\r"), r.IntN(3) == 0
		var b strings.Builder
		b.WriteString(pick("", "", "\xef\xbb\xbf", "sep=,"+eol, eol))
		b.WriteString(pick("user,groups,site", `user,groups,"si`+eol+`te"`))
		if members {
			b.WriteString(",group")
		}
		b.WriteString(eol)
		for range r.IntN(30) {
			user := fmt.Sprintf("u%d@voorbeeld.example", r.IntN(20))
			switch r.IntN(60) {
			case 0:
				user = pick(`"u`, `u"1@voorbeeld.example`, `"u1@voorbeeld.example"x`)
			case 1, 2, 3:
				user = pick("", "nobody", " ", `""`)
			case 4, 5, 6, 7, 8, 9:
				user = `"` + user + `"`
			}
			b.WriteString(user + "," + pick("g1", "g1;g2", `"g1`+eol+`;g2"`, `"""a"",`+eol+eol+`""b"`) + "," + pick("Site 1", "Site 2", `"Site`+eol+`2"`, `""`))
			if members {
				b.WriteString("," + pick("g1", "g2", "", `"g`+eol+`3"`))
			}
			b.WriteString(pick(eol, eol, eol, eol+eol))
		}
		data := b.String()
		if r.IntN(3) == 0 {
			data = data[:len(data)-r.IntN(min(len(data), 12))]
		}
		want, wantDiags := parse("people.csv", []byte(data), 1)
		for _, n := range []int{2, 3, 8} {
			got, diags := parse("people.csv", []byte(data), n)
			if !reflect.DeepEqual(wantDiags, diags) {
				t.Fatalf("%d pieces of\n%s\ngive %v\nand not %v", n, data, diags, wantDiags)
			}
			if (got == nil) != (want == nil) {
				t.Fatalf("%d pieces of\n%s\nare a file: %v", n, data, got != nil)
			}
			if got == nil {
				continue
			}
			if !reflect.DeepEqual(want.People, got.People) || !reflect.DeepEqual(want.Members, got.Members) {
				t.Fatalf("%d pieces of\n%s\ngive %v %v\nand not %v %v", n, data, got.People, got.Members, want.People, want.Members)
			}
			for i := range got.People {
				for k := range i {
					if shared := got.People[i].Record == got.People[k].Record; shared != (want.People[i].Record == want.People[k].Record) {
						t.Fatalf("%d pieces of\n%s\nrows %d and %d share their record: %v", n, data, k, i, shared)
					}
				}
			}
			rows += len(got.People) + len(got.Members)
			faults += len(diags)
			cuts += max(0, len(got.text.pieces(0, n))-1)
		}
	}
	if rows < 10_000 || faults < 1_000 || cuts < 10_000 {
		t.Errorf("the files have too little in them: %d rows, %d faults, %d cuts", rows, faults, cuts)
	}
}
