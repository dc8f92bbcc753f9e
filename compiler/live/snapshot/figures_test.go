package snapshot_test

import (
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// BenchmarkPull says what a pull takes: requests, the hours that they take at 300
// a minute, and the memory that it holds at its end.
func BenchmarkPull(b *testing.B) {
	for _, people := range []int{2041, 40_000} {
		b.Run("", func(b *testing.B) {
			for b.Loop() {
				server, base := organization(b, people)
				server.Limit(300)
				got, err := pull(b.Context(), b, base, filepath.Join(b.TempDir(), "live"))
				if err != nil || got.Manifest.People != people {
					b.Fatal(err)
				}
				var memory runtime.MemStats
				runtime.ReadMemStats(&memory)
				elapsed, _ := server.Elapsed()
				b.ReportMetric(float64(got.Requests), "requests")
				b.ReportMetric(elapsed.Round(time.Minute).Hours(), "hours-at-300")
				b.ReportMetric(float64(memory.HeapInuse)/(1<<20), "heap-MiB")
			}
		})
	}
}
