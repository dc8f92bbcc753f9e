package live

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"callpolicy/compiler/failure"
	"callpolicy/compiler/live/webex"
)

// ErrBusy is the kind of failure where another push to the organization is under way.
var ErrBusy = errors.New("another push is under way")

// Lock makes sure that on this machine there is one push at a time to an
// organization. The system gives the lock back however the process ends.
func Lock(organization string) (unlock func() error, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cache, "callpolicy")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(dir, "live-"+filepath.Base(webex.UUID(organization))+".lock"))
	held, err := lock.TryLock()
	if err != nil {
		return nil, err
	}
	if !held {
		return nil, &failure.Error{Kind: ErrBusy, Problem: "another push to this organization is under way on this machine", Hint: "wait until it is done"}
	}
	return lock.Unlock, nil
}
