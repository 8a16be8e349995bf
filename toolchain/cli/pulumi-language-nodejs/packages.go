package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/logging"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// GetRequiredPackages lists the plugins that the installed npm packages ask for in the `pulumi` section of their
// package.json, so that the engine can fetch those that are missing before the program starts.
func (h *host) GetRequiredPackages(
	_ context.Context, req *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	scan := scan{visited: map[string]bool{}, found: map[string]bool{}}
	for _, dir := range ancestors(req.GetInfo().GetProgramDirectory()) {
		scan.nodeModules(filepath.Join(dir, "node_modules"))
	}
	return &pulumirpc.GetRequiredPackagesResponse{Packages: scan.packages}, nil
}

type scan struct {
	visited  map[string]bool // real paths of packages, since package managers link them in circles
	found    map[string]bool
	packages []*pulumirpc.PackageDependency
}

// nodeModules visits the packages in a node_modules folder, scoped ones too; one that is not there has none.
func (s *scan) nodeModules(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		name := filepath.Join(dir, entry.Name())
		switch {
		case strings.HasPrefix(entry.Name(), "@"):
			scoped, _ := os.ReadDir(name)
			for _, inner := range scoped {
				s.visit(filepath.Join(name, inner.Name()))
			}
		case !strings.HasPrefix(entry.Name(), "."):
			s.visit(name)
		}
	}
}

func (s *scan) visit(dir string) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil || s.visited[real] {
		return
	}
	s.visited[real] = true
	if text, err := os.ReadFile(filepath.Join(real, "package.json")); err == nil {
		dependency, err := requiredPackage(text)
		if err != nil {
			logging.V(3).Infof("%s/package.json: %v", real, err)
		} else if dependency != nil && !s.found[dependency.String()] {
			s.found[dependency.String()] = true
			s.packages = append(s.packages, dependency)
		}
	}
	s.nodeModules(filepath.Join(real, "node_modules"))
}

// requiredPackage reads a package.json; it returns nil if the package comes without a plugin.
func requiredPackage(text []byte) (*pulumirpc.PackageDependency, error) {
	var manifest struct {
		Name, Version string
		Pulumi        plugin.PulumiPluginJSON
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, err
	}
	section := manifest.Pulumi
	if !section.Resource {
		return nil, nil
	}
	name, version := section.Name, section.Version
	if name == "" {
		var official bool
		if name, official = strings.CutPrefix(manifest.Name, "@pulumi/"); !official {
			return nil, fmt.Errorf("pulumi.name is missing: it names the plugin of %q", manifest.Name)
		}
	}
	if version == "" {
		version = manifest.Version
	}
	if version == "" {
		return nil, fmt.Errorf("version is missing: it is the plugin's version")
	}
	return &pulumirpc.PackageDependency{
		Name:             name,
		Kind:             "resource",
		Version:          "v" + strings.TrimPrefix(version, "v"),
		Server:           section.Server,
		Parameterization: parameterization(section.Parameterization),
		Extension:        parameterization(section.ExtensionParameterization),
	}, nil
}

func parameterization(p *plugin.PulumiParameterizationJSON) *pulumirpc.PackageParameterization {
	if p == nil {
		return nil
	}
	return &pulumirpc.PackageParameterization{Name: p.Name, Version: p.Version, Value: p.Value}
}

// ancestors are the folder and those above it, the nearest first: where Node.js looks for node_modules.
func ancestors(dir string) []string {
	dirs := []string{dir}
	for parent := filepath.Dir(dir); parent != dir; parent = filepath.Dir(dir) {
		dir = parent
		dirs = append(dirs, dir)
	}
	return dirs
}
