package route

// edits gives the Damerau-Levenshtein distance of two texts: how many letters
// are added, left out, changed or swapped with their neighbour, where no letter
// is edited twice. A distance above limit is given as limit+1. b has at most
// maxPhrase letters.
func edits(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	var rows [3][maxPhrase + 1]int16
	before, last, row := rows[0][:len(b)+1], rows[1][:len(b)+1], rows[2][:len(b)+1]
	for j := range last {
		last[j] = int16(j)
	}
	for i := range a {
		row[0] = int16(i + 1)
		least := row[0]
		for j := range b {
			change := int16(1)
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(last[j]+change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
			least = min(least, row[j+1])
		}
		if int(least) > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return min(int(last[len(b)]), limit+1)
}
