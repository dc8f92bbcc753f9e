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

// list adds items from the first on, up to a share and to what is left, and
// returns how many had no room.
func (p *page) list(items []string, share int) (left int) {
	room := p.room(share)
	for i, item := range items {
		if room -= len(item); room < 0 {
			return len(items) - i
		}
		p.add(item)
	}
	return 0
}
