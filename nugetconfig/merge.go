package nugetconfig

// merged holds the items of every section after the merge, in NuGet's order: what the farthest file says first.
type merged map[string][]*item

// merge takes the files nearest first.
func merge(documents []*document) merged {
	sections := map[string]*sectionMerge{}
	for i := len(documents) - 1; i >= 0; i-- {
		for _, s := range documents[i].sections {
			if m := sections[s.name]; m != nil {
				m.add(s.items)
			} else {
				sections[s.name] = newSectionMerge(s.items)
			}
		}
	}
	all := make(merged, len(sections))
	for name, m := range sections {
		all[name] = m.result()
	}
	return all
}

type itemKey struct {
	kind itemKind
	key  string
}

// sectionMerge keeps, beside the items, where each key stands, so that a huge file costs no more than its length.
type sectionMerge struct {
	items []*item // nil where one was removed
	at    map[itemKey][]int
}

// newSectionMerge takes the items of the farthest file as they are: here, and only here, two may have one key.
func newSectionMerge(items []*item) *sectionMerge {
	m := &sectionMerge{at: map[itemKey][]int{}}
	for _, i := range items {
		m.append(i)
	}
	return m
}

// add merges a nearer file: clear empties what there was, an item replaces the first of its key as a whole, and the
// replacement goes to the end.
func (m *sectionMerge) add(items []*item) {
	for _, i := range items {
		if i.kind == kindClear {
			m.items, m.at = nil, map[itemKey][]int{}
			continue
		}
		key := itemKey{i.kind, i.key}
		if places := m.at[key]; len(places) > 0 {
			m.items[places[0]] = nil
			m.at[key] = places[1:]
		}
		m.append(i)
	}
}

func (m *sectionMerge) append(i *item) {
	if i.kind == kindClear {
		return
	}
	key := itemKey{i.kind, i.key}
	m.at[key] = append(m.at[key], len(m.items))
	m.items = append(m.items, i)
}

func (m *sectionMerge) result() []*item {
	var items []*item
	for _, i := range m.items {
		if i != nil {
			items = append(items, i)
		}
	}
	return items
}
