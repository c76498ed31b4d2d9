package config

import "github.com/openchatops/oco/internal/nearest"

// Nearest returns the candidate that word was probably meant to be, or "" if none is
// near.
func Nearest(word string, candidates []string) string { return nearest.Word(word, candidates) }

// didYouMean ends a sentence about an unknown word.
func didYouMean(word string, candidates []string) string { return nearest.DidYouMean(word, candidates) }
