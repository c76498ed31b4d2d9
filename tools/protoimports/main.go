// Command protoimports writes the .proto files that our schema imports and
// that the compiler does not bring along, printed from the descriptors of the
// Go modules that implement them. So no foreign file is kept in the tree.
//
//	go run ./protoimports DIRECTORY
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/jhump/protoreflect/v2/protoprint"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: protoimports DIRECTORY")
		os.Exit(2)
	}
	for _, file := range []protoreflect.FileDescriptor{status.File_google_rpc_status_proto, errdetails.File_google_rpc_error_details_proto} {
		if err := write(os.Args[1], file); err != nil {
			fmt.Fprintln(os.Stderr, "protoimports:", err)
			os.Exit(1)
		}
	}
}

func write(dir string, file protoreflect.FileDescriptor) error {
	path := filepath.Join(dir, filepath.FromSlash(file.Path()))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	printer := protoprint.Printer{}
	if err := printer.PrintProtoFile(file, out); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
