package intake

import "container/list"

// recent holds what was used last, and no more of it than most.
type recent[K comparable, V any] struct {
	most  int
	by    map[K]*list.Element // of kept[K, V]
	order list.List           // the one used last is in front
	gone  func(V)             // called with what had to go; nil: nothing is
}

type kept[K comparable, V any] struct {
	key   K
	value V
}

// get finds what is held for a key, and makes nothing.
func (r *recent[K, V]) get(key K) (value V, ok bool) {
	e := r.by[key]
	if e == nil {
		return value, false
	}
	r.order.MoveToFront(e)
	return e.Value.(*kept[K, V]).value, true
}

// of finds what is held for a key, or makes it, at the price of what was not used
// for longest.
func (r *recent[K, V]) of(key K, create func() V) V {
	if e := r.by[key]; e != nil {
		r.order.MoveToFront(e)
		return e.Value.(*kept[K, V]).value
	}
	if r.by == nil {
		r.by = map[K]*list.Element{}
	}
	if len(r.by) >= r.most {
		last := r.order.Remove(r.order.Back()).(*kept[K, V])
		delete(r.by, last.key)
		if r.gone != nil {
			r.gone(last.value)
		}
	}
	value := create()
	r.by[key] = r.order.PushFront(&kept[K, V]{key, value})
	return value
}
