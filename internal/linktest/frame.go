package linktest

import (
	"bytes"
	"io"
)

// HTTP/2, as far as a proxy must know it to answer pings.
const (
	prefaceSize = 24
	headerSize  = 9
	typePing    = 6
	flagAck     = 1
)

// frames reads one frame after the other. The first that a client says is a
// preface.
func frames(from io.Reader, preface bool) func() ([]byte, error) {
	return func() ([]byte, error) {
		size := headerSize
		if preface {
			size = prefaceSize
		}
		frame := make([]byte, size)
		if _, err := io.ReadFull(from, frame); err != nil {
			return nil, err
		}
		if preface {
			preface = false
			return frame, nil
		}
		body := make([]byte, int(frame[0])<<16|int(frame[1])<<8|int(frame[2]))
		_, err := io.ReadFull(from, body)
		return append(frame, body...), err
	}
}

// pong is the answer to a ping, nil to all else.
func pong(frame []byte) []byte {
	if len(frame) < headerSize || frame[3] != typePing || frame[4]&flagAck != 0 {
		return nil
	}
	answer := bytes.Clone(frame)
	answer[4] |= flagAck
	return answer
}
