package yaml

import "callpolicy/compiler/syntax"

// slab allocates nodes many at a time.
type slab struct {
	free []syntax.Node
	size int // of what is allocated at once, where no more is needed
}

// newSlab returns a slab for a file of some bytes. A value takes a few of them,
// and most files are small.
func newSlab(bytes int) slab { return slab{size: min(512, bytes/8)} }

// take returns n nodes that nobody else has.
func (s *slab) take(n int) []syntax.Node {
	if n > len(s.free) {
		s.free = make([]syntax.Node, max(n, s.size))
	}
	nodes := s.free[:n:n]
	s.free = s.free[n:]
	return nodes
}
