package gateway_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/gen/openchatops/v1/ocov1connect"
	"github.com/openchatops/oco/internal/backup"
	"github.com/openchatops/oco/internal/chat"
)

// A backup comes over every protocol of the port, for operators, and ends when its
// caller goes away (OCO-RPC-34).
func TestBackupOverEveryProtocol(t *testing.T) {
	w := newWorld(t)
	operator := w.key(chat.RoleOperator)
	value := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("v"), 250<<10))
	for n := range 40 { // more than any buffer between the two takes
		if code, body := w.post("StorageService/Transact", operator, fmt.Sprintf(`{"transaction": {"namespace": "x", "writes": [{"put": {"key": "%d", "value": "%s"}}]}}`, n, value)); code != 200 {
			t.Fatal(code, body)
		}
	}
	for name, transport := range w.transports() {
		t.Run(name, func(t *testing.T) {
			admin := ocov1connect.NewAdminServiceClient(connect.NewClient(transport))
			// Two go away after the first part: then there is room for another.
			for range 2 {
				ctx, _ := with(operator)
				ctx, cancel := context.WithCancel(ctx)
				stream, err := admin.Backup(ctx, &ocov1.BackupRequest{})
				if err == nil {
					_, err = stream.Receive()
				}
				cancel()
				fatal(t, err)
			}
			var file bytes.Buffer
			for ended := false; !ended; {
				file.Reset()
				ctx, _ := with(operator)
				ctx, cancel := context.WithTimeout(ctx, time.Minute)
				defer cancel()
				stream, err := admin.Backup(ctx, &ocov1.BackupRequest{})
				for err == nil {
					var res *ocov1.BackupResponse
					if res, err = stream.Receive(); err == nil {
						file.Write(res.GetPart())
					}
				}
				var refused *connect.Error
				if errors.As(err, &refused) && refused.Code() == connect.CodeResourceExhausted && ctx.Err() == nil {
					continue // it has not heard yet that the others went away
				}
				if ended = errors.Is(err, io.EOF); !ended {
					t.Fatal(err)
				}
			}
			if _, sum, err := backup.Read(&file, func(_, _ []byte) error { return nil }); err != nil || sum.Rows < 40 {
				t.Errorf("%+v, %v", sum, err)
			}
			ctx, _ := with(w.key(chat.RoleHandler))
			stream, err := admin.Backup(ctx, &ocov1.BackupRequest{})
			if err == nil {
				_, err = stream.Receive()
			}
			wantsCode(t, err, connect.CodePermissionDenied)
		})
	}
}
