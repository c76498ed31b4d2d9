package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/backup"
	"github.com/openchatops/oco/internal/chat"
)

// fill puts so many values of 200 KiB into a namespace.
func (w *world) fill(t *testing.T, namespace string, n int) {
	t.Helper()
	ctx := w.as(chat.RoleOperator)
	for i := range n {
		if _, err := w.core.Storage().Transact(ctx, putting(namespace, fmt.Sprint(i), bytes.Repeat([]byte{byte(i)}, 200<<10))); err != nil {
			t.Fatal(err)
		}
	}
}

// The parts are small, and joined they are a backup of the moment at which it began:
// what is committed while its caller dawdles waits for nothing and is not in it
// (OCO-RPC-32, OCO-RPC-33, OCO-RPC-34, OCO-STO-22).
func TestBackupIsOfOneMoment(t *testing.T) {
	w := realWorld(t)
	w.fill(t, "before", 7)
	var file bytes.Buffer
	sent := 0
	err := w.core.Backup(w.as(chat.RoleOperator), &ocov1.BackupRequest{}, func(res *ocov1.BackupResponse) error {
		if sent++; sent == 1 {
			w.fill(t, "later", 3) // it would hang if that waited for this
			w.fill(t, "before", 1)
		}
		if n := len(res.GetPart()); n == 0 || n > 256<<10 {
			t.Errorf("a part has %d bytes", n)
		}
		file.Write(res.GetPart())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int{}
	h, sum, err := backup.Read(&file, func(key, value []byte) error {
		if bytes.Contains(key, []byte("later")) {
			rows["later"]++
		}
		if bytes.Contains(value, bytes.Repeat([]byte{0}, 200<<10)) {
			rows["first"]++
		}
		rows["all"]++
		return nil
	})
	if err != nil || rows["later"] > 0 || rows["first"] != 1 || sum.Rows != uint64(rows["all"]) || h.Time.IsZero() || sent < 5 {
		t.Errorf("%v in %d parts, %+v, %+v, %v", rows, sent, h, sum, err)
	}
}

// A caller who goes away ends it, and at most two are made at once.
func TestBackupsEnd(t *testing.T) {
	w := realWorld(t)
	w.fill(t, "some", 4)
	gone := errors.New("the caller is gone")
	if err := w.core.Backup(w.as(chat.RoleOperator), nil, func(*ocov1.BackupResponse) error { return gone }); !errors.Is(err, gone) {
		t.Errorf("a caller who takes nothing: %v", err)
	}
	ctx, cancel := context.WithCancel(w.as(chat.RoleOperator))
	if err := w.core.Backup(ctx, nil, func(*ocov1.BackupResponse) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who went: %v", err)
	}
	nested := 0
	var nest func(*ocov1.BackupResponse) error
	nest = func(*ocov1.BackupResponse) error {
		nested++
		return w.core.Backup(w.as(chat.RoleOperator), nil, nest)
	}
	if err := w.core.Backup(w.as(chat.RoleOperator), nil, nest); reason(err) != chat.QuotaExceeded || nested != 2 {
		t.Errorf("%d within each other: %v", nested, err)
	}
	if err := w.core.Backup(w.as(chat.RoleOperator), nil, func(*ocov1.BackupResponse) error { return nil }); err != nil {
		t.Errorf("after all of them: %v", err)
	}
}

// Over gRPC it is the same, for operators only, and ends with their key.
func TestBackupOverGRPC(t *testing.T) {
	w := realWorld(t)
	w.fill(t, "some", 4)
	admin := ocov1.NewAdminServiceClient(w.dial())
	stream, err := admin.Backup(w.ctx(chat.RoleOperator), &ocov1.BackupRequest{})
	var file bytes.Buffer
	for err == nil {
		var res *ocov1.BackupResponse
		if res, err = stream.Recv(); err == nil {
			file.Write(res.GetPart())
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if _, sum, err := backup.Read(&file, func(_, _ []byte) error { return nil }); err != nil || sum.Rows == 0 {
		t.Errorf("%+v, %v", sum, err)
	}
	stream, err = admin.Backup(w.ctx(chat.RoleHandler), &ocov1.BackupRequest{})
	if err == nil {
		_, err = stream.Recv()
	}
	if status.Code(err) != codes.PermissionDenied {
		t.Errorf("a handler: %v", err)
	}
}
