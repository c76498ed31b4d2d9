package pattern

import "testing"

func BenchmarkTokenize(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Tokenize("deploy billing service to production at noon with the usual notes and a few more words")
	}
}
