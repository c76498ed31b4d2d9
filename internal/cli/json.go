package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// writeJSON writes one message as one document, every field present. The same
// message gives the same bytes: protojson alone varies its white space.
func writeJSON(w io.Writer, m proto.Message) error {
	raw, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(m)
	if err != nil {
		return fmt.Errorf("write the answer as JSON: %w", err)
	}
	var document bytes.Buffer
	if err := json.Indent(&document, raw, "", "  "); err != nil {
		return fmt.Errorf("write the answer as JSON: %w", err)
	}
	document.WriteByte('\n')
	return write(w, asciiJSON(document.Bytes()))
}

// write writes all of text.
func write(w io.Writer, text []byte) error {
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}
