package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func TestGetRequiredPackages(t *testing.T) {
	root := t.TempDir()
	manifest := func(path, text string) { write(t, filepath.Join(root, path, "package.json"), text) }
	manifest("node_modules/@pulumi/docker", `{"name":"@pulumi/docker","version":"5.2.0","pulumi":{"resource":true,"name":"docker","version":"5.2.0"}}`)
	manifest("node_modules/@pulumi/random", `{"name":"@pulumi/random","version":"v4.21.2","pulumi":{"resource":true}}`)
	manifest("node_modules/@pulumi/pulumi", `{"name":"@pulumi/pulumi","version":"3.259.0","pulumi":{"comment":"no plugin"}}`)
	manifest("node_modules/other", `{"name":"other","version":"1.0.0","pulumi":{"resource":true,"name":"o","server":"https://s"}}`)
	manifest("node_modules/other/node_modules/nested", `{"name":"nested","version":"2.0.0","pulumi":{"resource":true,"name":"n",
		"parameterization":{"name":"base","version":"3.0.0","value":"YQ=="}}}`)
	manifest("node_modules/nameless", `{"name":"nameless","version":"2.0.0","pulumi":{"resource":true}}`)
	manifest("node_modules/broken", `{`)
	manifest("node_modules/plain", `{"name":"plain","version":"1.0.0"}`)
	manifest("sub/program/node_modules/@pulumi/random", `{"name":"@pulumi/random","version":"4.21.2","pulumi":{"resource":true}}`)
	// Package managers link packages to each other.
	if err := os.Symlink(root+"/node_modules/other", root+"/node_modules/other/node_modules/itself"); err != nil {
		t.Fatal(err)
	}

	response, err := connect(t).GetRequiredPackages(context.Background(), &pulumirpc.GetRequiredPackagesRequest{
		Info: &pulumirpc.ProgramInfo{RootDirectory: root, ProgramDirectory: root + "/sub/program", EntryPoint: "."},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range response.GetPackages() {
		got = append(got, p.GetKind()+" "+p.GetName()+" "+p.GetVersion()+" "+p.GetServer()+p.GetParameterization().GetName())
	}
	slices.Sort(got)
	want := []string{"resource docker v5.2.0 ", "resource n v2.0.0 base", "resource o v1.0.0 https://s", "resource random v4.21.2 "}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
