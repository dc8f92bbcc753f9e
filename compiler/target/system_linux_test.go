package target

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// again runs the calling test a second time, in a process of its own with the
// given attributes, and reports whether this is that process. The other one
// returns at once from the test, with the outcome.
func again(t *testing.T, attr *syscall.SysProcAttr) bool {
	t.Helper()
	const env = "CALLPOLICY_TARGET_TEST_AGAIN"
	if os.Getenv(env) == t.Name() {
		return true
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), env+"="+t.Name())
	cmd.SysProcAttr = attr
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL):
		t.Skipf("this system lets a test mount nothing (%v); TestEveryStepFails covers what it can", err)
	case bytes.Contains(out, []byte("--- SKIP")):
		t.Skipf("%s", out)
	case err != nil || !bytes.Contains(out, []byte("--- PASS")):
		t.Fatalf("%v: %s", err, out)
	}
	return false
}

// ownMounts are the attributes of a process that may mount what nobody else sees.
func ownMounts() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	return attr
}

func mount(t *testing.T, source, dir, kind string, flags uintptr, options string) {
	t.Helper()
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Skipf("this system lets a test mount nothing: %v", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(source, dir, kind, flags, options); err != nil {
		t.Skipf("this system lets a test mount nothing: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

func TestFullDisk(t *testing.T) {
	if !again(t, ownMounts()) {
		return
	}
	for name, options := range map[string]string{"no room": "size=256k", "no inodes": "size=64m,nr_inodes=200"} {
		t.Run(name, func(t *testing.T) {
			disk := filepath.Join(t.TempDir(), "disk")
			mount(t, "tmpfs", disk, "tmpfs", 0, options)
			dir := filepath.Join(disk, "bundles")
			f := open(t, dir)
			was := users(0, 5, "one")
			apply(t, f, was)
			before := stats(t, dir)
			_, err := f.Apply(t.Context(), users(0, 500, "two").tree(), Options{})
			wantError(t, "full disk", err, "no room on the disk for the new content of "+dir)
			if !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("error %v", err)
			}
			wantUntouched(t, dir, before)
			wantAlone(t, dir)
			apply(t, f, users(0, 6, "three"))
			wantContent(t, dir, users(0, 6, "three"))
		})
	}
}

func TestMountPoint(t *testing.T) {
	if !again(t, ownMounts()) {
		return
	}
	base := t.TempDir()
	other := filepath.Join(base, "other")
	if err := os.Mkdir(other, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		source, kind string
		flags        uintptr
	}{
		"another file system": {"tmpfs", "tmpfs", 0},
		"the same":            {other, "", unix.MS_BIND},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(base, strings.ReplaceAll(name, " ", "-"), "bundles")
			mount(t, test.source, dir, test.kind, test.flags, "")
			content := files{"a": "1"}
			_, err := open(t, dir).Apply(t.Context(), content.tree(), Options{})
			wantError(t, "early", err, "choose a folder inside it, such as "+dir+"/bundles")
			wantAlone(t, dir)

			// On a system that does not tell beforehand, the exchange fails.
			f := open(t, dir)
			f.sys.isMount = func(string) bool { return false }
			for _, swap := range []func(a, b string) error{exchange, func(string, string) error { return errNoExchange }} {
				f.sys.exchange = swap
				_, err = f.Apply(t.Context(), content.tree(), Options{})
				wantError(t, "late", err, "choose a folder inside it, such as "+dir+"/bundles")
				wantAlone(t, dir)
			}

			apply(t, open(t, filepath.Join(dir, "bundles")), content)
			wantContent(t, filepath.Join(dir, "bundles"), content)
		})
	}
}

func TestReadOnlyFileSystem(t *testing.T) {
	if !again(t, ownMounts()) {
		return
	}
	disk := filepath.Join(t.TempDir(), "disk")
	mount(t, "tmpfs", disk, "tmpfs", 0, "")
	dir := filepath.Join(disk, "bundles")
	f := open(t, dir)
	apply(t, f, files{"a": "1"})
	if err := unix.Mount("", disk, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	_, err := f.Apply(t.Context(), files{"a": "2"}.tree(), Options{})
	wantError(t, "read-only", err, "is on a file system that is mounted read-only")
	_, err = open(t, filepath.Join(disk, "new", "bundles")).Apply(t.Context(), files{"a": "2"}.tree(), Options{})
	wantError(t, "read-only", err, "is on a file system that is mounted read-only")
	if result := apply(t, f, files{"a": "1"}); result.Changed {
		t.Errorf("result %+v", result)
	}
	wantContent(t, dir, files{"a": "1"})
}

// As somebody who may not write everywhere, as root may.
func TestNoPermission(t *testing.T) {
	if !again(t, nil) {
		return
	}
	//lint:ignore usetesting t.TempDir is closed to others
	base, err := os.MkdirTemp("", "callpolicy-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exec.Command("chmod", "-R", "u+w", base).Run(); _ = os.RemoveAll(base) })
	if os.Geteuid() == 0 {
		const nobody = 65534
		if err := errors.Join(os.Chown(base, nobody, nobody), syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody)); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(base, "here", "bundles")
	f := open(t, dir)
	was := users(0, 5, "one")
	apply(t, f, was)
	for name, closed := range map[string]string{"parent": filepath.Dir(dir), "target": dir, "a folder in it": filepath.Join(dir, "users", "00")} {
		t.Run(name, func(t *testing.T) {
			if err := os.Chmod(closed, 0o555); err != nil {
				t.Fatal(err)
			}
			before := stats(t, base)
			_, err := f.Apply(t.Context(), users(0, 5, "two").tree(), Options{})
			wantError(t, name, err, "no permission to replace "+dir)
			if !errors.Is(err, os.ErrPermission) {
				t.Errorf("error %v", err)
			}
			wantUntouched(t, base, before)
			if result := apply(t, f, was); result.Changed { // nothing to do needs no permission
				t.Errorf("result %+v", result)
			}
			wantUntouched(t, base, before)
			if err := os.Chmod(closed, 0o755); err != nil {
				t.Fatal(err)
			}
		})
	}
	wantContent(t, dir, was)
	// A file that cannot be written is no obstacle: it is replaced, not written.
	if err := os.Chmod(filepath.Join(dir, "index", "00.json"), 0o444); err != nil {
		t.Fatal(err)
	}
	apply(t, f, users(0, 5, "two"))
	wantContent(t, dir, users(0, 5, "two"))
	wantAlone(t, dir)
}

// A limit on how large a file may get is one more way to run out of room.
func TestFileSizeLimit(t *testing.T) {
	if !again(t, nil) {
		return
	}
	dir := filepath.Join(t.TempDir(), "bundles")
	f := open(t, dir)
	apply(t, f, files{"a": "1"})
	limit := unix.Rlimit{Cur: 1000, Max: 1000}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	_, err := f.Apply(t.Context(), files{"a": strings.Repeat("x", 5000)}.tree(), Options{})
	wantError(t, "limit", err, "no room on the disk")
	wantContent(t, dir, files{"a": "1"})
	wantAlone(t, dir)
}

// The real ways to the disk work on a real file system.
func TestApplyToDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundles")
	f, err := Open(dir, ownedByList)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, f, files{"a": "1", "users/b": "2"})
	apply(t, f, files{"a": "2", "users/b": "2"})
	wantContent(t, dir, files{"a": "2", "users/b": "2"})
	wantAlone(t, dir)
	if err := f.sys.exchange(dir, filepath.Join(t.TempDir(), "nothing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("exchange with nothing: %v", err)
	}
}
