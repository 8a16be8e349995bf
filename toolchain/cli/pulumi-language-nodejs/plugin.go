package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// RunPlugin runs a policy pack or a provider that is written for Node.js and streams what it prints, then its status.
func (h *host) RunPlugin(req *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer) error {
	if req.GetAttachDebugger() {
		return errNoDebugger
	}
	closer, stdout, stderr, err := rpcutil.MakeRunPluginStreams(stream, false)
	if err != nil {
		return err
	}
	if req.GetKind() == string(apitype.AnalyzerPlugin) {
		err = h.runPolicyPack(stream.Context(), req, stdout, stderr)
	} else {
		err = h.runProvider(stream.Context(), req, stdout, stderr)
	}
	if closeErr := closer.Close(); closeErr != nil {
		return closeErr
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	code := int32(0)
	if exit != nil {
		code = int32(exit.ExitCode())
	}
	return stream.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: code}})
}

func (h *host) runProvider(ctx context.Context, req *pulumirpc.RunPluginRequest, stdout, stderr io.Writer) error {
	cmd, stop, err := h.plugin(ctx, req, "cmd/run-plugin", append([]string{programDir(req)}, req.GetArgs()...))
	if err != nil {
		return err
	}
	defer stop()
	cmd.Dir, cmd.Stdout, cmd.Stderr = req.GetPwd(), stdout, stderr
	return cmd.Run()
}

// runPolicyPack starts the pack once the engine has said which stack it is for: the pack reads that from its
// environment. Until then, and as go-between from then on, the SDK's proxy answers the engine.
func (h *host) runPolicyPack(ctx context.Context, req *pulumirpc.RunPluginRequest, stdout, stderr io.Writer) error {
	cmd, stop, err := h.plugin(ctx, req, "cmd/run-policy-pack", append(req.GetArgs(), programDir(req)))
	if err != nil {
		return err
	}
	defer stop()
	proxy, stdout, err := sdk.NewPolicyProxy(ctx, stdout)
	if err != nil {
		return fmt.Errorf("cannot serve the policy pack's proxy: %w", err)
	}
	stack, err := proxy.AwaitConfiguration(ctx)
	if err != nil {
		return fmt.Errorf("the engine did not say which stack the policy pack is for: %w", err)
	}
	env, err := policyEnv(stack)
	if err != nil {
		return err
	}
	cmd.Env = append(cmd.Env, env...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = programDir(req), stdout, stderr
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("cannot run %s: %w", cmd.Path, err)
	}
	return proxy.Attach(ctx, cmd)
}

// policyEnv tells a policy pack about the stack; stack is nil if there is none, as for `pulumi policy publish`.
func policyEnv(stack *pulumirpc.AnalyzerStackConfigureRequest) ([]string, error) {
	if stack == nil {
		return nil, nil
	}
	env := []string{"PULUMI_NODEJS_DRY_RUN=" + strconv.FormatBool(stack.GetDryRun())}
	for name, value := range map[string]string{
		"PULUMI_NODEJS_ORGANIZATION": stack.GetOrganization(),
		"PULUMI_NODEJS_PROJECT":      stack.GetProject(),
		"PULUMI_NODEJS_STACK":        stack.GetStack(),
	} {
		if value != "" {
			env = append(env, name+"="+value)
		}
	}
	if stack.GetConfig() != nil {
		config, err := json.Marshal(stack.GetConfig())
		if err != nil {
			return nil, err
		}
		env = append(env, "PULUMI_CONFIG="+string(config))
	}
	return env, nil
}

// plugin is the command that runs a plugin's program through a module of the SDK, with the environment of the request.
func (h *host) plugin(
	ctx context.Context, req *pulumirpc.RunPluginRequest, module string, args []string,
) (*exec.Cmd, context.CancelFunc, error) {
	opts, err := parseOptions(req.GetInfo().GetOptions())
	if err != nil {
		return nil, nil, err
	}
	runner, err := findModule(programDir(req), module, "npm install")
	if err != nil {
		return nil, nil, err
	}
	cmd, stop, err := h.node(ctx, append(append(opts.nodeArgs, runner), args...))
	if err != nil {
		return nil, nil, err
	}
	cmd.Env = append(req.GetEnv(), opts.env()...)
	return cmd, stop, nil
}

func programDir(req *pulumirpc.RunPluginRequest) string { return req.GetInfo().GetProgramDirectory() }
