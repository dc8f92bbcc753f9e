package compiler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"testing"
	"testing/fstest"
	"time"

	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/diag"
)

// day is a day that counts as today.
var day = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// TestWorkers compiles with different numbers of workers: findings and every
// byte of the output are the same.
func TestWorkers(t *testing.T) {
	broken := fstest.MapFS{"callpolicy.yaml": file("apiVersion: callpolicy/v1\nedition: classic\n")}
	for i := range 40 {
		broken[fmt.Sprintf("policies/%02d.yaml", i)] = file(fmt.Sprintf(
			"users:\n  u%d@company.example: { licences: [], groups: [g%d] }\n  twice%d@company.example: {}\n", i, i, i/2))
	}
	tests := []struct {
		name   string
		fsys   fs.FS
		errors bool
	}{
		{"a hospital group", os.DirFS("../examples/voorbeeld-zorg"), false},
		{"full of faults", broken, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var want []byte
			for _, workers := range []int{1, 2, 8} {
				c, diags, err := compiler.Compile(t.Context(), test.fsys, ".", compiler.Workers(workers), compiler.At(day))
				if err != nil {
					t.Fatal(err)
				}
				if diags.HasErrors() != test.errors {
					t.Fatalf("errors: %t, want %t: %v", diags.HasErrors(), test.errors, diags)
				}
				got := everything(t, c, diags)
				if want == nil {
					want = got
				}
				if !bytes.Equal(got, want) {
					t.Errorf("with %d workers something else comes out than with 1", workers)
				}
			}
		})
	}
}

// everything is all that comes out of compiling: findings, then both layouts.
func everything(t *testing.T, c *compiler.Compilation, diags diag.List) []byte {
	t.Helper()
	var all bytes.Buffer
	if err := json.NewEncoder(&all).Encode(diags); err != nil {
		t.Fatal(err)
	}
	for _, layout := range []bundle.Layout{bundle.Tree, bundle.Store} {
		for f := range c.Output(bundle.Options{Layout: layout}).Files() {
			fmt.Fprintf(&all, "%s %d\n%s", f.Path, len(f.Data), f.Data)
		}
	}
	return all.Bytes()
}

// TestProjectAtFault has no compilation, but findings.
func TestProjectAtFault(t *testing.T) {
	c, diags, err := compiler.Compile(t.Context(), fstest.MapFS{"callpolicy.yaml": file("edition: clasic\n")}, ".")
	if c != nil || err != nil || !diags.HasErrors() {
		t.Errorf("got %v, %v, %v", c, diags, err)
	}
}

// TestNoProject is no finding: there is no file to find anything in.
func TestNoProject(t *testing.T) {
	_, _, err := compiler.Compile(t.Context(), fstest.MapFS{}, ".")
	if !errors.Is(err, load.ErrNoProject) {
		t.Errorf("got %v, want %v", err, load.ErrNoProject)
	}
}

// TestCanceled gives up when nobody waits any more.
func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := compiler.Compile(ctx, os.DirFS("../examples/starter"), ".")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// TestAt takes the day from the caller, else from the commit, else from the clock.
func TestAt(t *testing.T) {
	starter := os.DirFS("../examples/starter")
	commit := dated{starter, time.Date(2025, 3, 1, 23, 30, 0, 0, time.FixedZone("", -7200))}
	tests := []struct {
		name string
		fsys fs.FS
		opts []compiler.Option
		want string
	}{
		{"the caller's", commit, []compiler.Option{compiler.At(day)}, "2026-11-20"},
		{"the commit's, in UTC", commit, nil, "2025-03-02"},
		{"today", starter, nil, time.Now().UTC().Format(time.DateOnly)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, _, err := compiler.Compile(t.Context(), test.fsys, ".", test.opts...)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.At.Format(time.DateOnly); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

type dated struct {
	fs.FS
	date time.Time
}

func (d dated) Date() (time.Time, bool) { return d.date, true }

// TestHeldBy looks at a target that holds the output, and at some that do not.
func TestHeldBy(t *testing.T) {
	c, _, err := compiler.Compile(t.Context(), os.DirFS("../examples/starter"), ".", compiler.At(day))
	if err != nil {
		t.Fatal(err)
	}
	for _, layout := range []bundle.Layout{bundle.Tree, bundle.Store} {
		written := func() fstest.MapFS {
			fsys := fstest.MapFS{}
			for f := range c.Output(bundle.Options{Layout: layout, Revision: "older"}).Files() {
				fsys[f.Path] = &fstest.MapFile{Data: f.Data}
			}
			return fsys
		}
		other := bundle.Store
		if layout == bundle.Store {
			other = bundle.Tree
		}
		tests := []struct {
			name   string
			layout bundle.Layout
			change func(fstest.MapFS)
			held   bool
		}{
			{"as it was written", layout, func(fstest.MapFS) {}, true},
			{"nothing there", layout, func(f fstest.MapFS) { clear(f) }, false},
			{"another layout", other, func(fstest.MapFS) {}, false},
			{"somebody was added", layout, func(f fstest.MapFS) { f["manifest.json"] = otherIndex(f["manifest.json"]) }, false},
			{"the manifest is no manifest", layout, func(f fstest.MapFS) { f["manifest.json"] = file("[") }, false},
		}
		for _, test := range tests {
			t.Run(string(layout)+"/"+test.name, func(t *testing.T) {
				fsys := written()
				test.change(fsys)
				newer := bundle.Options{Layout: test.layout, Revision: "newer"}
				held, err := c.Output(newer).HeldBy(fsys)
				if err != nil {
					t.Fatal(err)
				}
				if (held != nil) != test.held {
					t.Fatalf("held: %t, want %t", held != nil, test.held)
				}
				if held != nil && held.Manifest().Revision != "older" {
					t.Errorf("revision %q, want the target's own", held.Manifest().Revision)
				}
				newer.Clean = true
				held, err = c.Output(newer).HeldBy(fsys)
				if err != nil {
					t.Fatal(err)
				}
				if (held != nil) != test.held || held != nil && held.Manifest().Revision != "newer" {
					t.Error("once the files are committed, the target is to name the commit")
				}
			})
		}
	}
}

// otherIndex is a manifest with other users in it.
func otherIndex(manifest *fstest.MapFile) *fstest.MapFile {
	digest := regexp.MustCompile(`("index": \{\s+"..\.json": "sha256:)....`)
	return file(digest.ReplaceAllString(string(manifest.Data), "${1}0f0f"))
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// TestErrorsOnly leaves warnings out, and errors in.
func TestErrorsOnly(t *testing.T) {
	fsys := fstest.MapFS{
		"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\n")},
		"policies/all.yaml": {Data: []byte("groups: { nobody: {} }\nusers:\n" +
			"  u1@c.example: { licenses: [webexCalling, unifiedCM], inCall: { videoOnMobile: true } }\n")},
	}
	_, all, err := compiler.Compile(t.Context(), fsys, ".")
	if err != nil {
		t.Fatal(err)
	}
	_, errs, err := compiler.Compile(t.Context(), fsys, ".", compiler.ErrorsOnly())
	if err != nil {
		t.Fatal(err)
	}
	if n := all.Count(diag.Error); n == 0 || len(errs) != n || errs.Count(diag.Error) != n || len(all) == n {
		t.Errorf("%v\nof\n%v", errs, all)
	}
}
