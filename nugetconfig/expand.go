package nugetconfig

import "strings"

// expand replaces %NAME% by the variable's value, on every system. What is not set stays as it stands, and its second
// percent sign may begin the next name. $NAME is plain text.
func (e *environment) expand(text string) string {
	var out strings.Builder
	for {
		first := strings.IndexByte(text, '%')
		if first < 0 {
			break
		}
		second := strings.IndexByte(text[first+1:], '%')
		if second < 0 {
			break
		}
		second += first + 1
		value, ok := "", false
		if name := text[first+1 : second]; name != "" {
			value, ok = e.lookup(name)
		}
		if ok {
			out.WriteString(text[:first])
			out.WriteString(value)
			text = text[second+1:]
		} else {
			out.WriteString(text[:second])
			text = text[second:]
		}
	}
	out.WriteString(text)
	return out.String()
}
