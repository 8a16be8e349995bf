package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// InstallDependencies installs the npm packages of a program or plugin and streams what npm prints: with `npm ci` where
// there is a lock file, so that nothing in the tree changes, with `npm install` elsewhere.
func (h *host) InstallDependencies(
	req *pulumirpc.InstallDependenciesRequest, stream pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	opts, err := parseOptions(req.GetInfo().GetOptions())
	if err != nil {
		return err
	}
	closer, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(stream, req.GetIsTerminal())
	if err != nil {
		return err
	}
	defer closer.Close()

	dir := req.GetInfo().GetProgramDirectory()
	args := npmArgs(dir, opts.production)
	bin, err := exec.LookPath("npm")
	if err != nil {
		return fmt.Errorf("npm is not on the PATH: %w", err)
	}
	ctx, stop := h.until(stream.Context())
	defer stop()
	cmd := interruptible(ctx, bin, args)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, copied{stdout}, copied{stderr}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm %s in %s: %w", args[0], dir, err)
	}
	return closer.Close()
}

func npmArgs(dir string, production bool) []string {
	args := []string{"install"}
	if _, err := os.Stat(filepath.Join(dir, "package-lock.json")); err == nil {
		args[0] = "ci"
	}
	if production {
		args = append(args, "--omit=dev")
	}
	return args
}
