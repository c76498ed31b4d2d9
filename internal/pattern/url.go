package pattern

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxURL is the greatest length of a URL, in bytes.
const maxURL = 8 * 1024

// checkURL holds a text to be an absolute URL of scheme http or https with a
// host (OCO-GRM-3), and gives where it begins to be none.
func checkURL(text string) (wrong int, ok bool) {
	if len(text) > maxURL {
		return len(cutAtRune(text, maxURL)), false
	}
	scheme, _, found := strings.Cut(text, "://")
	if lower := Fold(scheme); !found || lower != "http" && lower != "https" {
		return 0, false
	}
	at := len(scheme) + len("://")
	for i, r := range text {
		if unicode.IsSpace(r) || isHidden(r) || strings.ContainsRune("<>\"\\^`{|}", r) || r == '%' && !isPercent(text[i:]) {
			return i, false
		}
	}
	end := len(text)
	if i := strings.IndexAny(text[at:], "/?#"); i >= 0 {
		end = at + i
	}
	authority := text[at:end]
	if user := strings.LastIndexByte(authority, '@'); user >= 0 {
		if wrong := strings.IndexFunc(authority[:user], notOfUser); wrong >= 0 {
			return at + wrong, false
		}
		authority, at = authority[user+1:], at+user+1
	}
	host, port, hasPort := cutPort(authority)
	switch {
	case !isHost(host):
		return at, false
	case hasPort && !isPort(port):
		return at + len(host), false
	}
	return 0, true
}

// notOfUser reports whether a character cannot stand in a user and password.
func notOfUser(r rune) bool {
	return r >= utf8.RuneSelf || !isFlagByte(byte(r)) && !strings.ContainsRune("._~!$&'()*+,;=:%", r)
}

// isPercent reports whether a text begins with % and two hexadecimal digits.
func isPercent(text string) bool {
	return len(text) >= 3 && isHex(text[1]) && isHex(text[2])
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// cutPort cuts at the colon before a port, which an address in brackets has too.
func cutPort(authority string) (host, port string, found bool) {
	after := strings.LastIndexByte(authority, ']') + 1
	if i := strings.IndexByte(authority[after:], ':'); i >= 0 {
		return authority[:after+i], authority[after+i+1:], true
	}
	return authority, "", false
}

func isPort(text string) bool {
	number, after := leadingDigits(text)
	return number != "" && after == "" && len(number) <= 5 && decimal(number) <= 65535
}

// isHost reports whether a text is a name of letters, digits, dots, dashes and
// low lines, or an address of IPv6 in brackets.
func isHost(text string) bool {
	if inner, found := strings.CutPrefix(text, "["); found {
		inner, closed := strings.CutSuffix(inner, "]")
		address, err := netip.ParseAddr(inner)
		return closed && err == nil && address.Is6() && address.Zone() == ""
	}
	first, _ := utf8.DecodeRuneInString(text)
	return (unicode.IsLetter(first) || unicode.IsDigit(first)) && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-._", r)
	})
}
