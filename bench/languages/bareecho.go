package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/openchatops/oco/bench/chain/yardstick"
)

// runBareEcho is the life of the bare echo in Go: what comes on a stream goes back, and
// nothing more. It ends with the stream.
func runBareEcho(address, way string) error {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	echo := map[string]func(*grpc.ClientConn) error{stream: echoOnStream, call: echoByCall}[way]
	if echo == nil {
		return fmt.Errorf("there is no bare echo by %q", way)
	}
	if err := echo(conn); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func echoOnStream(conn *grpc.ClientConn) error {
	s, err := bareStream(conn, bareEcho)
	if err != nil {
		return err
	}
	for {
		m := &yardstick.Envelope{}
		if err := s.RecvMsg(m); err != nil {
			return err
		}
		if err := s.SendMsg(m); err != nil {
			return err
		}
	}
}

func echoByCall(conn *grpc.ClientConn) error {
	s, err := bareStream(conn, bareSubscribe)
	if err != nil {
		return err
	}
	for {
		m := &yardstick.Envelope{}
		if err := s.RecvMsg(m); err != nil {
			return err
		}
		go func() {
			if err := conn.Invoke(context.Background(), barePath(bareAnswer), m, &yardstick.Envelope{}); err != nil {
				fail(err)
			}
		}()
	}
}

// bareStream opens a stream and says who opens it.
func bareStream(conn *grpc.ClientConn, name string) (grpc.ClientStream, error) {
	desc := &grpc.StreamDesc{ServerStreams: true, ClientStreams: name == bareEcho}
	s, err := conn.NewStream(context.Background(), desc, barePath(name), grpc.WaitForReady(true))
	if err != nil {
		return nil, err
	}
	err = s.SendMsg(&yardstick.Envelope{Route: golang})
	if err == nil && !desc.ClientStreams {
		err = s.CloseSend()
	}
	return s, err
}
