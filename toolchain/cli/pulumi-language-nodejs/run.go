package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// alreadyReported is the status with which the SDK exits when it has told the user what went wrong.
const alreadyReported = 32

// interruptPatience is how long an interrupted program may take to end before it is killed.
const interruptPatience = 5 * time.Second

// Run runs the program. What the user has to know of a failure is in the answer; only calls that cannot be served fail.
func (h *host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	if req.GetAttachDebugger() {
		return nil, errNoDebugger
	}
	cmd, stop, err := h.program(ctx, req)
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	defer stop()

	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case !errors.As(err, &exit):
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("cannot run %s: %v", cmd.Path, err)}, nil
	case exit.ExitCode() == alreadyReported:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case exit.ExitCode() < 0:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("Program exited unexpectedly: %v", exit)}, nil
	default:
		return &pulumirpc.RunResponse{
			Error: fmt.Sprintf("Program exited with non-zero exit code: %d", exit.ExitCode()),
		}, nil
	}
}

var errNoDebugger = status.Error(codes.Unimplemented, "this language host cannot attach a debugger: "+
	"set the runtime option nodeargs to --inspect-brk instead")

// program is the command that runs the Node.js SDK with the program of the request.
func (h *host) program(ctx context.Context, req *pulumirpc.RunRequest) (*exec.Cmd, context.CancelFunc, error) {
	info := req.GetInfo()
	opts, err := parseOptions(info.GetOptions())
	if err != nil {
		return nil, nil, err
	}
	runner, err := findModule(info.GetProgramDirectory(), "cmd/run", "npm ci")
	if err != nil {
		return nil, nil, err
	}
	config, err := json.Marshal(orEmpty(req.GetConfig()))
	if err != nil {
		return nil, nil, err
	}
	secrets, err := json.Marshal(append([]string{}, req.GetConfigSecretKeys()...))
	if err != nil {
		return nil, nil, err
	}
	cmd, stop, err := h.node(ctx, append(append(opts.nodeArgs, runner), runArgs(req, h.engineAddress())...))
	if err != nil {
		return nil, nil, err
	}
	cmd.Env = append(os.Environ(), opts.env()...)
	cmd.Env = append(cmd.Env, "PULUMI_CONFIG="+string(config), "PULUMI_CONFIG_SECRET_KEYS="+string(secrets))
	cmd.Stdout, cmd.Stderr = copied{os.Stdout}, copied{os.Stderr}
	return cmd, stop, nil
}

// runArgs are the arguments of the SDK's `cmd/run`: flags, the entry point and the program's own arguments.
func runArgs(req *pulumirpc.RunRequest, engine string) []string {
	info := req.GetInfo()
	var args []string
	for _, flag := range [][2]string{
		{"--monitor", req.GetMonitorAddress()},
		{"--engine", engine},
		{"--organization", req.GetOrganization()},
		{"--project", req.GetProject()},
		{"--root-directory", info.GetRootDirectory()},
		{"--stack", req.GetStack()},
		{"--pwd", info.GetProgramDirectory()},
		{"--parallel", strconv.Itoa(int(req.GetParallel()))},
	} {
		if flag[1] != "" {
			args = append(args, flag[0], flag[1])
		}
	}
	if req.GetDryRun() {
		args = append(args, "--dry-run")
	}
	return append(append(args, info.GetEntryPoint()), req.GetArgs()...)
}

// node is a command of the Node.js on the PATH; stop releases what watches for a cancellation.
func (h *host) node(ctx context.Context, args []string) (*exec.Cmd, context.CancelFunc, error) {
	bin, err := exec.LookPath("node")
	if err != nil {
		return nil, nil, fmt.Errorf("node is not on the PATH: %w", err)
	}
	ctx, stop := h.until(ctx)
	return interruptible(ctx, bin, args), stop, nil
}

// until is a context that ends with the call or when the engine cancels everything.
func (h *host) until(call context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(call)
	unlink := context.AfterFunc(h.cancelled, stop)
	return ctx, func() { unlink(); stop() }
}

// interruptible is a command that is interrupted at the end of ctx, and killed if it does not end then.
func interruptible(ctx context.Context, bin string, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = interruptPatience
	return cmd
}

// findModule is the path of a module of the @pulumi/pulumi package that Node.js would load from dir. Asking Node.js
// itself would cost a start of it in every run.
func findModule(dir, module, install string) (string, error) {
	for _, above := range ancestors(dir) {
		sdk := filepath.Join(above, "node_modules", "@pulumi", "pulumi")
		if _, err := os.Stat(filepath.Join(sdk, "package.json")); err == nil {
			return filepath.Join(sdk, filepath.FromSlash(module)), nil
		}
	}
	return "", fmt.Errorf("the npm package @pulumi/pulumi is not installed for %s: run `%s` there", dir, install)
}

// copied makes exec copy the output through a pipe: Node.js may set a file it inherits to non-blocking, which would
// break the writes of this process.
type copied struct{ io.Writer }

func orEmpty(config map[string]string) map[string]string {
	if config == nil {
		return map[string]string{}
	}
	return config
}
