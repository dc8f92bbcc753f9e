package load_test

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"callpolicy/compiler/config/load"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax/cue"
)

// FuzzLoad loads a whole repository, which is one archive. It leaves CUE out:
// that is a language, in which any input may run for long.
func FuzzLoad(f *testing.F) {
	for _, example := range []string{"starter", "voorbeeld-zorg"} {
		archive := new(txtar.Archive)
		err := fs.WalkDir(os.DirFS("../../../examples/"+example), ".", func(name string, e fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".yaml") {
				return err
			}
			data, err := os.ReadFile("../../../examples/" + example + "/" + name)
			if len(data) > 4<<10 {
				data = data[:4<<10]
			}
			archive.Files = append(archive.Files, txtar.File{Name: name, Data: data})
			return err
		})
		if err != nil || len(archive.Files) == 0 {
			f.Fatal(example, err)
		}
		f.Add(txtar.Format(archive))
	}
	for seed := range uint64(8) {
		p := newPlanter(seed)
		for range seed {
			faults[p.IntN(len(faults))].plant(p)
		}
		files, _ := p.write()
		f.Add([]byte(dump(files)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 16<<10 {
			return
		}
		fsys := fstest.MapFS{"callpolicy.yaml": {Data: []byte(projectFile)}}
		for _, file := range txtar.Parse(data).Files {
			if name := path.Clean(file.Name); fs.ValidPath(name) && name != "." && !strings.EqualFold(path.Ext(name), ".cue") {
				fsys[name] = &fstest.MapFile{Data: file.Data}
			}
		}
		want := ""
		for _, workers := range []int{1, 3} {
			cfg, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess(), Workers: workers})
			if err != nil {
				if _, ok := errors.AsType[*fs.PathError](err); ok { // a file in the place of a folder
					return
				}
				t.Fatal(err)
			}
			got := texts(diags)
			for i, d := range diags {
				if i > 0 && (diags[i-1].Subject.File > d.Subject.File || diags[i-1].Subject.File == d.Subject.File && diags[i-1].Subject.Start.Compare(d.Subject.Start) > 0) {
					t.Errorf("%v is behind %v", d, diags[i-1])
				}
				inFile(t, fsys, d.Subject)
				for _, r := range d.Related {
					inFile(t, fsys, r.Range)
				}
				if d.Fix != nil {
					for _, e := range d.Fix.Edits {
						inFile(t, fsys, e.Range)
					}
				}
			}
			if cfg != nil {
				for _, u := range cfg.Users {
					inFile(t, fsys, cfg.KeyRange("users", u.Address))
				}
				got += summary(cfg)
			}
			if want == "" {
				want = got
			} else if got != want {
				t.Errorf("with other workers\n%s\nand with one\n%s", got, want)
			}
		}
	})
}

// inFile holds a range to be in order, and inside its file.
func inFile(tb testing.TB, fsys fstest.MapFS, r diag.Range) {
	tb.Helper()
	file := fsys[r.File]
	if r.Start.Compare(r.End) > 0 {
		tb.Fatalf("%v ends at %v", r, r.End)
	}
	if file == nil {
		if r.Start != (diag.Pos{Line: 1, Column: 1}) {
			tb.Fatalf("%v is in no file", r)
		}
		return
	}
	if !utf8.Valid(file.Data) {
		return // its lines are not to be counted
	}
	text := strings.NewReplacer("\ufeff", "", "\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(string(file.Data))
	lines := strings.Split(text, "\n")
	for _, at := range []diag.Pos{r.Start, r.End} {
		if at.Line < 1 || at.Line > len(lines) || at.Column < 1 || at.Column > len(lines[at.Line-1])+1 {
			tb.Fatalf("%v: %v is not in the file", r, at)
		}
	}
}
