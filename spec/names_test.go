package spec

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"

	_ "google.golang.org/genproto/googleapis/rpc/errdetails" // the page on errors names ErrorInfo
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

const protocol = "openchatops.v1"

// files are the descriptors of the protocol.
func files() []protoreflect.FileDescriptor {
	var found []protoreflect.FileDescriptor
	_ = ocov1.File_openchatops_v1_bot_proto // links them in
	protoregistry.GlobalFiles.RangeFilesByPackage(protocol, func(file protoreflect.FileDescriptor) bool {
		found = append(found, file)
		return true
	})
	return found
}

// methods lists every RPC as "Service.Method".
func methods() []string {
	var all []string
	for _, file := range files() {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				all = append(all, string(service.Name())+"."+string(service.Methods().Get(j).Name()))
			}
		}
	}
	slices.Sort(all)
	return all
}

// protocolNames are all names that prose may put in backticks.
func protocolNames() map[string]bool {
	names := map[string]bool{}
	for _, method := range methods() {
		service, name, _ := strings.Cut(method, ".")
		names[method], names[service], names[name] = true, true, true
	}
	enum := func(e protoreflect.EnumDescriptor) {
		names[string(e.Name())] = true
		for i := range e.Values().Len() {
			names[string(e.Values().Get(i).Name())] = true
		}
	}
	for _, file := range files() {
		for i := range file.Enums().Len() {
			enum(file.Enums().Get(i))
		}
		for i := range file.Extensions().Len() {
			names[string(file.Extensions().Get(i).Name())] = true
		}
		for i := range file.Messages().Len() {
			message := file.Messages().Get(i)
			names[string(message.Name())] = true
			for j := range message.Fields().Len() {
				field := string(message.Fields().Get(j).Name())
				names[field], names[string(message.Name())+"."+field] = true, true
			}
			for j := range message.Oneofs().Len() {
				names[string(message.Name())+"."+string(message.Oneofs().Get(j).Name())] = true
			}
		}
	}
	return names
}

// words are names in backticks that are not of the protocol.
var words = []string{
	"OCO_ENDPOINT", "OCO_KEY", "OCO_KEY_FD", "OCO_INSECURE", "OCO_SETTINGS_FD", "OCO_URL", "curl", "word", "uncovered.txt",
	"openchatops.org", "openchatops.v1",
	"limit", "scope", "role", "method", "feature", // metadata of reasons
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)

// unknownNames finds names in backticks that nothing has.
func unknownNames(pages []page, known map[string]bool) []string {
	var problems []string
	for _, p := range pages {
		for _, found := range ticked.FindAllStringSubmatch(p.text, -1) {
			name := found[1]
			if !identifier.MatchString(name) || known[name] || slices.Contains(words, name) {
				continue
			}
			if _, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name)); err == nil {
				continue
			}
			problems = append(problems, fmt.Sprintf("%s: `%s` is neither of the protocol nor a reason, a code or a scope", p.name, name))
		}
	}
	slices.Sort(problems)
	return slices.Compact(problems)
}

// scopes are the names of the table of scopes.
func scopes(pages []page) map[string]bool { return listed(pages, "scope") }

// listed are the names in the first column of the tables that are headed so.
func listed(pages []page, head string) map[string]bool {
	names := map[string]bool{}
	for _, p := range pages {
		for _, t := range p.tables() {
			if t.header[0] == head {
				for _, r := range t.rows {
					names[strings.Trim(r[0], "`")] = true
				}
			}
		}
	}
	return names
}

// reasons reads the closed list: which code each reason has.
func reasons(pages []page) map[string]string {
	found := map[string]string{}
	for _, p := range pages {
		for _, t := range p.tables() {
			if len(t.header) < 3 || t.header[2] != "reasons" {
				continue
			}
			for _, r := range t.rows {
				for _, reason := range ticked.FindAllStringSubmatch(r[2], -1) {
					// A reason that has two codes would be ambiguous: keep the
					// second, so that the tables of the first do not fit.
					found[reason[1]] = strings.Trim(r[0], "`")
				}
			}
		}
	}
	return found
}

// codeNames are the names of the status codes, as the prose writes them.
func codeNames() map[string]bool {
	names := map[string]bool{}
	for _, c := range []codes.Code{codes.Canceled, codes.Unknown, codes.InvalidArgument, codes.DeadlineExceeded,
		codes.NotFound, codes.AlreadyExists, codes.PermissionDenied, codes.ResourceExhausted,
		codes.FailedPrecondition, codes.Aborted, codes.OutOfRange, codes.Unimplemented, codes.Internal,
		codes.Unavailable, codes.DataLoss, codes.Unauthenticated} {
		var name strings.Builder
		for i, r := range c.String() {
			if i > 0 && r >= 'A' && r <= 'Z' {
				name.WriteByte('_')
			}
			name.WriteRune(r)
		}
		names[strings.ToUpper(name.String())] = true
	}
	return names
}

// constants reads the string constants of a type from Go source; no type means
// those without one. It parses, so that the specification can be checked while
// the bot does not compile.
func constants(source, kind string) ([]string, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), "source.go", source, 0)
	if err != nil {
		return nil, err
	}
	var found []string
	ast.Inspect(parsed, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		name := ""
		if typed, ok := spec.Type.(*ast.Ident); ok {
			name = typed.Name
		}
		for _, value := range spec.Values {
			literal, ok := value.(*ast.BasicLit)
			if ok && literal.Kind == token.STRING && name == kind {
				text, _ := strconv.Unquote(literal.Value) // the parser took it
				found = append(found, text)
			}
		}
		return true
	})
	slices.Sort(found)
	return found, nil
}
