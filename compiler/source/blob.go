package source

import (
	"bytes"
	"crypto/sha1" // git's object names, not a signature
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
)

// BlobID returns the id that git gives to a file with this content, in
// repositories with SHA-1 object names, as nearly all are. Use
// [Repository.BlobID] to compare with the blobs of a particular repository.
func BlobID(data []byte) string {
	return blobID(sha1.New(), data) // see above
}

// BlobID returns the id that this repository gives to a file with this content.
func (r *Repository) BlobID(data []byte) string { return r.layout.blobID(data) }

func (l *layout) blobID(data []byte) string { return blobID(l.hash(), data) }

// hash is what the repository names objects with.
func (l *layout) hash() hash.Hash {
	if l.sha256 {
		return sha256.New()
	}
	return sha1.New() // see above
}

func blobID(h hash.Hash, data []byte) string {
	fmt.Fprintf(h, "blob %d\x00", len(data))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}

// fingerprint identifies the content of a work-tree file that was read. With
// core.autocrlf git stores line feeds where the work tree has CR LF, so a file
// with the second id is unchanged as well.
type fingerprint struct {
	id string // of the bytes as they are
	lf string // of the bytes with CR LF turned into LF; "" where there is none
}

func (l *layout) fingerprint(data []byte) *fingerprint {
	f := &fingerprint{id: l.blobID(data)}
	if crlf := []byte("\r\n"); bytes.Contains(data, crlf) {
		f.lf = l.blobID(bytes.ReplaceAll(data, crlf, []byte("\n")))
	}
	return f
}

func (f *fingerprint) matches(id string) bool {
	return id == f.id || f.lf != "" && id == f.lf
}
