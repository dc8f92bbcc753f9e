package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Owned reads the manifest and the index of a target and returns a function
// that reports whether the file at a path, with slashes, is one of those that
// the manifest lists, itself included: what callpolicy wrote there, and may
// remove. The function may be called by several goroutines at once; it is nil
// where there is no manifest, nor that of a part. Digest is that of the manifest,
// in hex. The error is one of [ReadManifest] or [Manifest.Index].
func Owned(fsys fs.FS) (owned func(file string) bool, digest string, err error) {
	var part Part
	m, err := ReadManifest(fsys)
	if errors.Is(err, ErrNoManifest) {
		m, part, err = readPart(fsys)
	}
	if errors.Is(err, ErrNoPart) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	folders, err := m.folders(fsys, part)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(canonical(m))
	return func(file string) bool {
		name := strings.LastIndexByte(file, '/') + 1
		return slices.Contains(folders[file[:name]], file[name:])
	}, hex.EncodeToString(sum[:]), nil
}

// folders returns the names of the files in each folder of the target. Folders
// end in a slash, the target itself is empty. Names of a bundle are shared, so
// that this stays small for a million users.
func (m *Manifest) folders(fsys fs.FS, part Part) (map[string][]string, error) {
	folders := map[string][]string{"": {ManifestFile}}
	if m.Outstanding != nil {
		folders[""] = append(folders[""], OutstandingFile)
	}
	if part.Of > 0 {
		folders[""] = []string{PartFile}
	}
	shards := slices.DeleteFunc(m.Shards(), func(s Shard) bool { return !part.has(byte(s)) })
	for _, shard := range shards {
		folders["index/"] = append(folders["index/"], shard.IndexFile())
	}
	for name := range m.Jabber {
		if !part.has(0) {
			break
		}
		folder, file := path.Split(jabberFolder + name)
		folders[folder] = append(folders[folder], file)
	}
	if m.Layout == Store {
		for digest, names := range m.Bundles {
			if part.has(digest[0]) {
				folders[storeFolder(digest)] = names
			}
		}
		return folders, nil
	}
	users := make([][]userEntry, len(shards))
	errs := make([]error, len(shards))
	each(len(shards), func(i int) {
		var entries []Entry
		entries, errs[i] = m.Index(fsys, shards[i])
		users[i] = treeOrder(entries)
	})
	for i := range shards {
		if errs[i] != nil {
			return nil, errs[i]
		}
		for _, u := range users[i] {
			folders[u.folder] = m.Bundles[u.Bundle]
		}
	}
	return folders, nil
}

// Possible reports whether a file at a path, with slashes, below a target can be
// one that callpolicy wrote, by its name alone.
func Possible(file string) bool {
	dir, name := path.Split(file)
	switch parts := strings.Split(dir, "/"); {
	case dir == "":
		return name == ManifestFile || name == PartFile || name == OutstandingFile
	case dir == "index/":
		return isIndexFile(name)
	case parts[0] == "jabber":
		return isJabberFile(strings.TrimPrefix(file, jabberFolder))
	case parts[0] == "users" && len(parts) == 4:
		return isHex(parts[1], 1) && parts[2] != "" && isBundleFile(name)
	case parts[0] == "store" && len(parts) == 5:
		return parts[1] == "sha256" && isHex(parts[2], 1) && isHex(parts[3], sha256.Size) && isBundleFile(name)
	}
	return false
}

// isHex reports whether a name is so many bytes as lower-case digits.
func isHex(name string, bytes int) bool {
	data, err := hex.DecodeString(name)
	return err == nil && len(data) == bytes && name == strings.ToLower(name)
}

// isBundleFile reports whether a file of a bundle can have the name.
func isBundleFile(name string) bool {
	return slices.ContainsFunc(Formats(), func(f Format) bool { return f.File() == name })
}
