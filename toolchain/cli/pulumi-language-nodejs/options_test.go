package main

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/structpb"
)

func TestParseOptions(t *testing.T) {
	for _, c := range []struct {
		given map[string]any
		env   []string
		args  []string
		fault string
	}{
		{given: nil, env: []string{"PULUMI_NODEJS_TYPESCRIPT=true"}},
		{given: map[string]any{"typescript": false}},
		{
			given: map[string]any{"typescript": true, "tsconfig": "a/tsconfig.json"},
			env:   []string{"PULUMI_NODEJS_TYPESCRIPT=true", "PULUMI_NODEJS_TSCONFIG_PATH=a/tsconfig.json"},
		},
		{
			given: map[string]any{"typescript": false, "nodeargs": "--import 'a b' -r c"},
			args:  []string{"--import", "a b", "-r", "c"},
		},
		{given: map[string]any{"packagemanager": "npm", "typescript": false}},
		{given: map[string]any{"typescript": "no"}, fault: "typescript: no"},
		{given: map[string]any{"nodeargs": 5.0}, fault: "nodeargs: 5"},
		{given: map[string]any{"nodeargs": "'"}, fault: "nodeargs"},
		{given: map[string]any{"packagemanager": "yarn"}, fault: "packagemanager: yarn"},
	} {
		given, err := structpb.NewStruct(c.given)
		if err != nil {
			t.Fatal(err)
		}
		opts, err := parseOptions(given)
		switch {
		case c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)):
			t.Errorf("%v: %v", c.given, err)
		case c.fault == "" && (err != nil || !slices.Equal(opts.env(), c.env) || !slices.Equal(opts.nodeArgs, c.args)):
			t.Errorf("%v: %v %v %v", c.given, opts.env(), opts.nodeArgs, err)
		}
	}
}
