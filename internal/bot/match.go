package bot

import (
	"context"
	"fmt"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/route"
)

// Match says which routes would take a message, as MatchMessage tells operators. What
// is wrong with the request is an error for people.
func (b *Bot) Match(ctx context.Context, req *ocov1.MatchMessageRequest) (*ocov1.MatchMessageResponse, error) {
	return b.core.MatchMessage(ctx, req)
}

// Ambiguities tells of commands of which only the order decides which takes a text, a
// sentence for each, at most so many. It may take seconds.
func (b *Bot) Ambiguities(most int) (all []string) {
	found := b.registry.Table().Ambiguities()
	for i, a := range found.Found {
		if i == most {
			all = append(all, fmt.Sprintf("and %d more pairs of commands that take the same texts", len(found.Found)-most))
			break
		}
		all = append(all, ambiguous(a))
	}
	if found.Unknown > 0 {
		all = append(all, fmt.Sprintf("%d pairs of commands that begin alike were not compared: there are too many to look for texts that both take", found.Unknown))
	}
	return all
}

func ambiguous(a route.Ambiguity) string {
	first, second := fmt.Sprintf("%s (%s)", a.First.Key(), a.FirstPattern), fmt.Sprintf("%s (%s)", a.Second.Key(), a.SecondPattern)
	if a.Never {
		return fmt.Sprintf("%s is never reached: %s comes first and takes all that it takes, such as %q", second, first, a.Example)
	}
	return fmt.Sprintf("%s and %s both take texts such as %q: the first does, because it comes first", first, second, a.Example)
}
