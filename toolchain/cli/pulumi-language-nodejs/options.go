package main

import (
	"fmt"

	"github.com/google/shlex"
	"google.golang.org/protobuf/types/known/structpb"
)

// options are the keys of `runtime.options` in Pulumi.yaml that this host knows.
type options struct {
	nodeArgs   []string // nodeargs, split as a shell does
	typescript bool     // typescript, on unless it is false: the SDK then loads ts-node
	tsconfig   string   // tsconfig, a path
	production bool     // production: install no devDependencies
}

func parseOptions(given *structpb.Struct) (options, error) {
	opts := options{typescript: true}
	for name, value := range given.AsMap() {
		ok := true
		switch name {
		case "typescript":
			opts.typescript, ok = value.(bool)
		case "production":
			opts.production, ok = value.(bool)
		case "tsconfig":
			opts.tsconfig, ok = value.(string)
		case "nodeargs":
			var text string
			if text, ok = value.(string); ok {
				var err error
				if opts.nodeArgs, err = shlex.Split(text); err != nil {
					return opts, fmt.Errorf("runtime option nodeargs: %q: %w", text, err)
				}
			}
		case "packagemanager":
			if value != "auto" && value != "npm" {
				return opts, fmt.Errorf("runtime option packagemanager: %v: this language host only knows npm", value)
			}
		}
		if !ok {
			return opts, fmt.Errorf("runtime option %s: %v has the wrong type: %s", name, value, wanted[name])
		}
	}
	return opts, nil
}

var wanted = map[string]string{
	"typescript": "give true or false",
	"production": "give true or false",
	"tsconfig":   "give a path",
	"nodeargs":   "give the arguments as one string",
}

// env is what tells the SDK about the options.
func (o options) env() []string {
	var env []string
	if o.typescript {
		env = append(env, "PULUMI_NODEJS_TYPESCRIPT=true")
	}
	if o.tsconfig != "" {
		env = append(env, "PULUMI_NODEJS_TSCONFIG_PATH="+o.tsconfig)
	}
	return env
}
