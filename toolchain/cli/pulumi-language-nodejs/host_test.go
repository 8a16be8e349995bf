package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// connect serves a host in memory.
func connect(t *testing.T) pulumirpc.LanguageRuntimeClient {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	pulumirpc.RegisterLanguageRuntimeServer(server, newHost())
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:///host", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return listener.Dial() }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return pulumirpc.NewLanguageRuntimeClient(conn)
}

// project is a folder with a @pulumi/pulumi whose runner is the script; `node` on the PATH runs it with sh.
func project(t *testing.T, module, script string) string {
	t.Helper()
	dir, bin := t.TempDir(), t.TempDir()
	write(t, filepath.Join(dir, "node_modules/@pulumi/pulumi/package.json"), `{"name":"@pulumi/pulumi","version":"3.259.0"}`)
	write(t, filepath.Join(dir, "node_modules/@pulumi/pulumi", module), script)
	write(t, filepath.Join(bin, "node"), "#!/bin/sh\nexec sh \"$@\"\n")
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	return dir
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func runRequest(dir string) *pulumirpc.RunRequest {
	return &pulumirpc.RunRequest{
		MonitorAddress: "127.0.0.1:1", Project: "p", Stack: "dev", Organization: "o", Parallel: 16, DryRun: true,
		Config: map[string]string{"p:a": "1"}, ConfigSecretKeys: []string{"p:a"}, Args: []string{"x"},
		Info: &pulumirpc.ProgramInfo{RootDirectory: dir, ProgramDirectory: dir, EntryPoint: "."},
	}
}

func TestRunPassesTheRequestOn(t *testing.T) {
	dir := project(t, "cmd/run", `printf '%s\n' "$@" > "$PWD_FILE"; env | grep -E '^PULUMI_(CONFIG|NODEJS)' | sort >> "$PWD_FILE"`)
	out := filepath.Join(dir, "out")
	t.Setenv("PWD_FILE", out)
	response, err := connect(t).Run(context.Background(), runRequest(dir))
	if err != nil || response.GetError() != "" || response.GetBail() {
		t.Fatalf("%v %v", response, err)
	}
	text, _ := os.ReadFile(out)
	want := strings.Join([]string{
		"--monitor", "127.0.0.1:1", "--organization", "o", "--project", "p", "--root-directory", dir,
		"--stack", "dev", "--pwd", dir, "--parallel", "16", "--dry-run", ".", "x",
		`PULUMI_CONFIG={"p:a":"1"}`, `PULUMI_CONFIG_SECRET_KEYS=["p:a"]`, "PULUMI_NODEJS_TYPESCRIPT=true",
	}, "\n")
	if got := strings.TrimSpace(string(text)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRunTellsHowTheProgramEnded(t *testing.T) {
	for _, c := range []struct {
		name, script, message string
		bail                  bool
	}{
		{"succeeded", "exit 0", "", false},
		{"told the user already", "exit 32", "", true},
		{"failed", "exit 7", "Program exited with non-zero exit code: 7", false},
		{"was killed", "kill -9 $$", "Program exited unexpectedly: signal: killed", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			response, err := connect(t).Run(context.Background(), runRequest(project(t, "cmd/run", c.script)))
			if err != nil || response.GetError() != c.message || response.GetBail() != c.bail {
				t.Errorf("%v %v", response, err)
			}
		})
	}
}

func TestRunWithoutTheSDKNamesTheRemedy(t *testing.T) {
	response, err := connect(t).Run(context.Background(), runRequest(t.TempDir()))
	if err != nil || !strings.Contains(response.GetError(), "npm ci") {
		t.Errorf("%v %v", response, err)
	}
}

func TestCancelInterruptsTheProgram(t *testing.T) {
	dir := project(t, "cmd/run", `trap 'echo interrupted > "$OUT"; exit 3' INT; echo > "$STARTED"; while :; do sleep 0.1; done`)
	out, started := filepath.Join(dir, "out"), filepath.Join(dir, "started")
	t.Setenv("OUT", out)
	t.Setenv("STARTED", started)
	client := connect(t)
	done := make(chan *pulumirpc.RunResponse)
	go func() {
		response, _ := client.Run(context.Background(), runRequest(dir))
		done <- response
	}()
	for _, err := os.Stat(started); err != nil; _, err = os.Stat(started) {
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := client.Cancel(context.Background(), &emptypb.Empty{}); err != nil {
		t.Fatal(err)
	}
	if response := <-done; !strings.Contains(response.GetError(), "3") {
		t.Errorf("%v", response)
	}
	if text, _ := os.ReadFile(out); string(text) != "interrupted\n" {
		t.Errorf("%q", text)
	}
}

func TestRunPluginStreamsOutputAndStatus(t *testing.T) {
	dir := project(t, "cmd/run-plugin", `echo "out $1 $2 $FROM_ENGINE"; echo err >&2; exit 5`)
	stream, err := connect(t).RunPlugin(context.Background(), &pulumirpc.RunPluginRequest{
		Kind: "resource", Pwd: dir, Args: []string{"engine"},
		Env:  append(os.Environ(), "FROM_ENGINE=yes"),
		Info: &pulumirpc.ProgramInfo{ProgramDirectory: dir},
	})
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr string
	code := int32(-1)
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		stdout, stderr = stdout+string(message.GetStdout()), stderr+string(message.GetStderr())
		if exit, ok := message.GetOutput().(*pulumirpc.RunPluginResponse_Exitcode); ok {
			code = exit.Exitcode
		}
	}
	if stdout != "out "+dir+" engine yes\n" || stderr != "err\n" || code != 5 {
		t.Errorf("%q %q %d", stdout, stderr, code)
	}
}

func TestInstallDependenciesRunsNpm(t *testing.T) {
	dir, bin := t.TempDir(), t.TempDir()
	write(t, filepath.Join(dir, "package-lock.json"), "{}")
	write(t, filepath.Join(bin, "npm"), "#!/bin/sh\necho \"npm $*\"\n")
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	production, _ := structpb.NewStruct(map[string]any{"production": true})
	stream, err := connect(t).InstallDependencies(context.Background(), &pulumirpc.InstallDependenciesRequest{
		Info: &pulumirpc.ProgramInfo{ProgramDirectory: dir, Options: production},
	})
	if err != nil {
		t.Fatal(err)
	}
	var stdout string
	for message, err := stream.Recv(); !errors.Is(err, io.EOF); message, err = stream.Recv() {
		if err != nil {
			t.Fatal(err)
		}
		stdout += string(message.GetStdout())
	}
	if stdout != "npm ci --omit=dev\n" {
		t.Errorf("%q", stdout)
	}
}

func TestAllElseIsUnimplemented(t *testing.T) {
	client, ctx := connect(t), context.Background()
	for name, call := range map[string]func() error{
		"About":    func() error { _, err := client.About(ctx, &pulumirpc.AboutRequest{}); return err },
		"Pack":     func() error { _, err := client.Pack(ctx, &pulumirpc.PackRequest{}); return err },
		"Template": func() error { _, err := client.Template(ctx, &pulumirpc.TemplateRequest{}); return err },
		"debugger": func() error {
			_, err := client.Run(ctx, &pulumirpc.RunRequest{AttachDebugger: true})
			return err
		},
	} {
		if code := status.Code(call()); code != codes.Unimplemented {
			t.Errorf("%s: %v", name, code)
		}
	}
}

// TestProcess starts the program as the engine does: a port on the first line, and an end at an interrupt.
func TestProcess(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "host")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	cmd := exec.Command(bin)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	port, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient("127.0.0.1:"+strconv.Itoa(port), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	info, err := pulumirpc.NewLanguageRuntimeClient(conn).GetPluginInfo(context.Background(), &emptypb.Empty{})
	if err != nil {
		t.Fatal(info, err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after an interrupt: %v", err)
	}
}
