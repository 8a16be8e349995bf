package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// host implements the LanguageRuntime service. The methods it does not have answer UNIMPLEMENTED.
type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	// cancelled ends when the engine calls Cancel, and with it every program and plugin that runs.
	cancelled context.Context
	cancel    context.CancelFunc

	mutex  sync.Mutex
	engine string
}

func newHost() *host {
	h := &host{}
	h.cancelled, h.cancel = context.WithCancel(context.Background())
	return h
}

// attach makes address the engine that programs report to; gone is called once it stops answering.
func (h *host) attach(ctx context.Context, address string, gone context.CancelFunc) error {
	if err := rpcutil.Healthcheck(ctx, address, healthInterval, gone); err != nil {
		return fmt.Errorf("the engine at %s does not answer: %w", address, err)
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.engine = address
	return nil
}

// engineAddress is the engine's gRPC address, empty as long as none is known.
func (h *host) engineAddress() string {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.engine
}

// Handshake hands a host that the user started by himself the engine's address.
func (h *host) Handshake(
	_ context.Context, req *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	// The call's own context ends with it, the health check must not.
	if err := h.attach(h.cancelled, req.GetEngineAddress(), h.cancel); err != nil {
		return nil, err
	}
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

// GetPluginInfo reports the version, which is that of the CLI beside it.
func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

// Cancel interrupts what is running; the calls that wait for it then return.
func (h *host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.cancel()
	return &emptypb.Empty{}, nil
}
