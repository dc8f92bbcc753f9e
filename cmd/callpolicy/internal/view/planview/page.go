package planview

import "strings"

// closing is room that no list takes: a part that ran out of room says so, and
// closes what it opened.
const closing = 1_000

// page is text of bounded length. Whatever is added has room, or is left out.
type page struct {
	strings.Builder
	most int
}

// left is how much room there is for more lists.
func (p *page) left() int { return max(0, p.most-closing-p.Len()) }

// room is left, and no more than a share.
func (p *page) room(share int) int { return min(share, p.left()) }

// add adds pieces as far as they have room, the closing included, and reports
// whether all of them had.
func (p *page) add(pieces ...string) bool {
	for _, piece := range pieces {
		if p.Len()+len(piece) > p.most {
			return false
		}
		p.WriteString(piece)
	}
	return true
}

// list adds the first of so many items, up to a share and to what is left, and
// returns how many had no room. Of those only the first is made.
func (p *page) list(items int, item func(i int) string, share int) (left int) {
	room := p.room(share)
	for i := range items {
		text := item(i)
		if room -= len(text); room < 0 {
			return items - i
		}
		p.add(text)
	}
	return 0
}
