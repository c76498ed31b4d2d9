package intake

import (
	"strconv"

	"github.com/openchatops/oco/internal/chat"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// What the files of one message may be: how many, and the bytes of what is said of
// one (OCO-SIZ-34). The id of a file is bounded as every id is.
const (
	maxFiles     = 32
	maxFileName  = 1 << 10
	maxMediaType = 256
	maxFileURL   = 4 << 10
)

// checkAttachments refuses files that no route could be given.
func checkAttachments(files []*ocov1.Attachment) *chat.Error {
	if len(files) > maxFiles {
		return chat.Refuse(chat.TooLarge, "%d files came with the message, at most %d are allowed", len(files), maxFiles).With("limit", strconv.Itoa(maxFiles))
	}
	for i, f := range files {
		field := "message.message.attachments[" + strconv.Itoa(i) + "]"
		if f.GetFileId() == "" {
			return chat.Refuse(chat.FieldInvalid, "%s has no file_id", field).With("field", field+".file_id")
		}
		for _, part := range []struct {
			name, value string
			most        int
		}{{"name", f.GetName(), maxFileName}, {"media_type", f.GetMediaType(), maxMediaType}, {"url", f.GetUrl(), maxFileURL}} {
			if len(part.value) > part.most {
				return chat.Refuse(chat.TooLarge, "%s.%s has %d bytes, at most %d are allowed", field, part.name, len(part.value), part.most).With("limit", strconv.Itoa(part.most))
			}
		}
	}
	return nil
}
