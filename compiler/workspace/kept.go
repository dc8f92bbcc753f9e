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
	git     bool               // whether that is one of git's
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
		if k.options.Cache != nil && !k.within(k.options.Cache.Dir) {
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

// within reports whether a folder is in the repository. There it is no cache: who
// proposes a change could put entries into it, and would be believed.
func (k *kept) within(dir string) bool {
	if !k.git || k.root == "" {
		return false
	}
	at := dir
	for rest := ""; ; {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			at = filepath.Join(real, rest)
			break
		}
		if filepath.Dir(at) == at {
			at = dir
			break
		}
		at, rest = filepath.Dir(at), filepath.Join(filepath.Base(at), rest)
	}
	rel, err := filepath.Rel(k.root, at)
	return err == nil && filepath.IsLocal(rel)
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
