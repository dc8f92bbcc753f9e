package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"regexp"

	"callpolicy/compiler/bounded"
	"callpolicy/compiler/filekind"
)

// lfsOID is the line of a pointer of Git LFS that names the content, which lies
// beside git's own objects once it was fetched.
var lfsOID = regexp.MustCompile(`(?m)^oid sha256:([0-9a-f]{64})\r?$`)

// behind returns the content behind a pointer of Git LFS, where it is in this
// clone; else the data itself. The pointer names the content by its digest, so
// that who knows the one knows the other.
func (l *layout) behind(data []byte) []byte {
	if len(data) > 1024 || !bytes.HasPrefix(data, []byte("version https://git-lfs.github.com/spec/v1")) || l.commonDir == "" {
		return data
	}
	m := lfsOID.FindSubmatch(data)
	if m == nil {
		return data
	}
	oid := string(m[1])
	content, err := bounded.File(filepath.Join(l.commonDir, "lfs", "objects", oid[:2], oid[2:4], oid), filekind.CSV.MaxBytes())
	if err != nil {
		return data
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != oid {
		return data // damaged, or somebody else's
	}
	return content
}
