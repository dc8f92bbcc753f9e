package workspace

import (
	"path/filepath"

	"callpolicy/compiler"
	"callpolicy/compiler/cache"
	"callpolicy/compiler/config/load"
)

// kept is what each project of a repository has from earlier runs, and from the
// other side of a plan in this one.
type kept struct {
	options Options
	root    string
	of      map[string]learned // by project folder
}

type learned struct {
	cache  *cache.Cache // nil: none is wanted
	memory *load.Memory
}

// compile returns the options with which a compilation uses what is kept for a
// project.
func (k *kept) compile(dir string) []compiler.Option {
	have, ok := k.of[dir]
	if !ok {
		have.memory = new(load.Memory)
		if k.options.Cache != nil {
			have.cache = cache.Open(*k.options.Cache, filepath.Join(k.root, dir)+"\x00"+k.options.Program)
		}
		if k.of == nil {
			k.of = map[string]learned{}
		}
		k.of[dir] = have
	}
	opts := []compiler.Option{compiler.Memory(have.memory)}
	if have.cache != nil {
		opts = append(opts, compiler.Cache(have.cache))
	}
	return opts
}

// close writes what is new. That it cannot be written is nobody's business: the
// next run takes longer.
func (k *kept) close() {
	for _, have := range k.of {
		if have.cache != nil {
			_ = have.cache.Close()
		}
	}
}
