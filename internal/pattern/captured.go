package pattern

// values gives the arguments of the match, or the flag that was given twice.
func (m *matcher) values() ([]Value, *Problem) {
	taken := make([][]capture, len(m.command.arguments))
	for i := m.last; i >= 0; i = m.captures[i].before {
		c := m.captures[i]
		taken[c.argument] = append(taken[c.argument], c)
	}
	var out []Value
	for i := range m.command.arguments {
		arg, got := &m.command.arguments[i], taken[i]
		switch {
		case len(got) == 0 && arg.HasDefault:
			value, _ := convert(&arg.Spec, arg.Default) // checked by Compile
			value.Raw = arg.Default
			out = append(out, value)
		case len(got) == 0:
		case arg.Type == TypeFile:
			out = append(out, m.files(arg))
		case arg.List:
			out = append(out, m.list(arg, got))
		case len(got) > 1:
			return nil, &Problem{
				Kind: ProblemRepeatedFlag, Argument: arg.Name, Value: m.shown(got[0].first),
				Offset: m.in.words[got[0].first].start,
			}
		default:
			out = append(out, m.value(got[0]))
		}
	}
	return out, nil
}

// list builds the value of a list from its captures, the last word first. A
// flag may stand between its words and is then part of Raw.
func (m *matcher) list(arg *argument, got []capture) Value {
	value := Value{Name: arg.Name, Type: arg.Type, IsList: true, Sensitive: arg.Sensitive}
	first, last := got[len(got)-1].first, got[0].last
	value.Raw, value.Start, value.End = m.in.raw(first, last), m.in.words[first].start, m.in.words[last].end
	for i := len(got) - 1; i >= 0; i-- {
		value.List = append(value.List, m.value(got[i]))
	}
	return value
}

// value makes the value of a capture, which fits.
func (m *matcher) value(c capture) (value Value) {
	arg := &m.command.arguments[c.argument]
	if c.flag {
		value, _, _ = m.takeFlagValue(state{at: c.first, capture: -1}, arg)
	} else {
		value, _ = m.convertWords(arg, c.first, c.last)
	}
	return value
}

// files makes the value of what came with the message.
func (m *matcher) files(arg *argument) Value {
	value := Value{Name: arg.Name, Type: TypeFile, IsList: arg.List, Sensitive: arg.Sensitive}
	if !arg.List {
		return value // the only one
	}
	for n := range m.in.files {
		value.List = append(value.List, Value{Name: arg.Name, Type: TypeFile, File: n, Sensitive: arg.Sensitive})
	}
	return value
}
