package command

import (
	"os"
	"path/filepath"

	"callpolicy/compiler/cache"
)

// cacheOff is the word for no cache.
const cacheOff = "off"

// CacheFolder returns where the cache is; ok is false where there is none.
func (a *App) CacheFolder() (f cache.Folder, ok bool) {
	dir := a.cache
	if dir == "" {
		dir = a.Getenv("CALLPOLICY_CACHE")
	}
	switch dir {
	case cacheOff:
		return cache.Folder{}, false
	case "":
		own, err := os.UserCacheDir()
		if err != nil {
			return cache.Folder{}, false // a machine account without a home
		}
		return cache.Folder{Dir: filepath.Join(own, "callpolicy")}, true
	}
	dir, err := a.Path(dir)
	return cache.Folder{Dir: dir}, err == nil
}
