package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"gopkg.in/yaml.v3"
)

// readFloor is the least that a program must do that reads a repository: it
// reads every file of a folder and parses it, on all processors, and does
// nothing with what it got. Files of other kinds than YAML are only read.
func readFloor(dir string) error {
	debug.SetGCPercent(400) // as callpolicy does
	var names []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return err
	}
	return each(len(names), func(i int) error {
		data, err := os.ReadFile(names[i])
		if err != nil || filepath.Ext(names[i]) != ".yaml" {
			return err
		}
		var node yaml.Node
		return yaml.Unmarshal(data, &node)
	})
}

// writeFloor is the least that a program must do that writes a tree: it makes
// the folders and files of an existing one anew, on all processors, and leaves
// it to the system when they come to disk. What is to be written is held in
// memory before the clock starts.
func writeFloor(from, to string) (func() error, error) {
	type entry struct {
		name string
		data []byte
	}
	var dirs []string
	var files []entry
	shared := map[string][]byte{} // equal files are one in callpolicy's memory too
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			dirs = append(dirs, rel)
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if same, ok := shared[string(data)]; ok {
			data = same
		} else {
			shared[string(data)] = data
		}
		files = append(files, entry{rel, data})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return func() error {
		for _, dir := range dirs {
			if err := os.MkdirAll(filepath.Join(to, dir), 0o755); err != nil {
				return err
			}
		}
		return each(len(files), func(i int) error {
			return os.WriteFile(filepath.Join(to, files[i].name), files[i].data, 0o644)
		})
	}, nil
}

// each calls do for every number below n, on all processors, and returns the
// first error.
func each(n int, do func(i int) error) error {
	errs := make(chan error)
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		go func() {
			for i := w; i < n; i += workers {
				if err := do(i); err != nil {
					errs <- fmt.Errorf("%d: %w", i, err)
					return
				}
			}
			errs <- nil
		}()
	}
	var first error
	for range workers {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	return first
}
