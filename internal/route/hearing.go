package route

import (
	"slices"

	"github.com/openchatops/oco/internal/snapshot"
)

// hearing is which ears come and go with a change of a table.
type hearing struct {
	edit   *snapshot.Edit
	coming []*ear
	gone   map[*ear]bool
}

func (h *hearing) add(ears []*ear) { h.coming = append(h.coming, ears...) }

func (h *hearing) remove(ears []*ear) {
	if h.gone == nil {
		h.gone = make(map[*ear]bool)
	}
	for _, e := range ears {
		if i := slices.Index(h.coming, e); i >= 0 {
			h.coming = slices.Delete(h.coming, i, i+1)
		} else {
			h.gone[e] = true
		}
	}
}

// apply gives the ears of the table that is being made.
func (h *hearing) apply(out hears) hears {
	for e := range h.gone {
		out.release(h.edit, e)
	}
	var likely, loose []*ear
	for _, e := range h.coming {
		out.share(h.edit, e)
		if _, gram := longest(e.required); gram {
			likely = append(likely, e)
		} else {
			loose = append(loose, e)
		}
	}
	out.likely = out.likely.with(h.edit, likely, h.gone)
	out.loose = out.loose.with(loose, h.gone)
	return out
}

// share lets an ear, which no table has yet, use the expression that others have.
func (h *hears) share(e *snapshot.Edit, new *ear) {
	s, ok := h.shared.Get(new.regexp.String())
	if !ok {
		s.regexp = new.regexp
	}
	new.regexp = s.regexp
	s.ears++
	h.shared.Set(e, s.regexp.String(), s)
}

func (h *hears) release(e *snapshot.Edit, old *ear) {
	s, _ := h.shared.Get(old.regexp.String())
	if s.ears--; s.ears > 0 {
		h.shared.Set(e, s.regexp.String(), s)
	} else {
		h.shared.Delete(e, old.regexp.String())
	}
}

// longest gives the longest of some texts, and whether it has enough bytes to be
// looked up by.
func longest(texts []string) (text string, gram bool) {
	for _, t := range texts {
		if len(t) > len(text) {
			text = t
		}
	}
	return text, len(text) >= gramSize
}
