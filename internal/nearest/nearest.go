// Package nearest finds the word that was probably meant.
package nearest

import "strings"

// Word returns the candidate that word was probably meant to be, or "" if none is
// near: at most a third of the letters differ (swapped neighbours count once).
func Word(word string, candidates []string) string {
	best, distance := "", len(word)/3+1
	if len(word) > 64 {
		return ""
	}
	for _, candidate := range candidates {
		if d := edits(strings.ToLower(word), strings.ToLower(candidate)); d < distance || d == distance && best != "" && candidate < best {
			best, distance = candidate, d
		}
	}
	return best
}

// DidYouMean ends a sentence about an unknown word: with the one that is near, else
// with all that are known unless they are too many.
func DidYouMean(word string, candidates []string) string {
	if near := Word(word, candidates); near != "" {
		return "; did you mean `" + near + "`?"
	}
	if len(candidates) == 0 || len(candidates) > 24 {
		return ""
	}
	return "; known: " + strings.Join(candidates, ", ")
}

// edits returns the number of bytes that were added, left out, changed or swapped with
// their neighbour between a and b.
func edits(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
