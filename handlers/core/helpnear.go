package core

// maxDistance is how many mistakes a word may have, and at most one in three
// letters.
const maxDistance = 2

// nearest returns the word by which a command, its handler or a value is found
// that is the nearest to a word which is nowhere. Of several as near, the first
// in the alphabet.
func (all catalogue) nearest(word string) (near string, found bool) {
	letters := []rune(word)
	best := min(maxDistance, len(letters)/3) + 1
	for i := range all {
		for have, weight := range all[i].weights {
			if weight < inValues || have == "" {
				continue
			}
			d := distance(letters, []rune(have), best)
			if d < best || d == best && found && have < near {
				best, near, found = d, have, true
			}
		}
	}
	return near, found
}

// distance counts the letters that were added, left out or mistaken, and pairs
// that changed places. Above most it may give any number above it.
func distance(a, b []rune, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range b {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
